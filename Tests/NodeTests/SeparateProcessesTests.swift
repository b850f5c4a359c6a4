import Glibc
import HostSystem
import StructuredData
import Testing

extension RealParts {
    /// API server, kubelet and containerd as processes of their own, each stopped and started by itself.
    @Suite(
        .serialized,
        .node("apart") { node in
            try await node.startContainerd()
            try node.startAPIServer()
            try await eventually("the API server has written its kubeconfigs") {
                HostFiles.exists("\(node.directory)/kubelet.conf") && HostFiles.exists(node.adminConfig)
            }
            try node.startKubelet()
            try await node.waitUntilReady()
        })
    struct SeparateProcessesTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aKubeletThatIsStartedAgainAdoptsWhatRuns() async throws {
            let before = try await node.run("adopted", Manifest.sleeper("adopted"))
            for signal in [SIGTERM, SIGKILL] {
                let process = try #require(try await node.process(before.containerID))
                try await node.stop(.kubelet, signal: signal)
                #expect(kill(process, 0) == 0, "the container runs on")
                try node.startKubelet()
                try await eventually("the kubelet serves again") { try await self.configz() != nil }
                let after = try await node.ready("adopted")
                #expect(after == before)
                #expect(try await node.process(before.containerID) == process)
            }
            try await node.end("adopted")
        }

        @Test func aKubeletLearnsWhatHappenedMeanwhile() async throws {
            let before = try await node.run("changing", Manifest.sleeper("changing"))
            let process = try #require(try await node.process(before.containerID))
            try await node.stop(.kubelet)
            #expect(kill(process, SIGKILL) == 0)
            try node.startKubelet()
            let after = try await node.ready("changing") { $0.containerID != before.containerID }
            #expect(after.restartCount == before.restartCount + 1)
            try await node.end("changing")
        }

        /// Whatever it was doing when it was killed, the next one does once.
        @Test(arguments: ["Pulled", "Created", "Started"]) func aKilledKubeletLeavesNothingTwice(
            _ reason: String
        ) async throws {
            let pod = "killed-when-\(reason.lowercased())"
            try node.add(pod, Manifest.sleeper(pod))
            try await eventually("the kubelet says \(reason)") {
                self.node.log(.kubelet).contains("object=Pod/\(TestNode.mirror(pod)) reason=\(reason) ")
            }
            try await node.stop(.kubelet, signal: SIGKILL)
            try node.startKubelet()
            let observed = try await node.ready(pod)
            #expect(try await node.process(observed.containerID) != nil)
            let label = "labels.\"io.kubernetes.pod.name\"==\(TestNode.mirror(pod))"
            try await eventually("there is one sandbox, and one container runs") {
                let containers = try await self.node.ctr("containers", "list", "-q", label).output.split(
                    separator: "\n")
                let tasks = try await self.node.ctr("tasks", "list").output.split(separator: "\n")
                let running = containers.filter { id in tasks.contains { $0.hasPrefix(id) && $0.hasSuffix("RUNNING") } }
                return running.count == 2
            }
            try await node.end(pod)
        }

        @Test func staticPodsLiveWithoutTheAPIServer() async throws {
            let before = try await node.run("survivor", Manifest.sleeper("survivor"))
            try await node.run("ended", Manifest.sleeper("ended"))
            #expect(try await node.stop(.apiserver) == .exited(code: 0), "\(node.recentLogs)")

            try node.add("newcomer", Manifest.sleeper("newcomer"))
            try await eventually("a new pod starts") { try await self.container(of: "newcomer") != nil }
            let process = try #require(try await node.process(before.containerID))
            #expect(kill(process, SIGKILL) == 0)
            try await eventually("a killed container is started again") {
                let id = try await self.container(of: "survivor")
                return id != nil && before.containerID != "containerd://\(id ?? "")"
            }
            try HostFiles.remove("\(node.manifests)/ended.yaml")
            try await eventually("a pod without manifest ends") { try await self.container(of: "ended") == nil }

            try node.startAPIServer()
            try await eventually("the API server is back") { try await self.node.kubectl("get", "nodes").succeeded }
            try await node.ready("newcomer")
            let after = try await node.ready("survivor") { $0.restartCount == before.restartCount + 1 }
            #expect(after.uid == before.uid)
            try await eventually("the ended pod's mirror is gone") { try await self.node.mirror("ended") == nil }
            for pod in ["newcomer", "survivor"] { try await node.end(pod) }
        }

