import ContainerRuntime
import HostSystem

/// A cgroup by the names on the way to it, whoever makes it (upstream: `CgroupName` in
/// `pkg/kubelet/cm/cgroup_manager_linux.go`).
struct CgroupName: Sendable, Hashable {
    let components: [String]

    init(_ components: [String]) { self.components = components }

    /// The cgroup at a path such as `/swiftlet/main`; empty or `/` for the root.
    init(path: String) { self.init(path.split(separator: "/").map(String.init)) }

    /// The cgroup that an operator names as the driver has it: `/system.slice`, or a path.
    init(_ name: String, of driver: CgroupDriver) {
        guard driver == .systemd else {
            self.init(path: name)
            return
        }
        let unit = HostFiles.name(of: name)
        let parts = (unit.hasSuffix(Self.suffix) ? String(unit.dropLast(Self.suffix.count)) : unit).split(
            separator: "-")
        self.init(parts.map { String($0.map { $0 == "_" ? "-" : $0 }) })
    }

    func child(_ name: String) -> CgroupName { CgroupName(components + [name]) }

    var parent: CgroupName { CgroupName(components.dropLast()) }

    /// Where it is below a hierarchy's mount point: `/kubepods/burstable`, or with systemd
    /// `/kubepods.slice/kubepods-burstable.slice`. Empty for the root.
    func path(_ driver: CgroupDriver) -> String {
        switch driver {
        case .cgroupfs: components.map { "/\($0)" }.joined()
        case .systemd: components.indices.map { "/" + CgroupName(Array(components[...$0])).unit }.joined()
        }
    }

    /// The slice that it is to systemd: `kubepods-burstable-pod1234_abcd.slice`. A hyphen is a step in the hierarchy
    /// there, so those of a name become underscores.
    var unit: String {
        guard !components.isEmpty else { return "-.slice" }
        return components.map { String($0.map { $0 == "-" ? "_" : $0 }) }.joined(separator: "-") + Self.suffix
    }

    private static let suffix = ".slice"
}
