import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What a pod asks of kernel and runtime for its security, and what it is called.
    @Suite struct SecurityContextTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func read(_ pod: String, _ command: String) async throws -> String {
            try await node.output("exec", TestNode.mirror(pod), "-c", "main", "--", "sh", "-c", command)
        }

        @Test func sysctlsAndNamesAreThePodsOwn() async throws {
            let spec = """
                  hostname: web
                  subdomain: sub
                  setHostnameAsFQDN: true
                  securityContext:
                    seLinuxOptions: {level: "s0:c1,c2"}
                    sysctls:
                    - {name: net.ipv4.ip_local_port_range, value: "20000 30000"}
                    - {name: kernel.shm_rmid_forced, value: "1"}
                    - {name: net/core/somaxconn, value: "77"}
                """
            let pod = try await node.run("named", Manifest.shell("named", "exec sleep 100000", more: spec))
            #expect(try await read("named", "cat /proc/sys/net/ipv4/ip_local_port_range") == "20000\t30000\n")
            #expect(try await read("named", "cat /proc/sys/kernel/shm_rmid_forced") == "1\n")
            #expect(try await read("named", "cat /proc/sys/net/core/somaxconn") == "77\n")
            #expect(try await read("named", "hostname") == "web.sub.default.svc.cluster.test\n")
            #expect(try await read("named", "hostname -s") == "web\n")
            let hosts = try await read("named", "cat /etc/hosts")
            #expect(hosts.contains("\n\(pod.podIP)\tweb.sub.default.svc.cluster.test\tweb\n"), "\(hosts)")
            #expect(try await configuration(of: pod).contains("s0:c1,c2"))
            try await node.end("named")
        }

        /// What containerd keeps of the request that made the container.
        private func configuration(of pod: ObservedPod) async throws -> String {
            let id = try #require(pod.containerID.split(separator: "/").last)
            let information = try JSONValue(parsing: try await node.ctr("containers", "info", String(id)).output)
            let metadata = information.value(at: "Extensions", "io.cri-containerd.container.metadata")
            return String(decoding: try #require(Base64.decode(metadata?["value"]?.stringValue ?? "")), as: UTF8.self)
        }

        @Test func anotherNameNeedsNoDomain() async throws {
            let spec = "  hostnameOverride: www.example.test"
            let pod = try await node.run("renamed", Manifest.shell("renamed", "exec sleep 100000", more: spec))
            #expect(try await read("renamed", "hostname") == "www.example.test\n")
            let hosts = try await read("renamed", "cat /etc/hosts")
            #expect(hosts.contains("\n\(pod.podIP)\twww.example.test\n"), "\(hosts)")
            try await node.end("renamed")
        }

        @Test func aLocalSeccompProfileForbidsWhatItSays() async throws {
            let folder = "\(node.directory)/kubelet/seccomp"
            try HostFiles.createDirectory(folder)
            let profile = """
                {"defaultAction": "SCMP_ACT_ALLOW",
                 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
                """
            try HostFiles.writeAtomically(profile, to: "\(folder)/no-mkdir.json", mode: 0o600)
            let spec = "  securityContext: {seccompProfile: {type: Localhost, localhostProfile: no-mkdir.json}}"
            let more = """
                  - name: lost
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    securityContext: {seccompProfile: {type: Localhost, localhostProfile: nowhere.json}}

                """
            try node.add("filtered", Manifest.shell("filtered", "exec sleep 100000", more: spec) + more)
            let shown = try await node.shown("filtered", "runs but for the profile that is not there") { pod in
                pod.containers["main"]?.isReady == true && pod.waiting("lost")?["reason"] == "CreateContainerError"
            }
            let message = shown.waiting("lost")?["message"]?.stringValue ?? ""
            #expect(message.contains("\(folder)/nowhere.json"), "\(message)")
            #expect(try await read("filtered", "grep Seccomp: /proc/self/status") == "Seccomp:\t2\n")
            let refused = try await read("filtered", "mkdir /tmp/x 2>&1; touch /tmp/y && echo touched")
            #expect(refused.contains("Operation not permitted") && refused.hasSuffix("touched\n"), "\(refused)")
            try await node.end("filtered")
        }

        @Test func whatTheNodeCannotDoIsRefusedUntilAnEdit() async throws {
            let isStrict = try await nodeValue("{.status.features.supplementalGroupsPolicy}") == "true"
            let hasSignals =
                !(try await nodeValue("{.status.nodeInfo.containerRuntimeVersion}")
                .hasPrefix("containerd://1."))
            let hasAppArmor = HostFiles.exists("/sys/kernel/security/apparmor")
            var refused = [
                (
                    "refused-sysctl", "securityContext: {sysctls: [{name: kernel.msgmax, value: \"1\"}]}",
                    "SysctlForbidden"
                ),
                ("refused-windows", "os: {name: windows}", "PodOSNotSupported"),
            ]
            if !isStrict {
                let spec = "securityContext: {supplementalGroupsPolicy: Strict}"
                refused.append(("refused-groups", spec, "SupplementalGroupsPolicyNotSupported"))
            }
            if !hasAppArmor {
                let spec = "securityContext: {appArmorProfile: {type: RuntimeDefault}}"
                refused.append(("refused-profile", spec, "AppArmor"))
            }
            for (name, spec, _) in refused {
                try node.add(name, Manifest.shell(name, "exec sleep 100000", more: "  \(spec)"))
            }
            if !hasSignals {
                let name = "refused-signal"
                let manifest = Manifest.shell(name, "exec sleep 100000", more: "  os: {name: linux}")
                try node.add(name, manifest + "    lifecycle: {stopSignal: SIGUSR1}\n")
                refused.append((name, "", "PodFeatureUnsupported"))
            }
            for (name, _, reason) in refused {
                try await node.shown(name, "is refused") { $0.reason == reason && $0.phase == "Pending" }
                #expect(try await !node.events(reason, of: TestNode.mirror(name)).isEmpty)
            }
            let table = TextTable(try await node.output("get", "pods"))
            #expect(table[TestNode.mirror("refused-sysctl")]?["STATUS"] == "SysctlForbidden")
            let snapshot = try await node.runtime()
            for (name, _, _) in refused { #expect(snapshot.sandboxes(of: name).isEmpty) }
            try await node.run("refused-sysctl", Manifest.shell("refused-sysctl", "exec sleep 100000"))
            for (name, _, _) in refused { try await node.end(name) }
        }

        private func nodeValue(_ path: String) async throws -> String {
            try await node.output("get", "node", TestNode.name, "-o", "jsonpath=\(path)")
        }
    }
}
