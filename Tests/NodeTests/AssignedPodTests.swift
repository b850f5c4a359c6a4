import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Pods that were created at the API server for this node.
    @Suite struct AssignedPodTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// Creates a pod for this node that runs a line of the shell.
        /// - Parameters:
        ///   - spec: a further line of its spec.
        ///   - container: a further line of its container.
        private func create(_ name: String, _ line: String, spec: String = "", container: String = "") async throws {
            let file = "\(node.directory)/\(name).yaml"
            let manifest = """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(name), labels: {app: assigned}}
                spec:
                  nodeName: \(TestNode.name)
                  \(spec)
                  containers:
                  - name: main
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "\(line)"]
                    \(container)

                """
            try HostFiles.writeAtomically(manifest, to: file, mode: 0o644)
            try await node.output("apply", "-f", file)
        }

        /// The pod as the API server has it; `nil` when it is gone.
        private func pod(_ name: String) async throws -> JSONValue? {
            let result = try await node.kubectl("get", "pod", name, "--ignore-not-found", "-o", "json")
            return result.output.isEmpty ? nil : try JSONValue(parsing: result.output)
        }

        private func wait(_ name: String, _ what: String, until condition: (JSONValue) -> Bool) async throws {
            try await eventually("pod \(name) \(what)") { try await pod(name).map(condition) ?? false }
        }

        private func isRunning(_ pod: JSONValue) -> Bool {
            pod.value(at: "status", "containerStatuses")?[0]?["ready"]?.boolValue == true
        }

        private let forever = "trap 'exit 0' TERM; sleep 100000 & wait"
        private let stubborn = "trap '' TERM; while :; do sleep 1; done"

        @Test func oneRunsIsEditedAndGoesWithItsGracePeriod() async throws {
            try await create("assigned", "echo hello; \(forever)", spec: "terminationGracePeriodSeconds: 1")
            try await wait("assigned", "runs", until: isRunning)
            let row = TextTable(try await node.output("get", "pods"))["assigned"]
            #expect(row?["STATUS"] == "Running")
            #expect(try await node.output("logs", "assigned") == "hello\n")
            #expect(try await node.output("exec", "assigned", "--", "echo", "there") == "there\n")
            let before = try #require(try await pod("assigned"))
            try await node.output("label", "pod", "assigned", "app=other", "--overwrite")
            try await node.output("set", "image", "pod/assigned", "main=nginx")
            try await wait("assigned", "has the other image") { pod in
                pod.value(at: "status", "containerStatuses")?[0]?["restartCount"]?.integerValue == 1 && isRunning(pod)
            }
            let after = try #require(try await pod("assigned"))
            #expect(after.value(at: "status", "podIP") == before.value(at: "status", "podIP"))
            try await node.output("delete", "pod", "assigned")
            #expect(try await pod("assigned") == nil)
            #expect(try await node.ctr("containers", "list").output.contains("assigned") == false)
        }

        @Test func lessTimeMayBeGivenWhileItGoes() async throws {
            try await create("stubborn", stubborn, spec: "terminationGracePeriodSeconds: 600")
            try await wait("stubborn", "runs", until: isRunning)
            try await node.output("delete", "pod", "stubborn", "--wait=false")
            try await wait("stubborn", "is terminating") {
                $0.value(at: "metadata", "deletionGracePeriodSeconds")?.integerValue == 600
            }
            let row = TextTable(try await node.output("get", "pods"))["stubborn"]
            #expect(row?["STATUS"] == "Terminating")
            try await node.output("delete", "pod", "stubborn", "--grace-period=1")
            #expect(try await pod("stubborn") == nil)
        }

        @Test func aDebuggingContainerJoinsIt() async throws {
            try await create("debugged", forever)
            try await wait("debugged", "runs", until: isRunning)
            try await node.output(
                "debug", "debugged", "--image=busybox", "--image-pull-policy=IfNotPresent", "--container=look",
                "--target=main", "--", "sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline; echo; sleep 100000")
            try await wait("debugged", "has it") {
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
            try await create("huge", forever, container: "resources: {requests: {cpu: \"100000\"}}")
            try await wait("huge", "has failed") {
                $0.value(at: "status", "phase") == "Failed" && $0.value(at: "status", "reason") == "OutOfcpu"
            }
            try await node.output("delete", "pod", "huge")
        }

        @Test func readinessGatesAreWaitedFor() async throws {
            try await create("gated", forever, spec: "readinessGates: [{conditionType: example.com/ok}]")
            try await wait("gated", "runs", until: isRunning)
            func ready(_ pod: JSONValue) -> String? {
                pod.value(at: "status", "conditions")?.arrayValue?.first { $0["type"] == "Ready" }?["status"]?
                    .stringValue
            }
            #expect(try await pod("gated").flatMap(ready) == "False")
            try await node.output(
                "patch", "pod", "gated", "--subresource=status", "--patch",
                "{\"status\": {\"conditions\": [{\"type\": \"example.com/ok\", \"status\": \"True\"}]}}")
            try await wait("gated", "is ready") { ready($0) == "True" }
            try await node.output("delete", "pod", "gated", "--grace-period=1")
        }
    }
}
