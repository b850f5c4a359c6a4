import HostSystem
import Testing

extension RealParts.SharedNode {
    /// Hooks of every kind, and those that fail.
    @Suite struct HookTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// A container that notes in `/host/hook-NAME` when it is asked to end.
        private func container(_ name: String, _ hooks: String) -> String {
            """
              - name: \(name)
                image: busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "trap 'touch /host/hook-\(name); exit 0' TERM; touch /tmp/begun; sleep 100000 & wait"]
                volumeMounts: [{name: host, mountPath: /host}]
                lifecycle: {\(hooks)}

            """
        }

        @Test func theyAreRunAndTheirFailuresTold() async throws {
            let server = try await node.ready("nginx").podIP
            func get(_ path: String) -> String { "httpGet: {host: \(server), port: 80, path: \(path)}" }
            let manifest = """
                apiVersion: v1
                kind: Pod
                metadata: {name: hooks}
                spec:
                  terminationGracePeriodSeconds: 20
                  volumes: [{name: host, hostPath: {path: \(node.host)}}]
                  containers:

                """
            try node.add(
                "hooks",
                manifest
                    + container("http", "postStart: {\(get("/hook-begin"))}, preStop: {\(get("/hook-end"))}")
                    + container("sleepy", "postStart: {sleep: {seconds: 1}}, preStop: {sleep: {seconds: 2}}")
                    + container("badstop", "preStop: {exec: {command: [\"false\"]}}")
                    + container(
                        "badstart",
                        "postStart: {exec: {command: [sh, -c, 'until [ -e /tmp/begun ]; do :; done; exit 1']}}"))
            let name = TestNode.mirror("hooks")
            try await node.shown("hooks", "has what can start") { shown in
                ["http", "sleepy", "badstop"].allSatisfy { shown.containers[$0]?.isReady == true }
            }
            try await eventually("the request after the start has come") {
                try await requests().contains {
                    $0.contains("GET /hook-begin ") && $0.contains("\"kube-lifecycle/1.36\"")
                }
            }
            try await eventually("the hook's failure after the start is told") {
                try await node.events("FailedPostStartHook", of: name) == ["PostStartHook failed"]
            }
            #expect(HostFiles.exists("\(node.host)/hook-badstart"), "the container was stopped for it")

            let begun = ContinuousClock.now
            try HostFiles.remove("\(node.manifests)/hooks.yaml")
            try await eventually("the one without a pause has been asked to end") {
                HostFiles.exists("\(node.host)/hook-badstop")
            }
            try await eventually("the one with a pause has been asked to end") {
                HostFiles.exists("\(node.host)/hook-sleepy")
            }
            #expect(ContinuousClock.now - begun >= .seconds(2))
            try await eventually("the mirror is gone") { try await node.mirror("hooks") == nil }
            #expect(try await requests().contains { $0.contains("GET /hook-end ") })
            #expect(try await node.events("FailedPreStopHook", of: name) == ["PreStopHook failed"])
        }

        /// What the server has been asked for.
        private func requests() async throws -> [Substring] {
            try await node.output("logs", TestNode.mirror("nginx")).split(separator: "\n")
        }
    }
}