        private func container(of pod: String) async throws -> String? {
            try await node.runningContainers(of: pod)["main"]
        }

        private func configz() async throws -> JSONValue? {
            let path = "/api/v1/nodes/\(TestNode.name)/proxy/configz"
            let result = try await node.kubectl("get", "--raw", path)
            return result.succeeded ? try JSONValue(parsing: result.output)["kubeletconfig"] : nil
        }

        // MARK: Sources

        @Test func flagsNameTheSourcesOfStaticPods() async throws {
            let directory = "\(node.directory)/by-flag"
            try HostFiles.createDirectory(directory)
            try node.add("from-directory", Manifest.sleeper("from-directory"), in: directory)
            let web = try await WebFolder.start(below: node.directory)
            try web.publish(Manifest.sleeper("from-url"))
            try await node.stop(.kubelet)
            try node.writeConfiguration("httpCheckFrequency: 1s")
            try node.startKubelet("--pod-manifest-path=\(directory)", "--manifest-url=\(web.url)")
            try await node.ready("from-directory")
            try await node.ready("from-url")
            let source = try await node.mirror("from-url")?
                .value(at: "metadata", "annotations", "kubernetes.io/config.source")
            #expect(source == "http")

            try web.publish(Manifest.sleeper("from-url-too"))
            try await node.ready("from-url-too")
            try await eventually("the other pod is gone") { try await self.node.mirror("from-url") == nil }
            try await theConfigurationWinsOver(directory: directory, url: web.url)
            try await web.stop()
        }

        private func theConfigurationWinsOver(directory: String, url: String) async throws {
            try await node.stop(.kubelet)
            try node.writeConfiguration("staticPodPath: \(node.manifests)")
            try node.add("from-configuration", Manifest.sleeper("from-configuration"))
            try node.startKubelet("--pod-manifest-path=\(directory)", "--manifest-url=\(url)")
            try await node.ready("from-configuration")
            for pod in ["from-directory", "from-url-too"] {
                try await eventually("\(pod) has no source any more") { try await self.node.mirror(pod) == nil }
            }
            let warnings = node.log(.kubelet).split(separator: "\n").filter { $0.contains("warning") }
            for value in [directory, url, node.manifests] {
                #expect(warnings.contains { $0.contains(value) }, "\(value) in \(warnings)")
            }
            #expect(try await configz()?["staticPodPath"]?.stringValue == node.manifests)
            try await node.end("from-configuration")
        }

        // MARK: Standalone

        @Test func aStandaloneKubeletIsForThisMachineOnly() async throws {
            try await node.stop(.kubelet)
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "authentication: {webhook: {enabled: false}}",
                "authorization: {mode: AlwaysAllow}")
            try node.add("alone", Manifest.sleeper("alone"))
            try node.start(.kubelet, node.localFlags)
            try await eventually("the pod runs") { try await self.container(of: "alone") != nil }
            let listening = try await eventually("the kubelet listens") {
                let lines = try await Command([
                    "ss", "--no-header", "--listening", "--tcp", "--numeric", "sport = :\(node.kubeletPort)",
                ]).output().split(separator: "\n")
                return lines.isEmpty ? nil : lines
            }
            #expect(listening.allSatisfy { $0.contains("127.0.0.1:\(node.kubeletPort)") }, "\(listening)")

            try HostFiles.remove("\(node.manifests)/alone.yaml")
            try await eventually("the pod ends") { try await self.container(of: "alone") == nil }
            try await node.stop(.kubelet)
            try await aTakenPortIsSaid()
            try node.writeConfiguration("staticPodPath: \(node.manifests)")
            try node.startKubelet()
            try await eventually("the kubelet serves again") { try await self.configz() != nil }
        }

        private func aTakenPortIsSaid() async throws {
            let taken = try MachineShare.heldPort()
            let flags = node.localFlags.map { $0.hasPrefix("--port=") ? "--port=\(taken.port)" : $0 }
            let result = try await Command([node.tier.binary, "kubelet"] + flags, limit: 30).run()
            try result.expectOneLine(naming: "\(taken.port)")
        }
    }
}
