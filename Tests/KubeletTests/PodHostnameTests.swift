import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

struct PodHostnameTests {
    /// What a pod is called, and what it shows of that.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kernel: String
        let hosts: [String]
        let change: @Sendable (inout Pod) -> Void

        init(
            _ description: String, kernel: String, hosts: [String], _ change: @escaping @Sendable (inout Pod) -> Void
        ) {
            testDescription = description
            self.kernel = kernel
            self.hosts = hosts
            self.change = change
        }
    }

    private static let long = String(repeating: "a", count: 61)

    @Test(arguments: [
        Case("the pod's name", kernel: "web-node", hosts: ["web-node"]) { _ in },
        Case("a name with dots", kernel: "a.b", hosts: ["a.b"]) { $0.metadata.name = "a.b" },
        Case("a long name", kernel: long, hosts: [long]) { $0.metadata.name = "\(long)-.-node" },
        Case("a host name", kernel: "host", hosts: ["host"]) { $0.spec.hostname = "host" },
        Case("a subdomain", kernel: "host", hosts: ["host.sub.default.svc.cluster.local", "host"]) {
            $0.spec.hostname = "host"
            $0.spec.subdomain = "sub"
        },
        Case(
            "a subdomain for the kernel too", kernel: "web-node.sub.default.svc.cluster.local",
            hosts: ["web-node.sub.default.svc.cluster.local", "web-node"]
        ) {
            $0.spec.subdomain = "sub"
            $0.spec.setHostnameAsFQDN = true
        },
        Case("no subdomain for the kernel", kernel: "web-node", hosts: ["web-node"]) {
            $0.spec.setHostnameAsFQDN = true
        },
        Case("another name altogether", kernel: "x.example.com", hosts: ["x.example.com"]) {
            $0.spec.hostname = "host"
            $0.spec.subdomain = "sub"
            $0.spec.hostnameOverride = "x.example.com"
        },
        Case("a long other name", kernel: "\(long).b", hosts: ["\(long).b"]) {
            $0.spec.hostnameOverride = "\(long).bc"
        },
    ])
    func names(_ example: Case) throws {
        var pod = Pod.sample()
        example.change(&pod)
        let hostname = PodHostname(of: pod, clusterDomain: "cluster.local")
        #expect(try hostname.forKernel() == example.kernel)
        #expect(hostname.hosts == example.hosts)
    }

    @Test func withoutAClusterDomainTheNameEndsBeforeIt() throws {
        var pod = Pod.sample()
        pod.spec.subdomain = "sub"
        #expect(PodHostname(of: pod, clusterDomain: "").hosts == ["web-node.sub.default.svc", "web-node"])
    }

    @Test func theKernelTakesSixtyFourCharacters() throws {
        var pod = Pod.sample()
        pod.spec.subdomain = String(repeating: "s", count: 64 - "web-node..default.svc.cluster.local".count)
        pod.spec.setHostnameAsFQDN = true
        #expect(try PodHostname(of: pod, clusterDomain: "cluster.local").forKernel().utf8.count == 64)
        pod.spec.subdomain += "s"
        let tooLong = PodHostname(of: pod, clusterDomain: "cluster.local")
        #expect {
            try tooLong.forKernel()
        } throws: { error in
            "\(error)".hasPrefix("failed to construct FQDN from pod hostname and cluster domain, FQDN web-node.ss")
                && "\(error)".hasSuffix("is too long (64 characters is the max, 65 characters requested)")
        }
        pod.spec.setHostnameAsFQDN = false
        #expect(try PodHostname(of: pod, clusterDomain: "cluster.local").forKernel() == "web-node")
    }

    @Test func theHostsFileHasBothNames() {
        var pod = Pod.sample()
        pod.spec.subdomain = "sub"
        let hostname = PodHostname(of: pod, clusterDomain: "cluster.local")
        let text = EtcHosts.text(for: pod, hostname: hostname, addresses: ["10.0.0.2", "fd00::2"])
        #expect(
            text.hasSuffix(
                """
                fe00::2\tip6-allrouters
                10.0.0.2\tweb-node.sub.default.svc.cluster.local\tweb-node
                fd00::2\tweb-node.sub.default.svc.cluster.local\tweb-node

                """))
    }
}
