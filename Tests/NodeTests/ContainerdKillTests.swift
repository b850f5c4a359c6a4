import Testing

extension RealParts {
    /// containerd is killed at any moment, while the manifests change.
    @Suite(.serialized, .node("containerd-kill") { try await $0.startParts() })
    struct ContainerdKillTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: Seed.killRounds)
        func aContainerdThatIsKilledAtAnyMomentCostsNoPod(_ seed: Seed) async throws {
            var crowd = try PodCrowd(on: node, seed: seed)
            try await crowd.outlive(
                "containerd", kill: { try await node.killContainerd() }, restart: { try await node.restartContainerd() }
            )
        }
    }
}
