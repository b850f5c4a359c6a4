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
    let paths: PodPaths
    let mounts: any MountTable
    let node: NodeFacts
    let hostPaths = SetUpHostPaths()
    private let clock: any KubeletClock

    package init(paths: PodPaths, mounts: any MountTable, node: NodeFacts, clock: any KubeletClock) {
        self.paths = paths
        self.mounts = mounts
        self.node = node
        self.clock = clock
    }

    /// Makes every volume of a pod ready.
    /// - Returns: the volumes by their names.
    /// - Throws: `VolumeError` with the volume's name, worded as upstream's event is.
    func prepare(_ pod: Pod) throws -> [String: PreparedVolume] {
        var ready: [String: PreparedVolume] = [:]
        for volume in pod.spec.volumes {
            do {
                ready[volume.name] = try prepare(volume, of: pod)
            } catch {
                throw VolumeError(
                    (error as? VolumeError)?.code ?? .failed,
                    "MountVolume.SetUp failed for volume \"\(volume.name)\" : \(error)")
            }
        }
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
        hostPaths.forget(uid, keeping: [])
    }

    /// Removes what volumes left that the pod no longer has.
    package func removeForeign(of pod: Pod) throws {
        try unbind(in: pod.uid, keeping: subPathPlaces(of: pod))
        hostPaths.forget(pod.uid, keeping: pod.spec.volumes)
        try removeVolumes(of: pod.uid, except: pod.spec.volumes)
    }

    /// Removes all volumes of a pod that has ended for good; what its containers left to say stays.
    package func removeAll(of uid: PodUID) throws {
        try unbind(in: uid)
        hostPaths.forget(uid, keeping: [])
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
            try setUp(hostPath, volume.name, of: pod.uid)
            return PreparedVolume(path: hostPath.path)
        }
        if let emptyDir = volume.emptyDir { return try prepare(emptyDir, volume.name, of: pod) }
        if let path = try writeFiles(of: volume, of: pod) { return PreparedVolume(path: path, isReadOnly: true) }
        if volume.image != nil { return PreparedVolume(path: "", isReadOnly: true, isImage: true) }
        throw VolumeError(.unsupported, "its kind is not supported")
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
