import ContainerRuntime
import HostSystem
import KubernetesAPI
package import PodLifecycle
import StructuredData
import Synchronization

/// Gives pods that ask for it a range of the host's user IDs.
///
/// Which range a pod has is in a file of its directory, of upstream's name and form. Nothing else remembers it: a kubelet
/// that is started again reads the same, and with the directory the range is free.
package final class PodUserNamespaces: Sendable {
    private let paths: PodPaths
    private let ranges: UserNamespaceRanges
    /// Held from the look at what is taken until the choice is written.
    private let choosing = Mutex(())

    package init(paths: PodPaths, ranges: UserNamespaceRanges = UserNamespaceRanges()) {
        self.paths = paths
        self.ranges = ranges
    }

    /// The user namespace of a pod; `nil` for the host's.
    /// - Parameter present: the one that the pod's sandbox has, if it has one.
    /// - Throws: `SandboxError` when there is no range for it, `HostSystemError`.
    func namespace(of pod: Pod, present: UserNamespace? = nil) throws -> UserNamespace? {
        guard pod.hasOwnUsers else { return nil }
        return try choosing.withLock { _ in
            if let recorded = try recorded(pod.uid) { return recorded }
            let chosen = try present ?? choose()
            try HostFiles.createDirectory(paths.pod(pod.uid), mode: 0o750)
            try HostFiles.writeAtomically(chosen.mappings.serialized(), to: paths.userNamespace(pod.uid), mode: 0o600)
            return chosen
        }
    }

    private func choose() throws -> UserNamespace {
        var taken: [Range<UInt64>] = []
        for uid in HostFiles.exists(paths.pods) ? try HostFiles.list(paths.pods) : [] {
            guard let other = try recorded(PodUID(uid)) else { continue }
            taken.append(UInt64(other.hostID)..<UInt64(other.hostID) + UInt64(other.length))
        }
        guard let first = ranges.free(besides: taken) else {
            throw SandboxError("could not find an empty slot to allocate a user namespace")
        }
        return UserNamespace(hostID: first, containerID: 0, length: ranges.length)
    }

    private func recorded(_ uid: PodUID) throws -> UserNamespace? {
        let path = paths.userNamespace(uid)
        let bytes: [UInt8]
        do {
            bytes = try HostFiles.read(path, limit: 1 << 16)
        } catch let error as HostSystemError where error.code == .notFound || error.code == .wrongKind {
            // No such file, or no directory of a pod.
            return nil
        }
        guard let json = try? JSONValue(parsing: bytes), let found = UserNamespace(mappings: json) else {
            throw SandboxError("user namespace: \(path) is not a user namespace mappings file")
        }
        return found
    }
}

extension UserNamespace {
    /// The mappings as upstream's kubelet keeps them.
    fileprivate var mappings: JSONValue {
        let mapping: JSONValue = [
            "hostId": .integer(Int64(hostID)), "containerId": .integer(Int64(containerID)),
            "length": .integer(Int64(length)),
        ]
        return ["uidMappings": [mapping], "gidMappings": [mapping]]
    }

    /// `nil` for anything but one range, for users and groups alike, in which root is mapped.
    fileprivate init?(mappings: JSONValue) {
        guard let users = mappings["uidMappings"]?.arrayValue, users.count == 1,
            mappings["gidMappings"]?.arrayValue == users,
            let hostID = users[0]["hostId"]?.integerValue.flatMap({ UInt32(exactly: $0) }),
            let length = users[0]["length"]?.integerValue.flatMap({ UInt32(exactly: $0) }),
            users[0]["containerId"]?.integerValue == 0
        else { return nil }
        self.init(hostID: hostID, containerID: 0, length: length)
    }
}
