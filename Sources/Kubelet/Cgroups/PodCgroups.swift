import ContainerRuntime
import Glibc
package import HostSystem
import KubernetesAPI

/// The cgroups of pods, in upstream's layout (`pkg/kubelet/cm`).
package struct PodCgroups: Sendable {
    let driver: CgroupDriver
    let hierarchies: CgroupHierarchies
    private let root: CgroupName
    private let systemd: SystemdManager?

    /// - Parameters:
    ///   - root: `cgroupRoot`; empty or `/` for the root of the hierarchy.
    ///   - systemd: who makes them, if not the kubelet itself.
    ///   - mountPoint: where cgroup hierarchies are mounted.
    package init(root: String, systemd: SystemdManager? = nil, mountPoint: String = "/sys/fs/cgroup") {
        self.root = CgroupName(path: root)
        self.systemd = systemd
        driver = systemd == nil ? .cgroupfs : .systemd
        hierarchies = CgroupHierarchies(mountPoint: mountPoint)
    }

    // MARK: Names

    /// The cgroup that those of all pods are in.
    var all: CgroupName { root.child("kubepods") }

    /// The cgroup that those of pods of a QoS class are in; pods with guarantees are directly in the one of all.
    func name(of qosClass: PodQOSClass) -> CgroupName {
        switch qosClass {
        case .guaranteed: all
        case .bestEffort: all.child("besteffort")
        default: all.child("burstable")
        }
    }

    private func name(of pod: Pod) -> CgroupName { name(of: pod.qosClass).child(Self.prefix + pod.metadata.uid) }

    /// The path of a pod's cgroup in each hierarchy.
    func path(of pod: Pod) -> String { name(of: pod).path(driver) }

    /// The cgroup that holds the cgroups of a pod's containers, as the runtime is told of it.
    func parent(of pod: Pod) -> String {
        let name = name(of: pod)
        return driver == .systemd ? name.unit : name.path(driver)
    }

    // MARK: Settings

    /// Makes the pod's cgroup if there is none, and sets it.
    func set(_ pod: Pod, to settings: CgroupSettings) async throws { try await set(name(of: pod), to: settings) }

    /// Makes a cgroup if there is none, and sets it.
    func set(_ name: CgroupName, to settings: CgroupSettings) async throws {
        if let systemd {
            var properties: [SystemdManager.Property] = [
                .init("Description", .string("pods of kubernetes: \(name.path(.cgroupfs))")),
                .init("DefaultDependencies", .boolean(false)), .init("Wants", .strings([name.parent.unit])),
            ]
            for resource in ["CPU", "Memory", "Tasks"] {
                properties.append(.init("\(resource)Accounting", .boolean(true)))
            }
            try await systemd.start(name.unit, properties + settings.properties(isUnified: hierarchies.isUnified))
        }
        try hierarchies.set(name.path(driver), to: settings)
    }

    /// As `set`, but no limit becomes lower than it is: what runs may still have what it was given.
    func grow(_ pod: Pod, to settings: CgroupSettings) async throws {
        try await set(pod, to: settings.raised(to: hierarchies.limits(of: path(of: pod))))
    }

    /// Removes a pod's cgroup, once the runtime has nothing of the pod any more, from every hierarchy. What runs in it
    /// all the same was forgotten by the runtime, and is killed, as upstream does.
    /// - Throws: when something is still left, for processes take their time to end.
    func remove(_ uid: PodUID) async throws {
        let directories = try directories(of: uid)
        try await endSlices(directories)
        for directory in directories where try !Self.removeTree(directory) {
            try Self.killAll(below: directory)
            guard try Self.removeTree(directory) else {
                throw HostSystemError.system("remove cgroup", directory, errorNumber: EBUSY)
            }
        }
    }

    /// Kills what runs in the cgroup of a container of which the runtime says that nothing runs.
    func endProcesses(of container: ContainerID, in uid: PodUID) throws {
        for directory in try directories(of: uid) {
            // With systemd it is a scope with the runtime's name before it: `cri-containerd-ID.scope`.
            for child in Self.children(of: directory) where HostFiles.name(of: child).contains(container.rawValue) {
                try Self.killAll(below: child)
            }
        }
    }

    /// Removes the cgroup of a pod that nobody knows, as far as nothing runs in it.
    /// - Returns: whether nothing is left of it.
    func removeIfUnused(_ uid: PodUID) async throws -> Bool {
        let directories = try directories(of: uid)
        guard try directories.allSatisfy(Self.removeTree) else { return false }
        try await endSlices(directories)
        return true
    }

    /// Has systemd end the slices with these cgroups, and all that runs in them.
    private func endSlices(_ directories: [String]) async throws {
        guard let systemd else { return }
        for unit in Set(directories.map(HostFiles.name)).sorted() { try await systemd.stop(unit) }
    }

    /// The UIDs that have a cgroup.
    func storedPods() throws -> Set<PodUID> {
        var uids: Set<PodUID> = []
        for place in try places() {
            for entry in (try? HostFiles.list(place.directory)) ?? [] {
                if let uid = uid(ofEntry: entry) { uids.insert(uid) }
            }
        }
        return uids
    }

    // MARK: Directories

    private static let prefix = "pod"

    /// The cgroups that hold those of pods, of every QoS class in every hierarchy, whether they are there or not.
    private func places() throws -> [(directory: String, name: CgroupName)] {
        let classes = [PodQOSClass.guaranteed, .burstable, .bestEffort].map(name(of:))
        return try hierarchies.all().flatMap { hierarchy in
            classes.map { (hierarchy + $0.path(driver), $0) }
        }
    }

    /// A pod whose spec got lost may have been of any QoS class.
    func directories(of uid: PodUID) throws -> [String] {
        try places().map { "\($0.directory)/\(entry($0.name.child(Self.prefix + uid.rawValue)))" }
            .filter(HostFiles.exists)
    }

    /// The last part of a cgroup's path.
    private func entry(_ name: CgroupName) -> String { HostFiles.name(of: name.path(driver)) }

    /// The UID of the pod whose cgroup has that last part of a path, in the cgroup of a QoS class.
    private func uid(ofEntry entry: String) -> PodUID? {
        guard let last = driver == .systemd ? CgroupName(entry, of: driver).components.last : entry,
            driver == .cgroupfs || entry.hasSuffix(".slice"), last.hasPrefix(Self.prefix)
        else { return nil }
        return PodUID(String(last.dropFirst(Self.prefix.count)))
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
