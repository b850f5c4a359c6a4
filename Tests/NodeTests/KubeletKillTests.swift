import Glibc
import Testing

extension RealParts {
    /// The kubelet is killed at any moment, while its manifests change.
    @Suite(.serialized, .node("kubelet-kill") { try await $0.startParts() })
    struct KubeletKillTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: Seed.killRounds)
        func aKubeletThatIsKilledAtAnyMomentLosesAndDoublesNothing(_ seed: Seed) async throws {
            var crowd = try PodCrowd(on: node, seed: seed)
            try await crowd.outlive(
                "the kubelet", kill: { try await node.stop(.kubelet, signal: SIGKILL) },
                restart: { try node.startKubelet() })
        }
    }
}
