import HostSystem
package import KubernetesAPI
package import PodLifecycle
import StructuredData

/// A volume that containers can mount.
struct PreparedVolume: Sendable, Hashable {
    /// Where it is on the host.
    var path: String
    /// Whether no container may write to it, whatever its mount says.
    var isReadOnly = false
    /// Whether it is an image, which has no path: the runtime mounts it.
    var isImage = false
}

/// Makes the volumes of pods ready on the host, and takes them down. Every step may be repeated.
package struct PodVolumes: Sendable {
    /// Any user of the pod may write, as upstream has it.
    private static let emptyDirMode: UInt32 = 0o777

    let paths: PodPaths
    let mounts: any MountTable
    private let node: NodeFacts
    private let clock: any KubeletClock

    package init(paths: PodPaths, mounts: any MountTable, node: NodeFacts, clock: any KubeletClock) {
        self.paths = paths
        self.mounts = mounts
        self.node = node
        self.clock = clock
    }

    /// Makes every volume of a pod ready.
    /// - Returns: the volumes by their names.
    func prepare(_ pod: Pod) throws -> [String: PreparedVolume] {
        var ready: [String: PreparedVolume] = [:]
        for volume in pod.spec.volumes { ready[volume.name] = try prepare(volume, of: pod) }
        return ready
    }

    /// Has the files of volumes that show fields of the pod follow them; other volumes are left alone.
    func refresh(_ pod: Pod) throws {
        for volume in pod.spec.volumes { _ = try writeFiles(of: volume, of: pod) }
    }

    /// Unmounts and removes everything of a pod's directory. Host paths are not touched.
    package func tearDown(_ uid: PodUID) throws {
        let directory = paths.pod(uid)
        try unbind(in: uid)
        try unmountAll(below: directory)
        try HostFiles.removeTree(directory)
    }

    /// Removes what volumes left that the pod no longer has.
    package func removeForeign(of pod: Pod) throws {
        try unbind(in: pod.uid, keeping: subPathPlaces(of: pod))
        try removeVolumes(of: pod.uid, except: pod.spec.volumes)
    }

    /// Removes all volumes of a pod that has ended for good; what its containers left to say stays.
    package func removeAll(of uid: PodUID) throws {
        try unbind(in: uid)
        try removeVolumes(of: uid, except: [])
    }

    private func removeVolumes(of uid: PodUID, except volumes: [Volume]) throws {
        for plugin in VolumePlugin.allCases {
            let kept = Set(volumes.filter { $0.plugin == plugin }.map(\.name))
            let directory = paths.volumes(uid, plugin)
            guard HostFiles.exists(directory) else { continue }
            for name in try HostFiles.list(directory) where !kept.contains(name) {
                let path = "\(directory)/\(name)"
                try unmountAll(below: path)
                try HostFiles.removeTree(path)
            }
        }
    }

    /// The UIDs that have a directory here.
    package func storedPods() throws -> [PodUID] {
        guard HostFiles.exists(paths.pods) else { return [] }
        return try HostFiles.list(paths.pods).map { PodUID($0) }
    }

    func unmountAll(below path: String) throws {
        for mount in try mounts.mountPoints(below: path).reversed() { try mounts.unmount(mount) }
    }

    // MARK: Kinds

    private func prepare(_ volume: Volume, of pod: Pod) throws -> PreparedVolume {
        if let hostPath = volume.hostPath {
            try check(hostPath, volume.name)
            return PreparedVolume(path: hostPath.path)
        }
        if let emptyDir = volume.emptyDir { return try prepare(emptyDir, volume.name, of: pod) }
        if let path = try writeFiles(of: volume, of: pod) { return PreparedVolume(path: path, isReadOnly: true) }
        if volume.image != nil { return PreparedVolume(path: "", isReadOnly: true, isImage: true) }
        throw VolumeError(.unsupported, "cannot set up volume \(volume.name): its kind is not supported")
    }

    private func prepare(_ emptyDir: EmptyDirVolumeSource, _ name: String, of pod: Pod) throws -> PreparedVolume {
        let path = paths.volume(pod.uid, .emptyDir, name)
        let ownership = VolumeOwnership(of: pod, isReadOnly: false)
        if !HostFiles.exists(path) {
            // Under another name until it is as it should be: what the pod makes of it later is the pod's business.
            let unfinished = paths.volume(pod.uid, .emptyDir, "." + name)
            try ownership.createDirectory(unfinished, mode: Self.emptyDirMode)
            try HostFiles.rename(unfinished, to: path)
        }
        if emptyDir.medium == "Memory", try !mounts.mountPoints(below: path).contains(path) {
            try mounts.mountMemory(
                at: path,
                MemoryOptions(
                    sizeLimit: emptyDir.sizeLimit?.value, mode: ownership.mode(ofDirectory: Self.emptyDirMode),
                    group: ownership.group))
        }
        return PreparedVolume(path: path)
    }

    /// Writes the files of a volume whose content comes from elsewhere.
    ///
    /// Upstream mounts a tmpfs for them, so that secrets don't reach the disk. What static pods may have in such a volume
    /// is in their manifest: a directory does, which no reboot and no failed unmount can take away.
    /// - Returns: its path, or `nil` for other volumes.
    private func writeFiles(of volume: Volume, of pod: Pod) throws -> String? {
        let sources = VolumeSources(fields: PodFields(pod: pod, node: node))
        guard let plugin = volume.plugin, let payload = try sources.payload(of: volume) else { return nil }
        let path = paths.volume(pod.uid, plugin, volume.name)
        let ownership = VolumeOwnership(of: pod, isReadOnly: true)
        try AtomicWriter(directory: path, ownership: ownership).write(payload, now: clock.now())
        for place in NestedMounts.places(in: volume.name, of: pod).map({ "\(path)/\($0)" })
        where !HostFiles.exists(place) {
            try HostFiles.createDirectory(place, mode: 0o755)
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

extension Volume {
    /// What makes the volume's directory; `nil` for volumes that have none.
    fileprivate var plugin: VolumePlugin? {
        if emptyDir != nil { return .emptyDir }
        if downwardAPI != nil { return .downwardAPI }
        if projected != nil { return .projected }
        return nil
    }
}
