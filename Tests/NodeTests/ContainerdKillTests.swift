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
            for _ in 0..<Seed.killsInRound {
                for _ in 0...crowd.random(below: 3) { try crowd.change() }
                try await node.waitForLogs(toGrowBy: crowd.random(below: 8000))
                crowd.note("kill containerd")
                try await node.killContainerd()
                if crowd.random(below: 2) == 0 { try crowd.change() }
                try await node.restartContainerd()
            }
            try await crowd.expectToSettle()
            try await node.removeAllPods()
        }
    }
}
