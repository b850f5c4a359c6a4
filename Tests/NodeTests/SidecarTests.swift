import HostSystem
import Testing

extension RealParts.SharedNode {
    /// Sidecars, and containers with a restart policy of their own.
    @Suite struct SidecarTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// A container that writes its name and what it does into `/diary/log`.
        /// - Parameter work: a line of the shell between its beginning and its end.
        private func container(_ name: String, _ work: String, _ more: String...) -> String {
            """
              - name: \(name)
                image: busybox
                imagePullPolicy: IfNotPresent
                volumeMounts: [{name: diary, mountPath: /diary}]
                command:
                - sh
                - -c
                - |
                  say() { echo "\(name) $1" >> /diary/log; }
                  trap 'say ends; exit 0' TERM
                  say begins
                  \(work)

            """ + more.map { "    \($0)\n" }.joined()
        }

        private func manifest(
            _ name: String, policy: String = "Always", diary: String, inits: [String], containers: [String]
        ) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              restartPolicy: \(policy)
              terminationGracePeriodSeconds: 20
              volumes: [{name: diary, hostPath: {path: "\(diary)", type: Directory}}]
              initContainers:

            """ + inits.joined() + "  containers:\n" + containers.joined()
        }

        private func diary(_ name: String) throws -> String {
            let path = "\(node.directory)/diary-\(name)"
            try HostFiles.createDirectory(path)
            return path
        }

        private func entries(_ diary: String) throws -> [String] {
            try HostFiles.readText("\(diary)/log").split(separator: "\n").map(String.init)
        }

        private let wait = "sleep 100000 & wait"

        @Test func theyBeginBeforeTheContainersAndEndAfterThem() async throws {
            let diary = try diary("order")
            try node.add(
                "order",
                manifest(
                    "order", diary: diary,
                    inits: [
                        container(
                            "log", "sleep 1; touch /tmp/up; \(wait)", "restartPolicy: Always",
                            "startupProbe: {exec: {command: [test, -e, /tmp/up]}, periodSeconds: 1}"),
                        container("setup", "say ends"), container("proxy", wait, "restartPolicy: Always"),
                    ], containers: [container("web", wait)]))
            try await eventually("the row shows all that run") {
                let row = TextTable(try await node.output("get", "pods"))[TestNode.mirror("order")]
                return row?["READY"] == "3/3" && row?["STATUS"] == "Running"
            }
            #expect(try entries(diary) == ["log begins", "setup begins", "setup ends", "proxy begins", "web begins"])

            let before = try #require(try await node.shown("order"))
            let proxy = try #require(try await node.runningContainers(of: "order")["proxy"])
            _ = try await node.ctr("tasks", "kill", "--signal", "KILL", proxy)
            try await eventually("the sidecar runs again") {
                try entries(diary).filter { $0 == "proxy begins" }.count == 2
            }
            try await node.end("order")
            #expect(before.containers["web"]?.restartCount == 0)
            #expect(
                try entries(diary).suffix(4) == ["proxy begins", "web ends", "proxy ends", "log ends"],
                "and no other was restarted")
        }

        @Test func theyDoNotKeepAPodFromItsEnd() async throws {
            let diary = try diary("job")
            try node.add(
                "job",
                manifest(
                    "job", policy: "Never", diary: diary,
                    inits: [container("proxy", wait, "restartPolicy: Always")],
                    containers: [container("work", "say ends")]))
            try await node.shown("job", "has succeeded") { $0.phase == "Succeeded" }
            try await eventually("nothing of it runs") { try await node.runningContainers(of: "job").isEmpty }
            #expect(try entries(diary) == ["proxy begins", "work begins", "work ends", "proxy ends"])
            let row = TextTable(try await node.output("get", "pods"))[TestNode.mirror("job")]
            #expect(row?["STATUS"] == "Completed")
            try await node.end("job")
        }

        @Test func exitCodesDecideWhatIsRestarted() async throws {
            let diary = try diary("rules")
            let rule = "exitCodes: {operator: In, values: [42]}"
            // Each of them fails the first time, and ends at the second.
            try node.add(
                "rules",
                manifest(
                    "rules", policy: "Never", diary: diary,
                    inits: [container("setup", "say ends")],
                    containers: [
                        container(
                            "one", "test -e /diary/one && sleep 1 && exit 0; touch /diary/one; exit 42",
                            "restartPolicy: Never", "restartPolicyRules: [{action: Restart, \(rule)}]")
                    ]))
            try await node.shown("rules", "has succeeded") { $0.phase == "Succeeded" }
            #expect(try entries(diary) == ["setup begins", "setup ends", "one begins", "one begins"])
            try await node.end("rules")

            let over = try self.diary("over")
            try node.add(
                "over",
                manifest(
                    "over", policy: "Never", diary: over,
                    inits: [container("proxy", wait, "restartPolicy: Always"), container("setup", "say ends")],
                    containers: [
                        container(
                            "one", "test -e /diary/one && exit 0; touch /diary/one; exit 42", "restartPolicy: Never",
                            "restartPolicyRules: [{action: RestartAllContainers, \(rule)}]")
                    ]))
            try await node.shown("over", "has succeeded") { $0.phase == "Succeeded" }
            let life = ["proxy begins", "setup begins", "setup ends", "one begins", "proxy ends"]
            try await eventually("the sidecar ends") { try entries(over) == life + life }
            try await node.end("over")
        }
    }
}
