import HostSystem
import KubernetesAPI

/// A part of a volume that a container mounts.
struct SubPath: Sendable, Hashable {
    /// Which of the container's mounts it is.
    var index: Int
    var volume: String
    /// Relative, with its variables expanded.
    var path: String
}

/// Parts of volumes.
///
/// The runtime is not given a path in the volume: who can write there could turn it into a link to anywhere on the host
/// before the runtime looks. It is given a place of the kubelet's where the part was mounted after it had been opened
/// safely (upstream: `pkg/volume/util/subpath/subpath_linux.go`).
extension PodVolumes {
    /// Mounts parts of volumes for a container that is about to be created.
    /// - Returns: host paths by the indices of the container's mounts; of an image the path in it.
    /// - Throws: `ContainerStartError`.
    func bind(
        _ subPaths: [SubPath], of container: String, in uid: PodUID, _ volumes: [String: PreparedVolume]
    ) throws -> [Int: String] {
        var bound: [Int: String] = [:]
        for subPath in subPaths {
            guard let volume = volumes[subPath.volume] else { continue }
            if volume.isImage {
                bound[subPath.index] = subPath.path
                continue
            }
            let target = paths.subPath(uid, volume: subPath.volume, container: container, mount: subPath.index)
            do {
                try bind(subPath.path, of: volume, at: target)
            } catch let error as HostSystemError {
                // Upstream has another text where a directory can't be made: by that a pod that puts a link into its
                // volume would learn whether the host has what the link names.
                throw ContainerStartError(
                    .createContainerConfigError,
                    "failed to prepare subPath for volumeMount \"\(subPath.volume)\" of container \"\(container)\"",
                    detail: "\(subPath.path): \(error)")
            }
            bound[subPath.index] = target
        }
        return bound
    }

    private func bind(_ path: String, of volume: PreparedVolume, at target: String) throws {
        // Directories that are made have the rights of the volume they are in.
        let mode = try HostFiles.attributes(volume.path)?.mode ?? 0o755
        let part = try ContainedPath(path, below: volume.path, makingDirectories: mode)
        let isDirectory = part.attributes.kind == .directory
        if try mounts.mountPoints(below: target).contains(target) {
            if try HostFiles.attributes(target, followingLinks: false)?.isSameFile(as: part.attributes) == true {
                return
            }
            try unmountAll(below: target)
        }
        if let left = try HostFiles.attributes(target, followingLinks: false),
            (left.kind == .directory) != isDirectory
        {
            try HostFiles.remove(target)
        }
        // Anything but a directory can be mounted on a file.
        if isDirectory {
            try HostFiles.createDirectory(target, mode: 0o750)
        } else {
            try HostFiles.createDirectory(HostFiles.parent(of: target), mode: 0o750)
            try HostFiles.createFile(target, mode: 0o640)
        }
        try mounts.bind(part.descriptorPath, at: target)
    }

    /// Unmounts parts of volumes.
    ///
    /// Only places that are empty are removed, one by one: should something be mounted there still, it is an error and no
    /// loss of somebody's files.
    /// - Parameter kept: places that stay.
    func unbind(in uid: PodUID, keeping kept: Set<String> = []) throws {
        let root = paths.subPaths(uid)
        guard HostFiles.exists(root) else { return }
        for volume in try HostFiles.list(root).map({ "\(root)/\($0)" }) {
            for container in try HostFiles.list(volume).map({ "\(volume)/\($0)" }) {
                for place in try HostFiles.list(container).map({ "\(container)/\($0)" }) where !kept.contains(place) {
                    try unmountAll(below: place)
                    try HostFiles.remove(place)
                }
                try removeIfEmpty(container)
            }
            try removeIfEmpty(volume)
        }
        try removeIfEmpty(root)
    }

    private func removeIfEmpty(_ directory: String) throws {
        if try HostFiles.list(directory).isEmpty { try HostFiles.remove(directory) }
    }

    /// The places where containers of the pod may have parts of its volumes.
    func subPathPlaces(of pod: Pod) -> Set<String> {
        var places: Set<String> = []
        for container in pod.spec.allContainers {
            for (index, mount) in container.volumeMounts.enumerated() where mount.hasSubPath {
                places.insert(
                    paths.subPath(pod.uid, volume: mount.name, container: container.name, mount: index))
            }
        }
        return places
    }
}

extension VolumeMount {
    var hasSubPath: Bool { !subPath.isEmpty || !subPathExpr.isEmpty }
}
