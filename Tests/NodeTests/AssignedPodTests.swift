import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Pods that were created at the API server for this node.
    @Suite struct AssignedPodTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func isRunning(_ pod: JSONValue) -> Bool {
            pod.value(at: "status", "containerStatuses")?[0]?["ready"]?.boolValue == true
        }

        private let forever = "trap 'exit 0' TERM; sleep 100000 & wait"
        private let stubborn = "trap '' TERM; while :; do sleep 1; done"

        @Test func oneRunsIsEditedAndGoesWithItsGracePeriod() async throws {
            try await node.create("assigned", "echo hello; \(forever)", spec: "terminationGracePeriodSeconds: 1")
            try await node.assigned("assigned", "runs", until: isRunning)
            let row = TextTable(try await node.output("get", "pods"))["assigned"]
            #expect(row?["STATUS"] == "Running")
            #expect(try await node.output("logs", "assigned") == "hello\n")
            #expect(try await node.output("exec", "assigned", "--", "echo", "there") == "there\n")
            let before = try #require(try await node.assigned("assigned"))
            try await node.output("label", "pod", "assigned", "app=other", "--overwrite")
            try await node.output("set", "image", "pod/assigned", "main=nginx")
            try await node.assigned("assigned", "has the other image") { pod in
                pod.value(at: "status", "containerStatuses")?[0]?["restartCount"]?.integerValue == 1 && isRunning(pod)
            }
            let after = try #require(try await node.assigned("assigned"))
            #expect(after.value(at: "status", "podIP") == before.value(at: "status", "podIP"))
            // What is shown is of the edited pod, in whole and in each of its conditions.
            #expect(before.value(at: "status", "observedGeneration")?.integerValue == 1)
            #expect(after.value(at: "metadata", "generation")?.integerValue == 2)
            #expect(after.value(at: "status", "observedGeneration")?.integerValue == 2)
            let conditions = after.value(at: "status", "conditions")?.arrayValue ?? []
            #expect(!conditions.isEmpty)
            #expect(conditions.allSatisfy { $0["observedGeneration"]?.integerValue == 2 })
            try await node.output("delete", "pod", "assigned")
            #expect(try await node.assigned("assigned") == nil)
            #expect(try await node.ctr("containers", "list").output.contains("assigned") == false)
        }

        @Test func lessTimeMayBeGivenWhileItGoes() async throws {
            try await node.create("stubborn", stubborn, spec: "terminationGracePeriodSeconds: 600")
            try await node.assigned("stubborn", "runs", until: isRunning)
            try await node.output("delete", "pod", "stubborn", "--wait=false")
            try await node.assigned("stubborn", "is terminating") {
                $0.value(at: "metadata", "deletionGracePeriodSeconds")?.integerValue == 600
            }
            let row = TextTable(try await node.output("get", "pods"))["stubborn"]
            #expect(row?["STATUS"] == "Terminating")
            try await node.output("delete", "pod", "stubborn", "--grace-period=1")
            #expect(try await node.assigned("stubborn") == nil)
        }

        @Test func aDebuggingContainerJoinsIt() async throws {
            try await node.create("debugged", forever)
            try await node.assigned("debugged", "runs", until: isRunning)
            try await node.output(
                "debug", "debugged", "--image=busybox", "--image-pull-policy=IfNotPresent", "--container=look",
                "--target=main", "--", "sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline; echo; sleep 100000")
            try await node.assigned("debugged", "has it") {
                $0.value(at: "status", "ephemeralContainerStatuses")?[0]?.value(at: "state", "running") != nil
            }
            try await eventually("it sees the other's processes") {
                try await node.output("logs", "debugged", "-c", "look") == "sh -c \(forever) \n"
            }
            let mirror = try await node.kubectl("debug", TestNode.mirror("nginx"), "--image=busybox")
            #expect(mirror.errors.contains("static pods do not support ephemeral containers"))
            try await node.output("delete", "pod", "debugged", "--grace-period=1")
        }

        @Test func whatCannotRunHereFails() async throws {
            try await node.create("huge", forever, container: "resources: {requests: {cpu: \"100000\"}}")
            try await node.assigned("huge", "has failed") {
                $0.value(at: "status", "phase") == "Failed" && $0.value(at: "status", "reason") == "OutOfcpu"
            }
            try await node.output("delete", "pod", "huge")
        }

        @Test func readinessGatesAreWaitedFor() async throws {
            try await node.create("gated", forever, spec: "readinessGates: [{conditionType: example.com/ok}]")
            try await node.assigned("gated", "runs", until: isRunning)
            func ready(_ pod: JSONValue) -> String? {
                pod.value(at: "status", "conditions")?.arrayValue?.first { $0["type"] == "Ready" }?["status"]?
                    .stringValue
            }
            #expect(try await node.assigned("gated").flatMap(ready) == "False")
            try await node.output(
                "patch", "pod", "gated", "--subresource=status", "--patch",
                "{\"status\": {\"conditions\": [{\"type\": \"example.com/ok\", \"status\": \"True\"}]}}")
            try await node.assigned("gated", "is ready") { ready($0) == "True" }
            try await node.output("delete", "pod", "gated", "--grace-period=1")
        }
    }
}
