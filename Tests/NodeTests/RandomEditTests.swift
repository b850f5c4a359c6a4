import ContainerRuntime
import Testing

extension RealParts {
    /// Random edits of the manifest directory against a model of the rules.
    @Suite(.serialized, .node("random-edits") { try await $0.startParts() })
    struct RandomEditTests {
        private static let edits = 25
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: Seed.some(2)) func whatRunsIsAlwaysWhatTheRulesSay(_ seed: Seed) async throws {
            var model = ManifestModel(seed: seed)
            var history: [String] = []
            // By version. As long as one is wanted, its container stays; one that comes back gets another.
            var containers: [Int: ContainerID] = [:]
            for _ in 0..<Self.edits {
                let step = try await model.change(on: node)
                history.append(step.text)
                if !step.changesPods { try await node.waitUntilManifestsAreRead() }
                try await expect(model, after: history, &containers)
            }
            try await node.removeAllPods()
        }

        private func expect(
            _ model: ManifestModel, after history: [String], _ containers: inout [Int: ContainerID]
        ) async throws {
            var expected = ExpectedPods(Array(model.pods.values))
            expected.others = ["sentinel"]
            do {
                try await eventuallyAgree("what runs is what the rules say") {
                    try node.checkPrograms()
                    return try await expected.complaints(on: node)
                }
            } catch let error as Command.Failure {
                throw Command.Failure(
                    description: "\(error)\n\(history.joined(separator: "\n"))\n\(node.recentLogs)")
            }
            let snapshot = try await node.runtime()
            let running = Set(snapshot.versions.values)
            containers = containers.filter { running.contains($0.key) }
            for (id, version) in snapshot.versions
            where snapshot.containers.contains(where: { $0.id == id && $0.podName != TestNode.mirror("sentinel") }) {
                #expect(containers[version, default: id] == id, "restarted for nothing: \(version) after \(history)")
                containers[version] = id
            }
            let twins = try node.twins()
            #expect(twins.isEmpty, "\(history)")
        }
    }
}
