import HostSystem
import StructuredData
import Testing

extension RealParts.EditedNode {
    /// What there is no room for waits, and runs when there is.
    @Suite struct AdmissionTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aPodWhosePortIsTakenRunsWhenItIsFree() async throws {
            let ports = "ports: [{containerPort: 80, hostPort: \(try MachineShare.port())}]"
            var first = WitnessedPod("port-first")
            first["main"].more = [ports]
            var second = WitnessedPod("port-second")
            second["main"].more = [ports]
            let before = try await node.run(first)
            try node.write(second)
            try await expectRejection(of: second, because: "NodePorts")
            #expect(try await node.shown(first.name)?.containers == before.containers)

            try await node.end(first.name)
            try await node.shown(second.name, "runs") { $0.isReady && $0.reason.isEmpty && $0.phase == "Running" }
            try await node.end(second.name)
        }

        @Test func aPodThatWantsMoreCPUThanThereIsWaitsForAnEdit() async throws {
            var pod = WitnessedPod("greedy")
            pod["main"].more = ["resources: {requests: {cpu: 1000}}"]
            try node.write(pod)
            try await expectRejection(of: pod, because: "OutOfcpu")
            pod["main"].more = ["resources: {requests: {cpu: 10m}}"]
            try await node.run(pod)
            try await node.end(pod.name)
        }

        @Test func anEditThatThereIsNoRoomForWaitsWhileTheOldVersionRuns() async throws {
            var pod = WitnessedPod("growing")
            pod["main"].more = ["resources: {requests: {cpu: 10m}}"]
            let before = try await node.run(pod)
            pod["main"].more = ["resources: {requests: {cpu: 1000}}"]
            try node.write(pod)
            let pending = try await node.shown(pod.name, "has a pending update") {
                $0.condition(ShownPod.updatePending)?.status == "True"
            }
            #expect(pending.condition(ShownPod.updatePending)?.reason == "OutOfcpu", "\(pending.object)")
            #expect(pending.containers == before.containers)
            pod["main"].more = ["resources: {requests: {cpu: 20m}}"]
            try node.write(pod)
            let after = try await node.shown(pod.name, "has no pending update") {
                $0.isReady && $0.condition(ShownPod.updatePending)?.status != "True"
            }
            #expect(after.containers == before.containers)
            try await node.end(pod.name)
        }

        @Test func aPodWaitsForANodeWithItsLabels() async throws {
            var pod = WitnessedPod("choosy")
            pod.more = ["nodeSelector: {example.com/disk: ssd}"]
            try node.write(pod)
            try await expectRejection(of: pod, because: "NodeAffinity")
            try await node.output("label", "node", TestNode.name, "example.com/disk=ssd")
            try await node.shown(pod.name, "runs") { $0.isReady && $0.reason.isEmpty && $0.phase == "Running" }
            // What runs isn't asked again.
            try await node.output("label", "node", TestNode.name, "example.com/disk-")
            try await node.end(pod.name)
        }

        @Test func anAssignedPodFailsOnANodeItDoesNotWant() async throws {
            try await node.output("label", "node", TestNode.name, "example.com/zone=a")
            try await node.create("settler", "sleep 600", spec: "nodeSelector: {example.com/zone: a}")
            try await node.assigned("settler", "runs") { $0.value(at: "status", "phase")?.stringValue == "Running" }
            try await node.create("stranger", "sleep 600", spec: "nodeSelector: {example.com/zone: b}")
            try await node.assigned("stranger", "has failed") {
                $0.value(at: "status", "reason")?.stringValue == "NodeAffinity"
                    && $0.value(at: "status", "phase")?.stringValue == "Failed"
            }
            try await node.output("delete", "pod", "settler", "stranger", "--wait=false")
            try await node.output("label", "node", TestNode.name, "example.com/zone-")
        }

        private func expectRejection(of pod: WitnessedPod, because reason: String) async throws {
            let rejected = try await node.shown(pod.name, "is rejected") { $0.reason == reason }
            #expect(rejected.phase == "Pending")
            #expect(rejected.condition("Ready")?.status == "False")
            #expect(rejected.condition("Initialized")?.status == "False")
            let row = TextTable(try await node.output("get", "pods"))[TestNode.mirror(pod.name)]
            #expect(row?["STATUS"] == reason, "\(String(describing: row))")
            let snapshot = try await node.runtime()
            #expect(snapshot.sandboxes(of: pod.name).isEmpty)
            #expect(try node.diary(of: pod.name).isEmpty)
            try await eventually("an event says so") {
                try await !self.node.events(reason, of: TestNode.mirror(pod.name)).isEmpty
            }
        }
    }
}
