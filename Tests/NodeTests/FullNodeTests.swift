import HostSystem
import StructuredData
import Testing

extension RealParts {
    /// A node that has room for two pods, and whose kubelet has an OOM score of its own.
    @Suite(
        .serialized,
        .node("full") { node in
            try node.writeConfiguration("staticPodPath: \(node.manifests)", "maxPods: 2", "oomScoreAdj: 123")
            try await node.startServer()
        })
    struct FullNodeTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private let forever = "trap 'exit 0' TERM; sleep 100000 & wait"

        @Test func aCriticalPodTakesThePlaceOfAnotherWhenThereIsNoneLeft() async throws {
            for name in ["first", "second"] {
                try await node.create(name, forever)
                try await node.assigned(name, "runs") { $0.value(at: "status", "phase") == "Running" }
            }
            try await node.create("third", forever)
            try await node.assigned("third", "is not let in") {
                $0.value(at: "status", "phase") == "Failed" && $0.value(at: "status", "reason") == "OutOfpods"
            }
            #expect(
                try await node.output("get", "node", TestNode.name, "-o", "jsonpath={.status.allocatable.pods}") == "2")

            try await node.run("critical", Manifest.sleeper("critical"))
            try await node.assigned("first", "has made way") {
                $0.value(at: "status", "phase") == "Failed" && $0.value(at: "status", "reason") == "Preempting"
                    && $0.value(at: "status", "message") == "Preempted in order to admit critical pod"
                    && $0.isDisrupted
            }
            #expect(try await node.assigned("second")?.value(at: "status", "phase") == "Running")
            try await node.end("critical")
            try await node.output("delete", "pod", "first", "second", "third")
        }

        @Test func theKubeletHasItsOwnOOMScoreAndItsChildrenHaveNot() async throws {
            func score(_ process: Int32) throws -> String {
                String(try HostFiles.readText("/proc/\(process)/oom_score_adj").dropLast())
            }
            let server = try #require(
                try ProcessHandle.all(named: "swiftlet").first { try $0.commandLine().contains(node.directory) })
            let containerd = try #require(try node.containerdProcess())
            #expect(try score(server.processID) == "123")
            #expect(try score(containerd.processID) == HostFiles.readText("/proc/self/oom_score_adj").dropLast())
        }
    }
}

extension RealParts.SharedNode {
    /// What becomes of containers that want more than they may have.
    @Suite struct ContainerFailureTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func oneThatUsesMoreMemoryThanItMayIsKilledAndStartsAgain() async throws {
            try node.add(
                "hungry",
                Manifest.shell("hungry", "exec tail /dev/zero") + "    resources: {limits: {memory: 16Mi}}\n")
            let shown = try await node.shown("hungry", "was killed and started again") { pod in
                pod.containers["main"].map { $0.restartCount > 0 } ?? false
            }
            let last = shown.object.value(at: "status", "containerStatuses")?[0]?.value(
                at: "lastState", "terminated")
            #expect(last?["reason"] == "OOMKilled", "\(shown.object)")
            #expect(last?["exitCode"] == 137)
            try await node.end("hungry")
        }

        @Test func oneThatMustNotBeRootIsNot() async throws {
            try node.add(
                "rootless",
                Manifest.shell("rootless", "exec sleep 100000", more: "  securityContext: {runAsNonRoot: true}"))
            let shown = try await node.shown("rootless", "is not started") { pod in
                pod.waiting("main")?["reason"] == "CreateContainerConfigError"
            }
            let message = shown.waiting("main")?["message"]?.stringValue ?? ""
            #expect(
                message.hasPrefix(
                    "container has runAsNonRoot and image will run as root (pod: \"\(TestNode.mirror("rootless"))_default("
                ),
                "\(message)")
            #expect(message.hasSuffix(")\", container: main)"), "\(message)")
            #expect(try await node.runningContainers(of: "rootless").isEmpty)
            try node.add(
                "rootless",
                Manifest.shell(
                    "rootless", "exec sleep 100000",
                    more: "  securityContext: {runAsNonRoot: true, runAsUser: 1000}"))
            try await node.ready("rootless")
            try await node.end("rootless")
        }
    }
}
