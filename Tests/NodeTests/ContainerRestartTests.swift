import Glibc
import StructuredData
import Testing

extension RealParts.SharedNode {
    @Suite struct ContainerRestartTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aKilledContainerIsStartedAgain() async throws {
            let before = try await node.run("victim", Manifest.shell("victim", "echo born; exec sleep 100000"))
            let process = try #require(try await node.process(before.containerID))
            #expect(kill(process, SIGKILL) == 0)
            let after = try await node.ready("victim") { $0.containerID != before.containerID }
            #expect(after.restartCount == before.restartCount + 1)
            #expect(after.uid == before.uid)
            let row = try #require(TextTable(try await node.output("get", "pods"))[TestNode.mirror("victim")])
            #expect(row["RESTARTS"]?.wholeMatch(of: /1 \(\d+s ago\)/) != nil, "\(row)")
            let last = try await node.mirror("victim")?["status"]?["containerStatuses"]?[0]?
                .value(at: "lastState", "terminated", "exitCode")
            #expect(last == 137)
            #expect(try await node.output("logs", TestNode.mirror("victim"), "--previous") == "born\n")
            try await node.end("victim")
        }

        @Test func aLoopOfFailuresBacksOff() async throws {
            try node.add("crasher", Manifest.shell("crasher", "exit 1"))
            let pod = TestNode.mirror("crasher")
            try await eventually("the crash loop shows") {
                let row = TextTable(try await self.node.output("get", "pods"))[pod]
                return row?["STATUS"] == "CrashLoopBackOff" && row?["RESTARTS"]?.hasPrefix("1 ") == true
            }
            try await eventually("an event tells of the back-off") {
                let reasons = try await self.node.output(
                    "get", "events", "--field-selector", "involvedObject.name=\(pod),reason=BackOff", "-o",
                    "jsonpath={.items[*].message}")
                return reasons.contains("Back-off restarting failed container")
            }
            // After the first step of 10 s.
            try await eventually("it is tried again") { try await self.node.observe("crasher")?.restartCount == 2 }
            try await node.end("crasher")
        }

        @Test func aPodThatIsNotToBeRestartedCompletes() async throws {
            try node.add("once", Manifest.shell("once", "exit 0", more: "  restartPolicy: Never"))
            try await eventually("the pod has completed") {
                let row = TextTable(try await self.node.output("get", "pods"))[TestNode.mirror("once")]
                return row?["STATUS"] == "Completed" && row?["READY"] == "0/1" && row?["RESTARTS"] == "0"
            }
            #expect(try await node.observe("once")?.phase == "Succeeded")
            try await node.end("once")
        }
    }
}
