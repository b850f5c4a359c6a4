import KubernetesAPI
import Testing

@Suite struct SysctlNameTests {
    @Test(arguments: [
        ("net.ipv4.tcp_rmem", "net.ipv4.tcp_rmem"), ("net/ipv4/tcp_rmem", "net.ipv4.tcp_rmem"),
        ("net/ipv4/conf/eno2.100/rp_filter", "net.ipv4.conf.eno2/100.rp_filter"),
        ("net.ipv4.conf.eno2/100.rp_filter", "net.ipv4.conf.eno2/100.rp_filter"), ("", ""), ("vm", "vm"),
    ])
    func dotsStandBetweenTheParts(name: String, expected: String) {
        #expect(SysctlName.normalized(name) == expected)
    }

    @Test(
        arguments: [
            ("net.core.somaxconn", .network), ("net.", .network), ("net", nil), ("network.x", nil),
            ("kernel.shm_rmid_forced", .ipc), ("kernel.shm", .ipc), ("kernel.shm_next_id", nil), ("kernel.msg", .ipc),
            ("kernel.sem", .ipc), ("fs.mqueue.msg_max", .ipc), ("fs.file-max", nil), ("vm.swappiness", nil),
        ] as [(String, SysctlNamespace?)])
    func namespaces(name: String, expected: SysctlNamespace?) {
        #expect(SysctlName.namespace(of: name) == expected)
    }

    @Test(arguments: [
        ("net.core.somaxconn", true), ("net/core/somaxconn", true), ("net.*", true), ("net/core/*", true), ("*", true),
        ("kernel.msg*", true), ("kernel.msg_*", true), ("a", true),
        ("net.*.x", false), ("net..*", false), ("net.-*", false), ("net.**", false), ("Net.*", false), ("", false),
        ("net.core_", false), ("net.\(String(repeating: "a", count: 250))", false),
    ])
    func patterns(pattern: String, isValid: Bool) {
        #expect(SysctlName.isValidPattern(pattern) == isValid)
    }
}
