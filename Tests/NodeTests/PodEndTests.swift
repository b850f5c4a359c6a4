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

        // MARK: Last words

        @Test func theLastWordsAreThoseOfTheFileOrOfTheLog() async throws {
            let once = "  restartPolicy: Never"
            try node.add("words", Manifest.shell("words", "printf done > /dev/termination-log; exit 3", more: once))
            let words = try await node.shown("words", "has failed") { $0.phase == "Failed" }
            #expect(termination(words)?["message"] == "done")
            try node.add(
                "lines",
                Manifest.shell("lines", "echo one; echo two; exit 3", more: once)
                    + "    terminationMessagePolicy: FallbackToLogsOnError\n")
            // The log may be complete a moment after the end.
            try await node.shown("lines", "shows its log") { self.termination($0)?["message"] == "one\ntwo\n" }
            try await node.end("words")
            try await node.end("lines")
        }

        // MARK: Ended before their time, and deleted

        /// Takes leave when it may.
        private func reluctant(_ name: String) -> (line: String, permission: String) {
            let permission = "\(node.host)/\(name)-may-go"
            let line = "trap 'while ! test -e /host/\(name)-may-go; do sleep 0.1; done; exit 0' TERM; "
            return (line + "sleep 100000 & wait", permission)
        }

        @Test func anEndIsShownWhenNothingRunsAnyMore() async throws {
            let (line, permission) = reluctant("overdue")
            try node.add(
                "overdue",
                Manifest.shell(
                    "overdue", line,
                    more: """
                          activeDeadlineSeconds: 3
                          volumes: [{name: host, hostPath: {path: "\(node.host)", type: Directory}}]
                        """, mounts: "[{name: host, mountPath: /host}]"
                ).replacing("terminationGracePeriodSeconds: 1\n", with: "terminationGracePeriodSeconds: 600\n"))
            let meanwhile = try await node.shown("overdue", "is not ready any more") {
                $0.condition("Ready")?.reason == "PodFailed"
            }
            #expect(meanwhile.phase == "Running")
            #expect(meanwhile.reason.isEmpty)
            #expect(try await node.runningContainers(of: "overdue").count == 1)
            try HostFiles.write([], to: permission, mode: 0o644)
            let ended = try await node.shown("overdue", "has failed") { $0.phase == "Failed" }
            #expect(ended.reason == "DeadlineExceeded")
            #expect(termination(ended)?["exitCode"] == 0)
            try await node.end("overdue")
        }

        @Test func whoHoldsADeletedPodSeesHowItHasEnded() async throws {
            try await node.create("held", "trap 'exit 3' TERM; sleep 100000 & wait")
            try await node.assigned("held", "runs") {
                $0.value(at: "status", "containerStatuses")?[0]?["ready"]?.boolValue == true
            }
            func patchFinalizers(_ value: String) async throws {
                try await node.output(
                    "patch", "pod", "held", "--type=merge", "--patch", "{\"metadata\": {\"finalizers\": \(value)}}")
            }
            try await patchFinalizers("[\"example.com/tracking\"]")
            try await node.output("delete", "pod", "held", "--wait=false")
            try await node.assigned("held", "has failed, and waits for nothing else") {
                $0.value(at: "status", "phase") == "Failed"
                    && $0.value(at: "metadata", "deletionGracePeriodSeconds")?.integerValue == 0
            }
            let held = try await node.assigned("held")?.value(at: "status", "containerStatuses")?[0]
            #expect(held?.value(at: "state", "terminated", "exitCode") == 3)
            #expect(try await node.ctr("containers", "list").output.contains("held") == false)
            try await patchFinalizers("null")
            try await eventually("it is gone") { try await node.assigned("held") == nil }
        }
    }
}
