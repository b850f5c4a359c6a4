import HostSystem
import KubernetesAPI

/// Directories that live as long as their pod, on the disk or in memory (upstream: `pkg/volume/emptydir/empty_dir.go`).
extension PodVolumes {
    /// Any user of the pod may write, as upstream has it.
    private static let emptyDirMode: UInt32 = 0o777

    func prepare(_ emptyDir: EmptyDirVolumeSource, _ name: String, of pod: Pod) throws -> PreparedVolume {
        let path = paths.volume(pod.uid, .emptyDir, name)
        let ownership = VolumeOwnership(of: pod, isReadOnly: false)
        if !HostFiles.exists(path) {
            // Under another name until it is as it should be: what the pod makes of it later is the pod's business.
            let unfinished = paths.volume(pod.uid, .emptyDir, "." + name)
            try ownership.createDirectory(unfinished, mode: Self.emptyDirMode)
            try HostFiles.rename(unfinished, to: path)
        }
        guard emptyDir.medium != .disk else { return PreparedVolume(path: path) }
        if try !mounts.mountPoints(below: path).contains(path) {
            try mounts.mountMemory(at: path, try memory(for: emptyDir, of: pod, ownership))
        }
        if emptyDir.medium.isHugePages, ownership.group != nil { try shareWithGroup(path) }
        return PreparedVolume(path: path)
    }

    private func memory(
        for emptyDir: EmptyDirVolumeSource, of pod: Pod, _ ownership: VolumeOwnership
    ) throws -> MemoryOptions {
        var options = MemoryOptions(mode: ownership.mode(ofDirectory: Self.emptyDirMode), group: ownership.group)
        if emptyDir.medium.isHugePages {
            options.pageSize = try pod.spec.pageSize(for: emptyDir.medium)
        } else if emptyDir.medium == .memory {
            options.sizeLimit = memorySize(of: emptyDir, in: pod)
        } else {
            throw VolumeError(.unsupported, "unknown storage medium \"\(emptyDir.medium)\"")
        }
        return options
    }

    /// Bytes: the least of what the volume, the pod and all pods may have. Zero limits nothing.
    private func memorySize(of emptyDir: EmptyDirVolumeSource, in pod: Pod) -> Int64? {
        var limits = [node.allocatable["memory"]?.value, emptyDir.sizeLimit?.value]
        if case .amount(let bytes)? = CgroupSettings(of: pod, node.limits).memory { limits.append(bytes) }
        return limits.compactMap(\.self).filter { $0 > 0 }.min()
    }

    /// Has what is made in the directory belong to its group too: a hugetlbfs takes no such bit when it is mounted.
    private func shareWithGroup(_ path: String) throws {
        guard let mode = try HostFiles.attributes(path)?.mode, mode & 0o2000 == 0 else { return }
        try HostFiles.setMode(path, mode | 0o2000)
    }
}

extension PodSpec {
    /// The size in bytes of the pages that a volume of the medium is made of: one of those that the pod has a limit of.
    fileprivate func pageSize(for medium: StorageMedium) throws -> Int64 {
        let limits = [resources?.limits ?? [:]] + (containers + initContainers).map(\.resources.limits)
        let sizes = Set(limits.flatMap(\.keys).compactMap(ResourceName.pageSize))
        let fitting = medium == .hugePages ? sizes : sizes.filter { $0 == medium.pageSize }
        guard let size = fitting.first else {
            throw VolumeError(
                .unsupported,
                "medium \(medium): hugePages storage requested, but there is no resource request for huge pages")
        }
        guard fitting.count == 1 else {
            throw VolumeError(
                .unsupported, "medium: \(medium) can't be used if container requests multiple huge page sizes")
        }
        return size
    }
}
