import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What a container is told: of its pod and its node by variables, of names by its files.
    @Suite struct PodFactsTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func read(_ pod: String, _ line: String) async throws -> String {
            try await node.output("exec", TestNode.mirror(pod), "--", "sh", "-c", line)
        }

        private static let fields = [
            "NAME": "metadata.name", "NAMESPACE": "metadata.namespace", "UID": "metadata.uid",
            "APP": "metadata.labels['app']", "NOTE": "metadata.annotations['note']", "NODE": "spec.nodeName",
            "OLD_NODE": "spec.host", "ACCOUNT": "spec.serviceAccountName", "HOST": "status.hostIP",
            "HOSTS": "status.hostIPs", "POD": "status.podIP", "PODS": "status.podIPs",
        ]

        /// Selectors and the amounts in units of their divisors.
        private static let amounts = [
            "CPUS": ("limits.cpu", "0", "2"), "CPU": ("limits.cpu", "1m", "1500"),
            "SHARE": ("requests.cpu", "1m", "100"),
            "MEMORY": ("limits.memory", "1Mi", "64"), "RESERVED": ("requests.memory", "1", "16777216"),
            "DISK": ("limits.ephemeral-storage", "1Mi", "2"), "KEPT": ("requests.ephemeral-storage", "1k", "1500"),
            "PAGES": ("limits.hugepages-2Mi", "1Mi", "0"),
        ]

        private func manifest(_ hostPort: Int) -> String {
            let fields = Self.fields.sorted { $0.key < $1.key }.map { name, field in
                "- {name: \(name), valueFrom: {fieldRef: {fieldPath: \"\(field)\"}}}"
            }
            let amounts = Self.amounts.sorted { $0.key < $1.key }.map { name, amount in
                "- {name: \(name), valueFrom: {resourceFieldRef: {resource: \(amount.0), divisor: \(amount.1)}}}"
            }
            let texts = ["GREETING: hello $(NAME)", "LITERAL: $$(NAME)", "EARLY: $(LATE)", "LATE: x"].map { text in
                let parts = text.split(separator: ":", maxSplits: 1)
                return "- {name: \(parts[0]), value: \"\(parts[1].dropFirst())\"}"
            }
            return """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: facts
                  labels: {app: web}
                  annotations: {note: "two words"}
                spec:
                  terminationGracePeriodSeconds: 1
                  hostAliases: [{ip: 192.0.2.9, hostnames: [far, far.test]}]
                  dnsConfig: {searches: [own.test], options: [{name: ndots, value: "2"}, {name: edns0}]}
                  containers:
                  - name: main
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command:
                    - sh
                    - -c
                    - |
                      echo "$0|$1|$2|$3"
                      mkdir /www; echo served >/www/index.html; httpd -p 8080 -h /www
                      trap 'exit 0' TERM; sleep 100000 & wait
                    - $(GREETING)
                    args: [$(APP), $$(APP), $(NONE)]
                    ports: [{containerPort: 8080, hostPort: \(hostPort), hostIP: 127.0.0.1}]
                    resources:
                      requests: {cpu: 100m, memory: 16Mi, ephemeral-storage: 1500k}
                      limits: {cpu: 1500m, memory: 64Mi, ephemeral-storage: 1500k}
                    env:
                \((fields + amounts + texts).map { "    \($0)" }.joined(separator: "\n"))

                """
        }

        @Test func aContainerKnowsItsPodAndItsNode() async throws {
            // Read for each sandbox: what is there when the pod comes counts.
            try HostFiles.writeAtomically(
                "nameserver 192.0.2.7\nsearch host.test.\noptions rotate\n", to: node.resolverFile, mode: 0o600)
            let hostPort = try MachineShare.port()
            let pod = try await node.run("facts", manifest(hostPort))
            try await expectVariables(of: pod)
            #expect(
                try await node.output("logs", TestNode.mirror("facts"))
                    == "hello facts-\(TestNode.name)|web|$(APP)|$(NONE)\n")
            #expect(
                try await lines("/etc/resolv.conf", of: "facts") == [
                    "nameserver 192.0.2.53", "options ndots:2 edns0",
                    "search default.svc.cluster.test svc.cluster.test cluster.test host.test own.test",
                ])
            let hosts = try await read("facts", "cat /etc/hosts")
            #expect(hosts.contains("\n\(pod.podIP)\tfacts-\(TestNode.name)\n"), "\(hosts)")
            #expect(hosts.hasSuffix("\n# Entries added by HostAliases.\n192.0.2.9\tfar\tfar.test\n"), "\(hosts)")

            let here = try await Command(["curl", "--silent", "http://127.0.0.1:\(hostPort)/"]).run()
            #expect(here.output == "served\n", "\(here)")
            let elsewhere = try await Command(
                ["curl", "--silent", "--noproxy", "*", "--max-time", "2", "http://\(pod.hostIP):\(hostPort)/"]
            ).run()
            #expect(!elsewhere.succeeded, "\(elsewhere)")
            try await node.end("facts")
        }

        private func expectVariables(of pod: ObservedPod) async throws {
            var expected = Self.amounts.mapValues(\.2)
            expected.merge([
                "NAME": "facts-\(TestNode.name)", "NAMESPACE": "default", "APP": "web", "NOTE": "two words",
                "NODE": TestNode.name, "OLD_NODE": TestNode.name, "ACCOUNT": "", "HOST": pod.hostIP,
                "HOSTS": pod.hostIP,
                "POD": pod.podIP, "PODS": pod.podIP, "GREETING": "hello facts-\(TestNode.name)", "LITERAL": "$(NAME)",
                "EARLY": "$(LATE)", "LATE": "x",
            ]) { $1 }
            expected["UID"] = try #require(try await node.listed("facts")).uid
            var found: [String: String] = [:]
            for line in try await read("facts", "env").split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                found[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
            }
            for (name, value) in expected { #expect(found[name] == value, "\(name)") }
        }

        private func lines(_ file: String, of pod: String) async throws -> [String] {
            try await read(pod, "cat \(file)").split(separator: "\n").map(String.init).sorted()
        }

        @Test func aPodOnTheHostsNetworkHasTheHostsNames() async throws {
            try HostFiles.writeAtomically(
                "nameserver 192.0.2.8\nsearch host.test\noptions rotate\n", to: node.resolverFile, mode: 0o600)
            try await node.run(
                "onhost",
                Manifest.shell(
                    "onhost", "exec sleep 100000",
                    more: "  hostNetwork: true\n  hostAliases: [{ip: 192.0.2.9, hostnames: [far]}]"))
            #expect(
                try await lines("/etc/resolv.conf", of: "onhost") == [
                    "nameserver 192.0.2.8", "options rotate", "search host.test",
                ])
            #expect(
                try await read("onhost", "cat /etc/hosts")
                    == "# Kubernetes-managed hosts file (host network).\n" + HostFiles.readText("/etc/hosts")
                    + "\n# Entries added by HostAliases.\n192.0.2.9\tfar\n")
            try await node.end("onhost")
        }
    }
}
