import Glibc
import HostSystem
import KubernetesAPI

/// Where the cgroups of pods are, in upstream's layout (`pkg/kubelet/cm`, cgroupfs driver).
package struct PodCgroups: Sendable, Hashable {
    private let root: String
    private let mountPoint: String

    /// - Parameters:
    ///   - root: `cgroupRoot`; empty or `/` for the root of the hierarchy.
    ///   - mountPoint: where cgroup hierarchies are mounted.
    package init(root: String, mountPoint: String = "/sys/fs/cgroup") {
        self.root = root == "/" ? "" : root
        self.mountPoint = mountPoint
    }

    /// The cgroup that holds the cgroups of a pod's containers.
    func parent(of pod: Pod) -> String {
        let base = root + "/kubepods"
        switch pod.qosClass {
        case .guaranteed: return "\(base)/pod\(pod.metadata.uid)"
        case .bestEffort: return "\(base)/besteffort/pod\(pod.metadata.uid)"
        default: return "\(base)/burstable/pod\(pod.metadata.uid)"
        }
    }

    /// Removes a pod's cgroup, once its containers are gone, from every hierarchy. What still holds a process stays.
    func remove(_ pod: Pod) throws {
        let path = parent(of: pod)
        let hierarchies = try HostFiles.list(mountPoint).map { "\(mountPoint)/\($0)" } + [mountPoint]
        for hierarchy in Set(hierarchies.compactMap(HostFiles.resolved)) {
            // A container that was killed while it was made leaves its own behind.
            for child in (try? HostFiles.list(hierarchy + path)) ?? [] { rmdir("\(hierarchy + path)/\(child)") }
            guard rmdir(hierarchy + path) != 0 else { continue }
            guard errno == ENOENT || errno == ENOTDIR || errno == EBUSY else {
                throw HostSystemError.system("remove cgroup", hierarchy + path)
            }
        }
    }
}
