import HostSystem
import Testing

extension RealParts {
    /// The machine loses its power: nothing is left of what runs, and everything of what is on disk.
    @Suite(.serialized, .node("reboot") { try await $0.startParts() })
    struct RebootTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func podsRunAgainAfterARebootAndNothingIsLeftOfTheOldOnes() async throws {
            var edited = WitnessedPod("edited")
            let spoiled = WitnessedPod("spoiled")
            let removed = WitnessedPod("removed")
            var changed = WitnessedPod("changed")
            changed.usesHostNetwork = true
            for pod in [edited, spoiled, removed, changed] { try await node.run(pod) }
            edited["main"].version = 2
            try node.write(edited)
            try await node.shown(edited.name, "runs the new version") {
                $0.isReady && $0.containers["main"]?.restartCount == 1
            }
            try node.add(spoiled.name, "apiVersion: v1\nkind: [Pod\n")
            try await expectInvalid(spoiled)

            try await node.cutPower()
            try HostFiles.remove("\(node.manifests)/\(removed.name).yaml")
            changed["side"].version = 2
            try node.write(changed)
            try await node.boot()
            try await expectPods([edited, spoiled, changed])
            try await expectInvalid(spoiled)
            try await expectRestarts(of: edited, ["main": 2, "side": 1])
            try await expectRestarts(of: spoiled, ["main": 1, "side": 1])
            try await expectRestarts(of: changed, ["main": 1, "side": 1])

            try await node.cutPower()
            try await node.boot()
            try await expectPods([edited, spoiled, changed])
            try await expectRestarts(of: edited, ["main": 3, "side": 2])
            try await expectRestarts(of: spoiled, ["main": 2, "side": 2])
            try await expectRestarts(of: changed, ["main": 2, "side": 2])
            let twins = try node.twins()
            #expect(twins.isEmpty)
        }

        private func expectPods(_ pods: [WitnessedPod]) async throws {
            let expected = ExpectedPods(pods)
            try await eventuallyAgree("everything is as the manifests say", within: .seconds(90)) {
                try node.checkPrograms()
                return try await expected.complaints(on: node)
            }
        }

        private func expectInvalid(_ pod: WitnessedPod) async throws {
            try await node.shown(pod.name, "is said to be invalid") {
                $0.condition(ShownPod.manifestValid)?.status == "False"
            }
        }

        private func expectRestarts(of pod: WitnessedPod, _ counts: [String: Int64]) async throws {
            let shown = try await node.shown(pod.name, "is ready") { $0.isReady }
            #expect(shown.containers.mapValues(\.restartCount) == counts, "\(pod.name)")
        }
    }
}
