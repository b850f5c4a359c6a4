import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What a user types, with every kubectl.
    @Suite struct KubectlTests {
        private static let pod = TestNode.mirror("nginx")
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: Kubectl.all) func getPrintsColumns(_ kubectl: Kubectl) async throws {
            let pods = TextTable(try await node.output(with: kubectl, "get", "pods"))
            #expect(pods.header == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"])
            let row = try #require(pods[Self.pod])
            #expect(row["READY"] == "1/1")
            #expect(row["STATUS"] == "Running")
            #expect(row["RESTARTS"] == "0")
            #expect(row["AGE"]?.wholeMatch(of: /(\d+[smh])+/) != nil)

            let wide = TextTable(try await node.output(with: kubectl, "get", "pods", "-o", "wide"))
            #expect(
                wide.header == [
                    "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE", "READINESS GATES",
                ])
            let wideRow = try #require(wide[Self.pod])
            #expect(wideRow["NODE"] == TestNode.name)
            #expect(wideRow["IP"]?.hasPrefix("10.") == true)

            let nodes = TextTable(try await node.output(with: kubectl, "get", "nodes"))
            #expect(nodes.header == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"])
            #expect(nodes[TestNode.name]?["STATUS"] == "Ready")
        }

        @Test(arguments: Kubectl.all) func getPrintsTheWholeObject(_ kubectl: Kubectl) async throws {
            let object = try JSONValue(
                parsing: try await node.output(with: kubectl, "get", "pod", Self.pod, "-o", "json"))
            #expect(object["kind"] == "Pod")
            #expect(object.value(at: "metadata", "labels", "env") == "test")
            #expect(object.value(at: "spec", "nodeName")?.stringValue == TestNode.name)
            #expect(object["spec"]?["containers"]?[0]?["imagePullPolicy"] == "IfNotPresent")

            let list = try JSONValue(parsing: try await node.output(with: kubectl, "get", "pods", "-o", "json"))
            #expect(list["kind"] == "List")
            let yaml = try await node.output(with: kubectl, "get", "pod", Self.pod, "-o", "yaml")
            #expect(yaml.hasPrefix("apiVersion: v1\nkind: Pod\n"), "\(yaml)")
            #expect(yaml.contains("\n    image: nginx\n") || yaml.contains("\n  - image: nginx\n"), "\(yaml)")
        }

        @Test(arguments: Kubectl.all) func selectorsChoose(_ kubectl: Kubectl) async throws {
            let names = try await node.output(with: kubectl, "get", "pods", "-l", "env=test", "-o", "name")
            #expect(names == "pod/\(Self.pod)\n")
            let running = try await node.output(
                with: kubectl, "get", "pods", "--field-selector", "spec.nodeName=\(TestNode.name)", "-A", "-o", "name")
            #expect(running.contains("pod/\(Self.pod)\n"))
            let none = try await node.output(with: kubectl, "get", "pods", "-l", "env=none", "-o", "name")
            #expect(none.isEmpty)
        }

        @Test(arguments: Kubectl.all) func watchPrintsChanges(_ kubectl: Kubectl) async throws {
            let watch = try node.kubectlCommand(kubectl, ["get", "pod", Self.pod, "-w", "-o", "name"]).start()
            try await eventually("kubectl watches") { !watch.output.isEmpty }
            try await node.output(
                with: kubectl, "annotate", "pod", Self.pod, "watched=by-\(kubectl.version)", "--overwrite")
            try await eventually("the change is printed") { watch.output.split(separator: "\n").count > 1 }
            let result = try await watch.stop()
            #expect(result.output.split(separator: "\n").allSatisfy { $0 == "pod/\(Self.pod)" })
        }

        @Test(arguments: Kubectl.all) func describeTellsOfPodNodeAndEvents(_ kubectl: Kubectl) async throws {
            let pod = try await node.output(with: kubectl, "describe", "pod", Self.pod)
            for line in ["Name:", "Controlled By:  Node/\(TestNode.name)", "Container ID:", "Events:"] {
                #expect(pod.contains(line), "\(pod)")
            }
            let events = pod.split(separator: "Events:").last ?? ""
            for reason in ["Pulled", "Created", "Started"] { #expect(events.contains(reason), "\(pod)") }

            let description = try await node.output(with: kubectl, "describe", "node", TestNode.name)
            for line in [
                "Conditions:", "KubeletReady", "Non-terminated Pods:", Self.pod, "Capacity:", "HolderIdentity:",
            ] {
                #expect(description.contains(line), "\(line) in \(description)")
            }
            let all = TextTable(try await node.output(with: kubectl, "get", "events"))
            #expect(all.header == ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"])
            #expect(all.rows.contains { $0.contains("Started") && $0.contains("pod/\(Self.pod)") }, "\(all.rows)")
        }

        @Test(arguments: Kubectl.all) func theServerIntroducesItself(_ kubectl: Kubectl) async throws {
            #expect(try await node.output(with: kubectl, "version").contains("Server Version"))
            let resources = try await node.output(with: kubectl, "api-resources", "-o", "name").split(separator: "\n")
            for resource in ["pods", "nodes", "events", "namespaces", "leases.coordination.k8s.io"] {
                #expect(resources.contains(Substring(resource)))
            }
            let ready = try await node.output(
                with: kubectl, "wait", "--for=condition=Ready", "pod/\(Self.pod)", "--timeout=20s")
            #expect(ready == "pod/\(Self.pod) condition met\n")
            let lease = try await node.output(
                with: kubectl, "get", "lease", TestNode.name, "-n", "kube-node-lease", "-o",
                "jsonpath={.spec.holderIdentity} {.spec.leaseDurationSeconds}")
            #expect(lease == "\(TestNode.name) 40")
        }

        @Test(arguments: Kubectl.all) func unknownThingsAreNotFound(_ kubectl: Kubectl) async throws {
            let pod = try await node.kubectl(with: kubectl, "get", "pod", "nobody")
            #expect(pod.exitCode == 1)
            #expect(pod.errors == "Error from server (NotFound): pods \"nobody\" not found\n")
            let kind = try await node.kubectl(with: kubectl, "get", "flights")
            #expect(kind.exitCode == 1)
            #expect(kind.errors.contains("the server doesn't have a resource type \"flights\""))
        }

        @Test(arguments: Kubectl.all) func proxyShowsTheKubeletsConfiguration(_ kubectl: Kubectl) async throws {
            let proxy = try node.kubectlCommand(kubectl, ["proxy", "--port=0"]).start()
            let address = try await eventually("the proxy listens") {
                proxy.output.firstMatch(of: /127\.0\.0\.1:\d+/).map { String($0.output) }
            }
            let configz = try await Command([
                "curl", "-sSL", "--fail", "http://\(address)/api/v1/nodes/\(TestNode.name)/proxy/configz",
            ]).output()
            try await proxy.stop()
            let configuration = try #require(try JSONValue(parsing: configz)["kubeletconfig"])
            #expect(configuration["staticPodPath"]?.stringValue == node.manifests)
            #expect(configuration["cgroupRoot"]?.stringValue == "/\(node.cgroup)")
            #expect(configuration["fileCheckFrequency"] == "20s")
            #expect(configuration.value(at: "authentication", "anonymous", "enabled") == false)
            let lines = try HostFiles.readText(node.configuration).split(separator: "\n").filter {
                $0.contains("static")
            }
            #expect(lines == ["staticPodPath: \(node.manifests)"])
        }
    }
}
