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
            for _ in 0..<Seed.killsInRound {
                for _ in 0...crowd.random(below: 3) { try crowd.change() }
                try await node.waitForLogs(toGrowBy: crowd.random(below: 8000))
                crowd.note("kill the kubelet")
                try await node.stop(.kubelet, signal: SIGKILL)
                if crowd.random(below: 2) == 0 { try crowd.change() }
                try node.startKubelet()
            }
            try await crowd.expectToSettle()
            try await node.removeAllPods()
        }
    }
}
