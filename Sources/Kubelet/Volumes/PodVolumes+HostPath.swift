import HostSystem
import KubernetesAPI
import StructuredData
import Synchronization

/// Directories and files of the host (upstream: `pkg/volume/hostpath/host_path.go`).
extension PodVolumes {
    /// Looks at a path, and makes it if its type says so, when its pod needs it for the first time since the kubelet runs.
    ///
    /// Afterwards it is the pod's business, as with upstream: a socket whose daemon is away for a moment keeps no container
    /// from starting again.
    func setUp(_ source: HostPathVolumeSource, _ name: String, of uid: PodUID) throws {
        guard !hostPaths.contains(source, name, of: uid) else { return }
        try check(source)
        hostPaths.insert(source, name, of: uid)
    }

    /// Upstream's rules for `hostPath.type`.
    private func check(_ source: HostPathVolumeSource) throws {
        let type = source.type ?? ""
        if type == "" { return }
        let found = try HostFiles.attributes(source.path)
        let expected: HostFiles.Attributes.Kind
        switch type {
        case "DirectoryOrCreate":
            if found == nil { return try HostFiles.createDirectory(source.path, mode: 0o755) }
            expected = .directory
        case "FileOrCreate":
            if found == nil { return try HostFiles.createFile(source.path, mode: 0o644) }
            expected = .file
        case "Directory": expected = .directory
        case "File": expected = .file
        case "Socket": expected = .socket
        case "CharDevice": expected = .characterDevice
        case "BlockDevice": expected = .blockDevice
        default: throw VolumeError(.unsupported, "unknown hostPath type \(type)")
        }
        guard found?.kind == expected else {
            throw VolumeError(
                .wrongKind, "hostPath type check failed: \(source.path) is not a \(Self.noun(expected))")
        }
    }

    private static func noun(_ kind: HostFiles.Attributes.Kind) -> String {
        switch kind {
        case .file: "file"
        case .directory: "directory"
        case .symbolicLink: "symbolic link"
        case .socket: "socket file"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .fifo: "named pipe"
        }
    }
}

/// The host paths that were as their types say when their pods needed them.
final class SetUpHostPaths: Sendable {
    private let sources = Mutex<[PodUID: [String: HostPathVolumeSource]]>([:])

    func contains(_ source: HostPathVolumeSource, _ name: String, of uid: PodUID) -> Bool {
        sources.withLock { $0[uid]?[name] == source }
    }

    func insert(_ source: HostPathVolumeSource, _ name: String, of uid: PodUID) {
        sources.withLock { $0[uid, default: [:]][name] = source }
    }

    /// Forgets those of a pod that are not among these volumes.
    func forget(_ uid: PodUID, keeping volumes: [Volume]) {
        sources.withLock { sources in
            let kept = sources[uid]?.filter { name, _ in volumes.contains { $0.name == name } } ?? [:]
            sources[uid] = kept.isEmpty ? nil : kept
        }
    }
}
