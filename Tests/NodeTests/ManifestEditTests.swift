import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What an edit of a manifest does to the pod that runs.
    @Suite struct ManifestEditTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func whatMeansTheSameRestartsNothing() async throws {
            let manifest = Manifest.sleeper("reformatted")
            let before = try await node.run("reformatted", manifest)
            // A marker pod that comes after the edit shows that the directory has been read since.
            try node.add(
                "reformatted",
                "# A comment.\n" + manifest.replacing("imagePullPolicy: If", with: "imagePullPolicy:  If"))
            try await node.run("marker", Manifest.sleeper("marker"))
            #expect(try await node.ready("reformatted") == before)

            try HostFiles.rename("\(node.manifests)/reformatted.yaml", to: "\(node.manifests)/renamed.yaml")
            try await node.end("marker")
            #expect(try await node.ready("reformatted") == before)
            try HostFiles.rename("\(node.manifests)/renamed.yaml", to: "\(node.manifests)/reformatted.yaml")
            try await node.end("reformatted")
        }

        @Test func aChangedSpecReplacesTheContainer() async throws {
            let before = try await node.run("edited", Manifest.shell("edited", "echo one; exec sleep 100000"))
            let hash = try await configurationHash("edited")
            try node.add("edited", Manifest.shell("edited", "echo two; exec sleep 100000"))
            let after = try await node.ready("edited") { $0.containerID != before.containerID }
            #expect(try await node.output("logs", TestNode.mirror("edited")) == "two\n")
            #expect(after.uid != before.uid, "the mirror is a new one")
            #expect(try await configurationHash("edited") != hash)
            #expect(try await node.process(before.containerID) == nil)
            try await node.end("edited")
        }

        private func configurationHash(_ pod: String) async throws -> String? {
            try await node.mirror(pod)?.value(at: "metadata", "annotations", "kubernetes.io/config.hash")?.stringValue
        }

        @Test func editorFilesAreNoManifests() async throws {
            let before = try await node.run("backed-up", Manifest.sleeper("backed-up"))
            let other = Manifest.shell("backed-up", "exec sleep 5")
            for name in ["backed-up.yaml~", "backed-up.yaml.bak", ".backed-up.yaml.swp", "#backed-up.yaml#"] {
                try HostFiles.writeAtomically(other, to: "\(node.manifests)/\(name)", mode: 0o644)
            }
            try await node.run("marker", Manifest.sleeper("marker"))
            #expect(try await node.ready("backed-up") == before)
            for name in try HostFiles.list(node.manifests)
            where name.contains("backed-up.yaml") && name != "backed-up.yaml" {
                try HostFiles.remove("\(node.manifests)/\(name)")
            }
            for pod in ["marker", "backed-up"] { try await node.end(pod) }
        }
    }
}
