import HostSystem
package import KubernetesAPI
import StructuredData

/// Makes the volumes of pods ready on the host, and takes them down. Every step may be repeated.
package struct PodVolumes: Sendable {
    private let paths: PodPaths
    private let mounts: any MountTable

    package init(paths: PodPaths, mounts: any MountTable) {
        self.paths = paths
        self.mounts = mounts
    }

    /// Makes every volume of a pod ready.
    /// - Returns: the host path of each volume by its name.
    package func prepare(_ pod: Pod) throws -> [String: String] {
        var ready: [String: String] = [:]
        for volume in pod.spec.volumes { ready[volume.name] = try prepare(volume, of: pod) }
        return ready
    }

    /// Unmounts and removes everything of a pod's directory. Host paths are not touched.
    package func tearDown(_ uid: PodUID) throws {
        let directory = paths.pod(uid)
        for mount in try mounts.mountPoints(below: directory).reversed() { try mounts.unmount(mount) }
        try HostFiles.removeTree(directory)
    }

    /// Removes what volumes left that the pod no longer has.
    package func removeForeign(of pod: Pod) throws {
        let directory = paths.emptyDirs(pod.uid)
        guard HostFiles.exists(directory) else { return }
        let kept = Set(pod.spec.volumes.filter { $0.emptyDir != nil }.map(\.name))
        for name in try HostFiles.list(directory) where !kept.contains(name) {
            let path = paths.emptyDir(pod.uid, volume: name)
            for mount in try mounts.mountPoints(below: path).reversed() { try mounts.unmount(mount) }
            try HostFiles.removeTree(path)
        }
    }

    /// The UIDs that have a directory here.
    package func storedPods() throws -> [PodUID] {
        guard HostFiles.exists(paths.pods) else { return [] }
        return try HostFiles.list(paths.pods).map { PodUID($0) }
    }

    private func prepare(_ volume: Volume, of pod: Pod) throws -> String {
        if let hostPath = volume.hostPath {
            try check(hostPath, volume.name)
            return hostPath.path
        }
        if let emptyDir = volume.emptyDir { return try prepare(emptyDir, volume.name, of: pod) }
        throw VolumeError(.unsupported, "cannot set up volume \(volume.name): its kind is not supported")
    }

    private func prepare(_ emptyDir: EmptyDirVolumeSource, _ name: String, of pod: Pod) throws -> String {
        let path = paths.emptyDir(PodUID(pod.metadata.uid), volume: name)
        // Any user of the pod may write, as upstream has it.
        try HostFiles.createDirectory(path, mode: 0o777)
        if emptyDir.medium == "Memory", try !mounts.mountPoints(below: path).contains(path) {
            try mounts.mountMemory(at: path, sizeLimit: emptyDir.sizeLimit?.value)
        }
        return path
    }

    /// Upstream's rules for `hostPath.type` (`pkg/volume/hostpath/host_path.go`).
    private func check(_ source: HostPathVolumeSource, _ name: String) throws {
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
        default: throw VolumeError(.unsupported, "cannot set up volume \(name): unknown hostPath type \(type)")
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
