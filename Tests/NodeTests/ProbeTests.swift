import Testing

extension RealParts.SharedNode {
    @Suite struct ProbeTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// Lines of a container, after those of `Manifest.shell`.
        private func probe(_ kind: String, _ check: String) -> String {
            "    \(kind)Probe: {\(check), periodSeconds: 1, failureThreshold: 1}\n"
        }

        private func row(_ pod: String) async throws -> [String: String]? {
            TextTable(try await node.output("get", "pods"))[TestNode.mirror(pod)]
        }

        @Test func commandsTellWhetherAContainerIsReadyAndAlive() async throws {
            let manifest =
                Manifest.shell("probed", "touch /tmp/live; trap 'exit 0' TERM; sleep 100000 & wait")
                + probe("startup", "exec: {command: [test, -e, /tmp/live]}")
                + probe("readiness", "exec: {command: [test, -e, /tmp/ready]}")
                + probe("liveness", "exec: {command: [test, -e, /tmp/live]}")
            try node.add("probed", manifest)
            try await eventually("it runs and is not ready") {
                let row = try await row("probed")
                return row?["STATUS"] == "Running" && row?["READY"] == "0/1"
            }
            try await node.output("exec", TestNode.mirror("probed"), "--", "touch", "/tmp/ready")
            let before = try await node.ready("probed")
            #expect(before.restartCount == 0)

            try await node.output("exec", TestNode.mirror("probed"), "--", "rm", "/tmp/live")
            try await eventually("it is restarted") { try await node.observe("probed")?.restartCount == 1 }
            try await eventually("an event tells why") {
                try await node.events("Killing", of: TestNode.mirror("probed"))
                    == ["Container main failed liveness probe, will be restarted"]
            }
            try await node.end("probed")
        }

        @Test func anEditOfAProbeTakesEffectInTheRunningContainer() async throws {
            let pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: served}
                spec:
                  containers:
                  - name: main
                    image: nginx
                    imagePullPolicy: IfNotPresent

                """
            try node.add(
                "served",
                pod + "    startupProbe: {tcpSocket: {port: 80}, periodSeconds: 1, failureThreshold: 60}\n"
                    + probe("readiness", "httpGet: {port: 80}"))
            let before = try await node.ready("served")
            try node.add("served", pod + probe("readiness", "httpGet: {port: 80, path: /missing}"))
            try await eventually("it is not ready any more") { try await row("served")?["READY"] == "0/1" }
            #expect(try await node.observe("served")?.container == before.container)
            try await eventually("an event tells why") {
                try await node.events("Unhealthy", of: TestNode.mirror("served"))
                    .contains("Readiness probe failed: HTTP probe failed with statuscode: 404")
            }
            try node.add("served", pod)
            #expect(try await node.ready("served").container == before.container)
            try await node.end("served")
        }

        @Test func aPodThatRunsTooLongFails() async throws {
            try node.add("late", Manifest.shell("late", "exec sleep 100000", more: "  activeDeadlineSeconds: 2"))
            let pod = try await node.shown("late", "it has failed") { $0.phase == "Failed" }
            #expect(pod.reason == "DeadlineExceeded")
            try await eventually("nothing of it runs") { try await node.runningContainers(of: "late").isEmpty }
            try await node.end("late")
        }
    }
}
