import HostSystem
import Testing

extension RealParts.EditedNode {
    /// A manifest that goes and comes back as it was asks for a restart.
    @Suite struct RestartGestureTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func movingAManifestAwayAndBackRestartsItsContainersInTheirSandbox() async throws {
            let pod = WitnessedPod("gesture")
            let before = try await node.run(pod)
            let sandbox = try await node.sandbox(of: pod.name)
            let path = "\(node.manifests)/\(pod.name).yaml"
            try HostFiles.rename(path, to: "\(node.directory)/away.yaml")
            try HostFiles.rename("\(node.directory)/away.yaml", to: path)
            let after = try await node.shown(pod.name, "was restarted") { shown in
                shown.isReady && shown.containers.allSatisfy { $0.value.id != before.containers[$0.key]?.id }
            }
            #expect(after.containers.values.allSatisfy { $0.restartCount == 1 }, "\(after.containers)")
            #expect(after.podIP == before.podIP)
            #expect(after.uid == before.uid, "the mirror stays")
            #expect(try await node.sandbox(of: pod.name) == sandbox)
            let diary = try node.diary(of: pod.name)
            #expect(diary.filter { $0.event == .end }.count == 2, "they ended in peace: \(diary.map(\.text))")
            #expect(diary.filter { $0.event == .begin }.count == 4, "\(diary.map(\.text))")
            try await node.end(pod.name)
        }

        @Test func aManifestThatComesBackWithAnEditIsAnEdit() async throws {
            var pod = WitnessedPod("saved")
            let before = try await node.run(pod)
            let path = "\(node.manifests)/\(pod.name).yaml"
            pod["main"].version = 2
            let text = Array(pod.manifest(witness: node.witness).utf8)
            try HostFiles.remove(path)
            try HostFiles.write(text, to: path, mode: 0o644)
            let after = try await node.shown(pod.name, "runs the new version") {
                $0.isReady && $0.containers["main"]?.id != before.containers["main"]?.id
            }
            #expect(after.containers["main"]?.restartCount == 1)
            #expect(after.containers["side"] == before.containers["side"])

            // The same bytes over the file, without its going away, are nothing.
            try HostFiles.write(text, to: path, mode: 0o644)
            try await node.waitUntilManifestsAreRead()
            #expect(try await node.shown(pod.name)?.containers == after.containers)
            try await node.end(pod.name)
        }
    }
}
