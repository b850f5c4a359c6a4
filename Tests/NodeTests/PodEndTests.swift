import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// How pods end, and when that is shown.
    @Suite struct PodEndTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func status(_ pod: String) async throws -> String? {
            TextTable(try await node.output("get", "pods"))[TestNode.mirror(pod)]?["STATUS"]
        }

        private func termination(_ pod: ShownPod) -> JSONValue? {
            pod.object.value(at: "status", "containerStatuses")?[0]?.value(at: "state", "terminated")
        }

        // MARK: Failed starts

        @Test func aCommandThatIsNotThereFailsThePodThatIsNotToBeRestarted() async throws {
            let manifest = Manifest.shell("mistyped", "true", more: "  restartPolicy: Never")
            try node.add("mistyped", manifest.replacing("[\"sh\", \"-c\"]", with: "[nosuch]"))
            let shown = try await node.shown("mistyped", "has failed") { $0.phase == "Failed" }
            #expect(termination(shown)?["exitCode"] == 128)
            #expect(termination(shown)?["reason"] == "StartError")
            #expect(try await status("mistyped") == "StartError")
            try await node.end("mistyped")
        }

        @Test func anInitContainerThatCannotStartFailsThePod() async throws {
            let first = "{name: first, image: busybox, imagePullPolicy: IfNotPresent, command: [nosuch]}"
            let more = "  restartPolicy: Never\n  initContainers: [\(first)]"
            try node.add("misbegun", Manifest.shell("misbegun", "exec sleep 100000", more: more))
            try await node.shown("misbegun", "has failed") { $0.phase == "Failed" }
            #expect(try await status("misbegun") == "Init:StartError")
            try await node.end("misbegun")
        }

        @Test func aHookThatFailsAfterTheStartFailsThePod() async throws {
            let manifest = Manifest.shell("unhooked", "exec sleep 100000", more: "  restartPolicy: Never")
            try node.add(
                "unhooked", manifest + "    lifecycle: {postStart: {exec: {command: [\"false\"]}}}\n")
            let shown = try await node.shown("unhooked", "has failed") { $0.phase == "Failed" }
            #expect(termination(shown)?["exitCode"] == 137)
            try await eventually("an event tells") {
                try await !self.node.events("FailedPostStartHook", of: TestNode.mirror("unhooked")).isEmpty
            }
            try await node.end("unhooked")
        }
    }
}
