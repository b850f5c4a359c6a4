package import ContainerRuntime
import HostSystem
package import KubernetesAPI
package import Logging
import PodLifecycle
package import PodSources
import StructuredData

/// A pod's accepted version as it is kept on disk.
package struct AcceptedPod: Sendable, Hashable {
    /// Its pod has the UID it runs with.
    package var version: DesiredPod
    /// Containers that are to be made anew, and were not yet when it was saved.
    package var doomed: Set<ContainerID>
    /// Containers that there were when all of the pod had to start over, and are still.
    package var startedOver: Set<ContainerID> = []
    /// The UID of the version whose place it takes, and which may still be on disk too.
    package var supersedes: PodUID?
    /// Whether it is on its way out, with nothing of it in what follows.
    package var isLeaving: Bool

    package init(
        _ version: DesiredPod, doomed: Set<ContainerID> = [], supersedes: PodUID? = nil, isLeaving: Bool = false
    ) {
        self.version = version
        self.doomed = doomed
        self.supersedes = supersedes
        self.isLeaving = isLeaving
    }

    init(_ version: DesiredPod, _ target: PodTarget) {
        self.init(version, doomed: target.doomed)
        startedOver = target.startedOver
    }
}

/// The specs of the pods this kubelet runs, on disk, one file for each UID: a pod whose manifest is changed, spoiled or
/// removed while the kubelet is down is known all the same.
package actor PodCheckpoints {
    private let directory: String
    private let logger: Logger

    package init(directory: String, logger: Logger) {
        self.directory = directory
        self.logger = logger
    }

    /// Writes a pod's spec, before anything of it runs.
    package func save(_ accepted: AcceptedPod) throws {
        try HostFiles.createDirectory(directory, mode: 0o700)
        let version = accepted.version
        var saved: JSONValue = [
            "origin": .string(version.origin), "hash": .string(version.hash.rawValue), "pod": version.pod.encoded(),
        ]
        if version.hasFixedUID { saved["hasFixedUID"] = true }
        if !accepted.doomed.isEmpty { saved["doomed"] = Self.list(accepted.doomed) }
        if !accepted.startedOver.isEmpty { saved["startedOver"] = Self.list(accepted.startedOver) }
        if accepted.isLeaving { saved["leaving"] = true }
        if let uid = accepted.supersedes { saved["supersedes"] = .string(uid.rawValue) }
        try HostFiles.writeAtomically(saved.serialized(), to: path(version.uid), mode: 0o600)
    }

    package func remove(_ uid: PodUID) throws { try HostFiles.remove(path(uid)) }

    /// Every pod that was saved; one that can't be read is left where it is, and said.
    package func load() throws -> [PodUID: AcceptedPod] {
        guard HostFiles.exists(directory) else { return [:] }
        var pods: [PodUID: AcceptedPod] = [:]
        for name in try HostFiles.list(directory) where name.hasSuffix(".json") && !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            do {
                let saved = try JSONValue(parsing: try HostFiles.read(path))
                let pod = try Pod(saved["pod"] ?? .null)
                let version = DesiredPod(
                    pod: pod, hash: PodHash(saved["hash"]?.stringValue ?? ""),
                    origin: saved["origin"]?.stringValue ?? "",
                    hasFixedUID: saved["hasFixedUID"]?.boolValue ?? false)
                var accepted = AcceptedPod(
                    version, doomed: Self.containers(saved["doomed"]),
                    supersedes: saved["supersedes"]?.stringValue.map { PodUID($0) },
                    isLeaving: saved["leaving"]?.boolValue ?? false)
                accepted.startedOver = Self.containers(saved["startedOver"])
                pods[pod.uid] = accepted
            } catch {
                logger.warning("cannot read a saved pod", metadata: ["file": "\(path)", "error": "\(error)"])
            }
        }
        return pods
    }

    private static func list(_ containers: Set<ContainerID>) -> JSONValue {
        .array(containers.map { .string($0.rawValue) })
    }

    private static func containers(_ list: JSONValue?) -> Set<ContainerID> {
        Set((list?.arrayValue ?? []).compactMap(\.stringValue).map { ContainerID($0) })
    }

    private func path(_ uid: PodUID) -> String { "\(directory)/\(uid.rawValue).json" }
}
