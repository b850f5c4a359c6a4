import ContainerRuntime
import HostSystem
import KubernetesAPI
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// How pods resolve names.
@Suite(.timeLimit(.minutes(3)))
struct PodDNSTests {
    private let directory: TemporaryDirectory
    private let file: String

    init() throws {
        directory = try TemporaryDirectory()
        file = directory.path + "/resolv.conf"
        try write("# the host's\nnameserver 192.0.2.1\nsearch one.test. two.test\noptions ndots:1 rotate\n")
    }

    private func write(_ text: String) throws { try HostFiles.writeAtomically(text, to: file, mode: 0o644) }

    private func dns(servers: [String] = ["192.0.2.53"]) -> PodDNS {
        PodDNS(clusterServers: servers, clusterDomain: "cluster.test", resolverFile: file)
    }

    private func pod(_ policy: DNSPolicy, hostNetwork: Bool = false, _ own: PodDNSConfig? = nil) -> Pod {
        var pod = Pod.sample()
        pod.spec.dnsPolicy = policy
        pod.spec.hostNetwork = hostNetwork
        pod.spec.dnsConfig = own
        return pod
    }

    private static let host = DNSConfiguration(
        servers: ["192.0.2.1"], searches: ["one.test", "two.test"], options: ["ndots:1", "rotate"])
    private static let cluster = DNSConfiguration(
        servers: ["192.0.2.53"],
        searches: ["default.svc.cluster.test", "svc.cluster.test", "cluster.test", "one.test", "two.test"],
        options: ["ndots:5"])

    // MARK: Policies

    @Test(arguments: [
        ("Default" as DNSPolicy, false, host), ("ClusterFirst", false, cluster), ("ClusterFirst", true, host),
        ("ClusterFirstWithHostNet", true, cluster), ("None", false, DNSConfiguration()),
    ])
    func aPolicySaysWhomToAsk(policy: DNSPolicy, hostNetwork: Bool, expected: DNSConfiguration) throws {
        let settings = try dns().settings(for: pod(policy, hostNetwork: hostNetwork))
        #expect(settings == PodDNS.Settings(configuration: expected))
    }

