import KubernetesAPI

/// The kernel parameters that pods of a node may set (upstream: `pkg/kubelet/sysctl`).
package struct SysctlAllowlist: Sendable, Hashable {
    /// The parameters that have no influence on other pods, with the first kernel that has them in a namespace.
    private static let safe: [(name: String, kernel: (major: Int, minor: Int))] = [
        ("kernel.shm_rmid_forced", (0, 0)),
        ("net.ipv4.ip_local_port_range", (0, 0)),
        ("net.ipv4.tcp_syncookies", (0, 0)),
        ("net.ipv4.ping_group_range", (0, 0)),
        ("net.ipv4.ip_unprivileged_port_start", (0, 0)),
        ("net.ipv4.ip_local_reserved_ports", (3, 16)),
        ("net.ipv4.tcp_keepalive_time", (4, 5)),
        ("net.ipv4.tcp_fin_timeout", (4, 6)),
        ("net.ipv4.tcp_keepalive_intvl", (4, 5)),
        ("net.ipv4.tcp_keepalive_probes", (4, 5)),
        ("net.ipv4.tcp_rmem", (4, 15)),
        ("net.ipv4.tcp_wmem", (4, 15)),
    ]

    private var names: [String: SysctlNamespace] = [:]
    private var prefixes: [String: SysctlNamespace] = [:]

    /// - Parameters:
    ///   - kernelVersion: the running kernel's, such as `6.1.0-18-amd64`; unknown ones count as old.
    ///   - allowedUnsafe: names, and beginnings of names that end in `*`; those that are in no known namespace have no
    ///     effect.
    package init(kernelVersion: String, allowedUnsafe: [String] = []) {
        let parts = kernelVersion.split { !("0"..."9").contains($0) }.prefix(2).map { Int($0) ?? 0 }
        let kernel = (major: parts.first ?? 0, minor: parts.dropFirst().first ?? 0)
        for sysctl in Self.safe where sysctl.kernel <= kernel { allow(sysctl.name) }
        for pattern in allowedUnsafe { allow(pattern) }
    }

    private mutating func allow(_ pattern: String) {
        let name = SysctlName.normalized(pattern)
        let start = String(name.prefix { $0 != "*" })
        guard let namespace = SysctlName.namespace(of: start) else { return }
        if start == name { names[name] = namespace } else { prefixes[start] = namespace }
    }

    /// Why the pod may not have the sysctls it asks for.
    func rejection(of spec: PodSpec) -> AdmissionRejection? {
        for sysctl in spec.securityContext?.sysctls ?? [] {
            guard let objection = objection(to: SysctlName.normalized(sysctl.name), in: spec) else { continue }
            return AdmissionRejection(reason: "SysctlForbidden", message: "forbidden sysctl: \(objection)")
        }
        return nil
    }

    private func objection(to name: String, in spec: PodSpec) -> String? {
        guard let namespace = names[name] ?? prefixes.first(where: { name.hasPrefix($0.key) })?.value else {
            return "\"\(name)\" not allowlisted"
        }
        let isOfHost = namespace == .ipc ? spec.hostIPC : spec.hostNetwork
        return isOfHost ? "\"\(name)\" not allowed with host \(namespace.rawValue) enabled" : nil
    }
}
