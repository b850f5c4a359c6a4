import HostSystem
import Testing

extension RealParts.EditedNode {
    /// Of two files that define one pod, the one whose version runs keeps it.
    @Suite struct ConflictTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// Also by one that comes first by name.
        @Test(arguments: ["aa-rival", "zz-rival"])
        func aRivalFileRestartsNothingWhenItComesOrGoes(_ file: String) async throws {
            let pod = WitnessedPod("middle")
            let before = try await node.run(pod)
            var rival = pod
            rival["main"].version = 2
            rival.edition = 2
            try node.write(rival, file: file)
            try await eventually("an event names both files") {
                try await self.node.output("get", "events", "-A").split(separator: "\n").contains {
                    $0.contains("\(file).yaml") && $0.contains("\(pod.name).yaml")
                }
            }
            try await node.waitUntilManifestsAreRead()
            #expect(try await node.shown(pod.name)?.containers == before.containers)
            try await node.replaceKubelet()
            try await node.waitUntilManifestsAreRead()
            #expect(try await node.shown(pod.name)?.containers == before.containers)

            try HostFiles.remove("\(node.manifests)/\(file).yaml")
            try await node.waitUntilManifestsAreRead()
            let after = try await node.shown(pod.name)
            #expect(after?.containers == before.containers)
            #expect(after?.uid == before.uid, "the mirror stays")
            try await node.end(pod.name)
        }

        @Test func theRivalTakesOverWhenTheOtherFileGoes() async throws {
            let pod = WitnessedPod("heritage")
            let before = try await node.run(pod)
            var rival = pod
            rival["main"].version = 2
            try node.write(rival, file: "heir")
            try await node.waitUntilManifestsAreRead()
            try HostFiles.remove("\(node.manifests)/\(pod.name).yaml")
            let after = try await node.shown(pod.name, "runs the heir's version") {
                $0.isReady && $0.containers["main"]?.id != before.containers["main"]?.id
            }
            #expect(after.containers["main"]?.restartCount == 1)
            #expect(after.containers["side"] == before.containers["side"])
            #expect(after.podIP == before.podIP)
            try HostFiles.remove("\(node.manifests)/heir.yaml")
            try await eventually("the mirror is gone") { try await self.node.mirror(pod.name) == nil }
        }
    }
}
