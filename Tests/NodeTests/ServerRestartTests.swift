import Glibc
import HostSystem
import StructuredData
import Testing

extension RealParts {
    /// What outlives the server: containers and objects.
    @Suite(
        .serialized,
        .node("again") { node in
            try await node.startServer()
            try await node.run("keeper", Manifest.sleeper("keeper"))
        })
    struct ServerRestartTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func containersOutliveAServerThatIsStopped() async throws {
            let before = try await node.ready("keeper")
            let process = try #require(try await node.process(before.containerID))
            #expect(try await node.stop(.server) == .exited(code: 0), "\(node.recentLogs)")
            #expect(kill(process, 0) == 0, "the container runs on")
            try await node.startServer()
            let after = try await node.ready("keeper")
            #expect(after == before)
            #expect(try await node.process(before.containerID) == process)
        }

        @Test func objectsAndContainersOutliveAServerThatIsKilled() async throws {
            let before = try await node.ready("keeper")
            let process = try #require(try await node.process(before.containerID))
            try await node.output("create", "namespace", "kept")
            let uid = try await node.output("get", "namespace", "kept", "-o", "jsonpath={.metadata.uid}")
            try await node.stop(.server, signal: SIGKILL)
            try await node.startServer()
            #expect(try await node.output("get", "namespace", "kept", "-o", "jsonpath={.metadata.uid}") == uid)
            let after = try await node.ready("keeper")
            #expect(after == before)
            #expect(try await node.process(before.containerID) == process)
        }

        @Test func aManifestRemovedMeanwhileEndsItsPodWithItsGrace() async throws {
            let said = "\(node.host)/goodbye"
            let line = "trap 'sleep 1; echo bye > /host/goodbye; exit 0' TERM; while :; do sleep 0.1; done"
            let manifest = Manifest.shell(
                "orphan", line, more: "  volumes: [{name: host, hostPath: {path: \(node.host)}}]",
                mounts: "[{name: host, mountPath: /host}]"
            ).replacing("terminationGracePeriodSeconds: 1", with: "terminationGracePeriodSeconds: 30")
            try await node.run("orphan", manifest)
            try await node.stop(.server)
            try HostFiles.remove("\(node.manifests)/orphan.yaml")
            try await node.startServer()
            try await eventually("the mirror is gone") { try await self.node.mirror("orphan") == nil }
            #expect(HostFiles.exists(said), "the container had its grace period")
        }
    }
}