    @Test func withoutAClusterDNSTheHostsSettingsCountAndItIsSaid() throws {
        let settings = try dns(servers: []).settings(for: pod("ClusterFirst"))
        #expect(settings.configuration == Self.host)
        let text =
            "kubelet does not have ClusterDNS IP configured and cannot create Pod using \"ClusterFirst\" policy. "
            + "Falling back to \"Default\" policy."
        #expect(
            settings.warnings == [
                PodDNS.Warning(subject: .node, reason: "MissingClusterDNS", message: text),
                PodDNS.Warning(
                    subject: .pod, reason: "MissingClusterDNS", message: "pod: \"web-node_default(uid-1)\". \(text)"),
            ])
        #expect(try dns(servers: []).settings(for: pod("Default")).warnings.isEmpty)
    }

    @Test(arguments: [([String](), ["127.0.0.1"]), (["192.0.2.1"], ["127.0.0.1"]), (["fd00::1"], ["::1"])])
    func withoutAFilePodsAskTheirOwnLoopback(node: [String], servers: [String]) throws {
        var dns = dns()
        dns.resolverFile = ""
        dns.nodeAddresses = node
        #expect(
            try dns.settings(for: pod("Default")).configuration == DNSConfiguration(servers: servers, searches: ["."]))
        let cluster = try dns.settings(for: pod("ClusterFirst")).configuration
        #expect(cluster.searches == ["default.svc.cluster.test", "svc.cluster.test", "cluster.test"])
        #expect(dns.hostProblem == nil)
    }

    // MARK: The pod's own settings

    private func option(_ name: String, _ value: String? = nil) -> PodDNSConfigOption {
        var option = PodDNSConfigOption()
        option.name = name
        option.value = value
        return option
    }

    @Test func thePodsOwnSettingsAreAdded() throws {
        var own = PodDNSConfig()
        own.nameservers = ["192.0.2.2", "192.0.2.1"]
        own.searches = ["two.test", "own.test"]
        own.options = [option("ndots", "2"), option("edns0"), option("ndots", "3"), option("debug", "")]
        #expect(
            try dns().settings(for: pod("Default", own)).configuration
                == DNSConfiguration(
                    servers: ["192.0.2.1", "192.0.2.2"], searches: ["one.test", "two.test", "own.test"],
                    options: ["rotate", "edns0", "ndots:3", "debug"]))
    }

    // MARK: Limits

    private func warning(_ text: String, _ line: [String]) -> PodDNS.Warning {
        PodDNS.Warning(subject: .pod, reason: "DNSConfigForming", message: text + line.joined(separator: " "))
    }

    @Test func whatResolversDoNotTakeIsLeftOutAndSaid() throws {
        var own = PodDNSConfig()
        own.nameservers = (1...4).map { "192.0.2.\($0)" }
        let long = String(repeating: "a", count: 250) + ".bc"
        own.searches = [long, long + "d"] + (1...32).map { "d\($0).test" }
        let settings = try dns().settings(for: pod("None", own))
        let searches = [long] + (1...30).map { "d\($0).test" }
        #expect(
            settings.configuration == DNSConfiguration(servers: (1...3).map { "192.0.2.\($0)" }, searches: searches))
        #expect(
            settings.warnings == [
                warning(
                    "Nameserver limits were exceeded, some nameservers have been omitted, "
                        + "the applied nameserver line is: ", settings.configuration.servers),
                warning(
                    "Search Line limits were exceeded, some search paths have been omitted, "
                        + "the applied search line is: ", searches),
            ])
    }

    @Test func theSearchLineIsCutAtItsEnd() throws {
        var own = PodDNSConfig()
        // Eight with blanks between are 2048 bytes - 8 + 7.
        own.searches = (1...9).map { "\($0)" + String(repeating: "a", count: 252) } + ["short"]
        let searches = try dns().settings(for: pod("None", own)).configuration.searches
        #expect(searches == Array(own.searches.prefix(8)))
    }

    @Test(arguments: [
        ("search a b c d", nil),
        ("search \((1...30).map { "d\($0)" }.joined(separator: " "))", "more than 29 domains!"),
        ("search \(String(repeating: "a", count: 254))", "a search path which length is more than allowed 253 chars!"),
        (
            "search \((10...19).map { "\($0)" + String(repeating: "a", count: 240) }.joined(separator: " "))",
            "search line which length is more than allowed 2048 chars!"
        ),
    ])
    func whatPodsCannotHaveOfTheHostsFileIsSaid(text: String, problem: String?) throws {
        try write(text)
        guard let problem else {
            #expect(dns().hostProblem == nil)
            return
        }
        #expect(dns().hostProblem?.hasSuffix(problem) == true, "\(dns().hostProblem ?? "nothing")")
    }

    @Test func aFileThatCannotBeReadIsAProblem() throws {
        try HostFiles.remove(file)
        let problem = "cannot read \(file): no such file or directory"
        #expect(dns().hostProblem == problem)
        for policy in ["Default", "ClusterFirst"] as [DNSPolicy] {
            let error = #expect(throws: HostSystemError.self) { try dns().settings(for: pod(policy)) }
            #expect(error?.message == problem)
        }
        #expect(try dns().settings(for: pod("None")).configuration == DNSConfiguration())
    }

    // MARK: Sandboxes

    @Test func theFileIsReadForEachSandbox() async throws {
        var kubelet = try TestKubelet()
        kubelet.dns = PodDNS(clusterServers: [], clusterDomain: "", resolverFile: file)
        let pod = pod("ClusterFirst")
        try HostFiles.remove(file)
        let started = kubelet
        try await started.run {
            started.want(pod)
            try await started.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            #expect(
                started.events.all.first { $0.reason == "FailedCreatePodSandBox" }?.message
                    == "Failed to create pod sandbox: cannot read \(file): no such file or directory")
            try write("nameserver 192.0.2.7")
            started.clock.advance(by: .seconds(15))
            try await started.waitForPhase(.running)
            #expect(started.runtime.state.sandboxConfigurations.values.map(\.dns?.servers) == [["192.0.2.7"]])
        }
    }

    /// It has the runtime's file.
    @Test func aContainerThatStartsAgainDoesNotAskForTheFile() async throws {
        var kubelet = try TestKubelet()
        kubelet.dns = dns()
        let pod = pod("ClusterFirst")
        let started = kubelet
        try await started.run {
            started.want(pod)
            try await started.waitForPhase(.running)
            try HostFiles.remove(file)
            started.runtime.exit("web", code: 1)
            try await started.waitForRun(attempt: 1)
        }
    }
}
