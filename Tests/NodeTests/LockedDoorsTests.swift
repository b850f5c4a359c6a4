import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Who gets in, and who doesn't.
    @Suite struct LockedDoorsTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// The requests that a stranger would try at the kubelet.
        static let kubeletRequests: [[String]] = [
            ["/pods"], ["/configz"], ["/metrics"],
            ["-X", "POST", "/exec/default/\(TestNode.mirror("nginx"))/nginx?command=id&output=1"],
            ["-X", "POST", "/run/default/\(TestNode.mirror("nginx"))/nginx?cmd=id"],
            ["/containerLogs/default/\(TestNode.mirror("nginx"))/nginx"],
            [
                "-H", "Connection: Upgrade", "-H", "Upgrade: SPDY/3.1", "-H",
                "X-Stream-Protocol-Version: v4.channel.k8s.io",
                "-X", "POST", "/exec/default/\(TestNode.mirror("nginx"))/nginx?command=id&output=1",
            ],
        ]

        @Test(arguments: kubeletRequests) func theKubeletKnowsNobodyWithoutACertificate(_ request: [String])
            async throws
        {
            #expect(try await status(port: node.kubeletPort, request) == 401)
        }

        @Test(arguments: kubeletRequests) func theKubeletKnowsNobodyOfAForeignAuthority(_ request: [String])
            async throws
        {
            let foreigner = try await foreignCertificate()
            #expect(try await status(port: node.kubeletPort, foreigner + request) == 401)
        }

        @Test func theKubeletLetsTheAdminIn() async throws {
            let admin = try await adminCertificate()
            #expect(try await status(port: node.kubeletPort, admin + ["/pods"]) == 200)
        }

        @Test func theAPIServerGivesTheAnonymousHealthAndVersionOnly() async throws {
            for path in ["/healthz", "/livez", "/readyz", "/version"] {
                #expect(try await status(port: node.apiPort, [path]) == 200, "\(path)")
            }
            for path in [
                "/api", "/apis", "/api/v1/pods", "/api/v1/nodes/\(TestNode.name)/proxy/configz",
                "/api/v1/namespaces/default/pods/\(TestNode.mirror("nginx"))/log", "/openapi/v2", "/metrics",
            ] {
                #expect(try await status(port: node.apiPort, [path]) == 401, "\(path)")
                let foreigner = try await foreignCertificate()
                #expect(try await status(port: node.apiPort, foreigner + [path]) == 401, "\(path)")
            }
            let exec = "/api/v1/namespaces/default/pods/\(TestNode.mirror("nginx"))/exec?command=id&stdout=1"
            #expect(try await status(port: node.apiPort, ["-X", "POST", exec]) == 401)
        }

        @Test func secretsOfTheNodeAreForRootAlone() async throws {
            let files = try await Command(
                shell: """
                    find \(node.directory)/*.conf \(node.directory)/pki \(node.directory)/apiserver \
                    \(node.directory)/kubelet \\( -path '*/kubelet/pods/*' -prune \\) -o -type f -printf '%m %p\\n'
                    """
            ).output().split(separator: "\n").filter { !$0.hasSuffix(".crt") }
            for name in ["admin.conf", "kubelet.conf", "ca.key", "state.db"] {
                #expect(files.contains { $0.hasSuffix("/\(name)") }, "\(name) in \(files)")
            }
            #expect(files.filter { !$0.hasPrefix("600 ") } == [])
            for folder in ["kubelet", "pki", "apiserver"] {
                let attributes = try await Command(["stat", "-c", "%a", "\(node.directory)/\(folder)"]).output()
                #expect(attributes == "700\n", "\(folder)")
            }
        }

        @Test func aSecondKubeletOfTheSameRootOrRuntimeIsRefused() async throws {
            let flags = node.joiningFlags + node.localFlags
            let otherRoot = flags.map {
                $0.hasPrefix("--root-dir=") ? "--root-dir=\(node.directory)/other-root" : $0
            }
            for flags in [flags, otherRoot] {
                let second = try await Command([node.tier.binary, "kubelet"] + flags, limit: 20).run()
                #expect(second.exitCode == 1, "\(second)")
                #expect(second.errors.contains("another kubelet runs"), "\(second)")
            }
        }

        // MARK: Requests

        /// The status of the answer to a request that curl makes with these arguments, of which the last is the path.
        private func status(port: Int, _ arguments: [String]) async throws -> Int? {
            let path = try #require(arguments.last)
            let result = try await Command(
                ["curl", "-sS", "--insecure", "--http1.1", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}"]
                    + arguments.dropLast() + ["https://127.0.0.1:\(port)\(path)"]
            ).run()
            if !result.succeeded { print("curl \(arguments): \(result.errors)") }
            return Int(result.output)
        }

        /// curl's arguments for a certificate that claims everything and comes from nowhere.
        private func foreignCertificate() async throws -> [String] {
            let name = "\(node.directory)/foreign"
            if !HostFiles.exists("\(name).crt") {
                try await Command([
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/O=system:masters/CN=kubernetes-admin", "-days", "1", "-keyout", "\(name).key", "-out",
                    "\(name).crt",
                ]).output()
            }
            return ["--cert", "\(name).crt", "--key", "\(name).key"]
        }

        private func adminCertificate() async throws -> [String] {
            let name = "\(node.directory)/kubectl/admin"
            for (field, suffix) in [("client-certificate-data", "crt"), ("client-key-data", "key")] {
                let data = try await node.output("config", "view", "--raw", "-o", "jsonpath={.users[0].user.\(field)}")
                try HostFiles.writeAtomically(data, to: "\(name).\(suffix).base64")
                try await Command(shell: "base64 -d \(name).\(suffix).base64 > \(name).\(suffix)").output()
            }
            return ["--cert", "\(name).crt", "--key", "\(name).key"]
        }
    }
}
