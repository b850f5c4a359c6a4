import ContainerRuntime
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
        let place =
            switch pod.qosClass {
            case .guaranteed: Place.guaranteed
            case .bestEffort: Place.bestEffort
            default: Place.burstable
            }
        return root + place.rawValue + Self.prefix + pod.metadata.uid
    }

    /// Removes a pod's cgroup, once the runtime has nothing of the pod any more, from every hierarchy. What runs in it
    /// all the same was forgotten by the runtime, and is killed, as upstream does.
    /// - Throws: when something is still left, for processes take their time to end.
    func remove(_ uid: PodUID) throws {
        for directory in try directories(of: uid) where try !Self.removeTree(directory) {
            try Self.killAll(below: directory)
            guard try Self.removeTree(directory) else {
                throw HostSystemError.system("remove cgroup", directory, errorNumber: EBUSY)
            }
        }
    }

    /// Kills what runs in the cgroup of a container of which the runtime says that nothing runs.
    func endProcesses(of container: ContainerID, in uid: PodUID) throws {
        for directory in try directories(of: uid) { try Self.killAll(below: "\(directory)/\(container)") }
    }

    /// Removes the cgroup of a pod that nobody knows, as far as nothing runs in it.
    /// - Returns: whether nothing is left of it.
    func removeIfUnused(_ uid: PodUID) throws -> Bool {
        try directories(of: uid).allSatisfy(Self.removeTree)
    }

    /// The UIDs that have a cgroup.
    func storedPods() throws -> Set<PodUID> {
        var uids: Set<PodUID> = []
        for directory in try places() {
            for name in (try? HostFiles.list(directory)) ?? [] where name.hasPrefix(Self.prefix) {
                uids.insert(PodUID(String(name.dropFirst(Self.prefix.count))))
            }
        }
        return uids
    }

    // MARK: Directories

    /// The cgroups that hold those of pods, one for each QoS class.
    private enum Place: String, CaseIterable {
        case guaranteed = "/kubepods/"
        case burstable = "/kubepods/burstable/"
        case bestEffort = "/kubepods/besteffort/"
    }

    private static let prefix = "pod"

    /// Every place of every hierarchy, whether it is there or not: the hierarchy of version 2, and those of version 1
    /// below the mount point.
    private func places() throws -> [String] {
        let names = try HostFiles.list(mountPoint)
        let hierarchies = Set(([mountPoint] + names.map { "\(mountPoint)/\($0)" }).compactMap(HostFiles.resolved))
        return hierarchies.sorted().flatMap { hierarchy in
            Place.allCases.map { hierarchy + root + $0.rawValue }
        }
    }

    /// A pod whose spec got lost may have been of any QoS class.
    func directories(of uid: PodUID) throws -> [String] {
        try places().map { $0 + Self.prefix + uid.rawValue }.filter(HostFiles.exists)
    }

    /// - Returns: whether nothing is left.
    private static func removeTree(_ directory: String) throws -> Bool {
        if rmdir(directory) == 0 || errno == ENOENT { return true }
        guard errno == EBUSY || errno == ENOTEMPTY else { throw HostSystemError.system("remove cgroup", directory) }
        // A container that was killed while it was made leaves its own behind.
        let children = children(of: directory)
        for child in children where try !removeTree(child) { return false }
        return !children.isEmpty && rmdir(directory) == 0
    }

    private static func killAll(below directory: String) throws {
        for child in children(of: directory) { try killAll(below: child) }
        guard let processes = try? HostFiles.readText("\(directory)/cgroup.procs") else { return }
        for process in processes.split(separator: "\n").compactMap({ pid_t($0) }) where process > 1 {
            guard kill(process, SIGKILL) == 0 || errno == ESRCH else {
                throw HostSystemError.system("end what is left in cgroup", directory)
            }
        }
    }

    /// The cgroups right below; the files of a cgroup aren't directories.
    private static func children(of directory: String) -> [String] {
        ((try? HostFiles.list(directory)) ?? []).map { "\(directory)/\($0)" }
            .filter { (try? HostFiles.attributes($0, followingLinks: false))?.kind == .directory }
    }
}
