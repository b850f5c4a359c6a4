import Glibc
import HostSystem
import StructuredData
import Synchronization
import Testing

extension RealParts {
    /// A node whose machine says that it shuts down.
    @Suite(
        .serialized,
        .node("shutdown") { node in
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "shutdownGracePeriod: 30s", "shutdownGracePeriodCriticalPods: 10s")
        })
    struct ShutdownTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// A pod that notes its end, after some seconds.
        private func manifest(_ name: String, seconds: Int, _ more: String = "") -> String {
            Manifest.shell(
                name, "trap 'sleep \(seconds); echo \(name) >> /diary/ends; exit 0' TERM; sleep 100000 & wait",
                more: "  \(more)\n  volumes: [{name: diary, hostPath: {path: \"\(node.host)\", type: Directory}}]",
                mounts: "[{name: diary, mountPath: /diary}]"
            ).replacing("terminationGracePeriodSeconds: 1", with: "terminationGracePeriodSeconds: 20")
        }

        private func readiness() async throws -> String? {
            let node = try JSONValue(parsing: try await node.output("get", "node", TestNode.name, "-o", "json"))
            return node.value(at: "status", "conditions")?.arrayValue?.first { $0["type"] == "Ready" }?["message"]?
                .stringValue
        }

        @Test func podsEndInTheirOrderWhileTheMachineWaits() async throws {
            let logind = try await MockLogind.start(on: node, delaySeconds: 30)
            defer { logind.stop() }
            node.environment.withLock { $0["DBUS_SYSTEM_BUS_ADDRESS"] = logind.address }
            try await node.startServer()
            try await eventually("shutdowns wait") { try await logind.isHeld(by: "kubelet") }
            let critical = try await node.run(
                "critical", manifest("critical", seconds: 0, "priorityClassName: system-node-critical"))
            try await node.run("ordinary", manifest("ordinary", seconds: 2))

            try await logind.announce(shutdown: true)
            try await eventually("the pods have ended") {
                (try? HostFiles.readText("\(self.node.host)/ends")) == "ordinary\ncritical\n"
            }
            try await eventually("the machine needn't wait any more") { try await !logind.isHeld(by: "kubelet") }
            let shown = try await node.shown("critical", "shows why") { $0.reason == "Terminated" }
            #expect(shown.phase == "Failed")
            #expect(try await readiness()?.contains("node is shutting down") == true)
            try node.add("late", Manifest.shell("late", "exec sleep 100000"))
            try await node.shown("late", "is not let in") { $0.reason == "NodeShutdown" }

            try await logind.announce(shutdown: false)
            try await eventually("shutdowns wait again") { try await logind.isHeld(by: "kubelet") }
            try await node.ready("critical") { $0.containerID != critical.containerID }
            try await node.ready("ordinary")
            try await node.ready("late")
            try await eventually("the node is ready") { try await readiness() == "kubelet is posting ready status" }

            #expect(try ProcessHandle.all(named: "busctl").count == 1)
            try await node.stop(.server, signal: SIGKILL)
            try await eventually("a kubelet that dies holds nothing") { try await !logind.isHeld(by: "kubelet") }
            try await eventually("and leaves nothing") { try ProcessHandle.all(named: "busctl").isEmpty }
        }
    }
}
