import ContainerRuntime
import Glibc
import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What `kubectl describe` tells of pods that don't run as they should.
    @Suite struct PodEventTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aSandboxThatDiesIsMadeAnewWithItsContainers() async throws {
            let before = try await node.run("phoenix", Manifest.sleeper("phoenix"))
            try await eventually("an event tells where its image comes from") {
                try await node.events("Pulled", of: TestNode.mirror("phoenix"))
                    == ["Container image \"busybox\" already present on machine and can be accessed by the pod"]
            }
            let sandbox = try #require(try await node.runtime().sandboxes(of: "phoenix").first)
            let pause = try #require(try await node.process(sandbox.id.rawValue))
            #expect(kill(pause, SIGKILL) == 0)

            let after = try await node.ready("phoenix") { $0.containerID != before.containerID }
            #expect(after.restartCount == 1)
            #expect(after.uid == before.uid, "it is the same pod")
            let sandboxes = try await node.runtime().sandboxes(of: "phoenix").filter { $0.state == .ready }
            #expect(sandboxes.map(\.metadata.attempt) == [sandbox.metadata.attempt + 1])
            try await eventually("an event tells why") {
                try await node.events("SandboxChanged", of: TestNode.mirror("phoenix"))
                    == ["Pod sandbox changed, it will be killed and re-created."]
            }
            try await node.end("phoenix")
        }

        @Test func whyAContainerDoesNotStartIsToldWithoutItsID() async throws {
            try node.add(
                "nosuch",
                Manifest.sleeper("nosuch").replacing("command: [\"sh\", \"-c\"]", with: "command: [no-such-program]"))
            let shown = try await node.shown("nosuch", "waits") { shown in
                waiting(shown)?["reason"]?.stringValue == "RunContainerError"
            }
            let message = try #require(waiting(shown)?["message"]?.stringValue)
            try await eventually("an event tells the same") {
                try await node.events("Failed", of: TestNode.mirror("nosuch")) == ["Error: \(message)"]
            }
            #expect(message.contains("no-such-program"))
            #expect(message.firstMatch(of: /[0-9a-f]{64}/) == nil, "\(message)")
            try await node.end("nosuch")
        }

        private func waiting(_ shown: ShownPod) -> JSONValue? {
            shown.object.value(at: "status", "containerStatuses")?[0]?.value(at: "state", "waiting")
        }
    }
}
