import CRIClient
import ContainerRuntime
import Glibc
import HostSystem
import Testing

extension RealParts.EditedNode {
    /// A node that was upstream's kubelet's is taken over without a restart.
    @Suite struct UpstreamAdoptionTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aPodOfUpstreamsKubeletRunsOnUntilItsNextEdit() async throws {
            let upstream = UpstreamPod(name: "heirloom", uid: "949491dc6d16952d446a7d0e80da5b18", restartCount: 3)
            let arguments = ["trap 'exit 0' TERM; sleep 100000 & wait\n"]
            try await node.stop(.kubelet)
            let (sandbox, container) = try await upstream.run(on: node, ["sh", "-c"], arguments)
            try await upstream.mirror(on: node, ["sh", "-c"])
            let mirror = try #require(try await node.shown(upstream.name))
            let manifest = Manifest.sleeper(upstream.name)
            try node.add(upstream.name, manifest)
            try node.startKubelet()

            let adopted = try await node.shown(upstream.name, "is ready") { $0.isReady }
            #expect(adopted.containers["main"]?.id == "containerd://\(container)")
            #expect(adopted.containers["main"]?.restartCount == 3)
            #expect(adopted.uid == mirror.uid, "even the mirror stays")
            #expect(adopted.hash == upstream.uid)
            #expect(adopted.annotation("config.mirror") == upstream.uid)

            // Also over further restarts of the kubelet.
            try await node.replaceKubelet()
            try await node.waitUntilManifestsAreRead()
            let again = try #require(try await node.shown(upstream.name))
            #expect(again.containers == adopted.containers)
            #expect(again.uid == mirror.uid)

            let variable = "image: busybox\n    env: [{name: A, value: b}]"
            try node.add(upstream.name, manifest.replacing("image: busybox", with: variable))
            let edited = try await node.shown(upstream.name, "has a new container") {
                $0.isReady && $0.containers["main"]?.id != adopted.containers["main"]?.id
            }
            #expect(edited.containers["main"]?.restartCount == 4)
            #expect(edited.podIP == adopted.podIP)
            #expect(edited.hash != upstream.uid)
            let sandboxes = try await node.runtime().sandboxes(of: upstream.name)
            #expect(sandboxes.map(\.id) == [sandbox])
            #expect(sandboxes.map(\.metadata.uid) == [upstream.uid])
            try await node.end(upstream.name)
        }

        @Test func onlyStaticPodsOfUpstreamsKubeletAreOrphansWithoutAManifest() async throws {
            let orphan = UpstreamPod(name: "orphan", uid: "0123456789abcdef0123456789abcdef")
            let stranger = UpstreamPod(name: "stranger", uid: "fedcba9876543210fedcba9876543210", source: "api")
            try await node.stop(.kubelet)
            for pod in [orphan, stranger] { try await pod.run(on: node, ["sleep", "100000"], []) }
            try node.startKubelet()
            try await eventually("nothing is left of the orphan") {
                try await self.node.runtime().sandboxes(of: orphan.name).isEmpty
            }
            try await node.waitUntilManifestsAreRead()
            let snapshot = try await node.runtime()
            #expect(snapshot.running("main", of: stranger.name).count == 1)

            try await node.withRuntime { runtime in
                for sandbox in snapshot.sandboxes(of: stranger.name) {
                    try await runtime.stopPodSandbox(sandbox.id)
                    try await runtime.removePodSandbox(sandbox.id)
                }
            }
        }
    }
}
