import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Mirrors can be looked at, and nothing that is done to them reaches the node.
    @Suite struct MirrorPodTests {
        private static let pod = TestNode.mirror("nginx")
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aMirrorSaysWhereItComesFrom() async throws {
            let mirror = try #require(try await node.mirror("nginx"))
            let annotations = try #require(mirror.value(at: "metadata", "annotations"))
            let hash = try #require(annotations["kubernetes.io/config.hash"]?.stringValue)
            #expect(!hash.isEmpty)
            #expect(annotations["kubernetes.io/config.mirror"]?.stringValue == hash)
            #expect(annotations["kubernetes.io/config.source"] == "file")
            #expect(annotations["kubernetes.io/config.seen"]?.stringValue?.contains("T") == true)

            let owners = try #require(mirror.value(at: "metadata", "ownerReferences")?.arrayValue)
            #expect(owners.count == 1)
            let uid = try await node.output("get", "node", TestNode.name, "-o", "jsonpath={.metadata.uid}")
            #expect(owners.first?["apiVersion"] == "v1")
            #expect(owners.first?["kind"] == "Node")
            #expect(owners.first?["name"]?.stringValue == TestNode.name)
            #expect(owners.first?["uid"]?.stringValue == uid)
            #expect(owners.first?["controller"] == true)
        }

        @Test(arguments: Kubectl.all) func aDeletedMirrorComesBackAndTheContainerNeverNotices(
            _ kubectl: Kubectl
        ) async throws {
            for flags in [[], ["--force", "--grace-period=0"]] {
                let before = try await node.ready("nginx")
                let deletion = try await node.kubectlCommand(kubectl, ["delete", "pod", Self.pod] + flags).run()
                #expect(deletion.succeeded, "\(deletion)")
                let after = try await node.ready("nginx") { $0.uid != before.uid }
                #expect(after.container == before.container)
            }
        }

        @Test(arguments: Kubectl.all) func editsOfAMirrorChangeNothingOnTheNode(_ kubectl: Kubectl) async throws {
            let before = try await node.ready("nginx")
            let process = try #require(try await node.process(before.containerID))
            try await node.output(with: kubectl, "label", "pod", Self.pod, "edited=\(kubectl.version)", "--overwrite")
            try await node.output(
                with: kubectl, "annotate", "pod", Self.pod, "edited=\(kubectl.version)", "--overwrite")
            let image = "{\"spec\":{\"containers\":[{\"name\":\"nginx\",\"image\":\"busybox\"}]}}"
            for (type, patch) in [
                ("strategic", image),
                ("merge", "{\"metadata\":{\"labels\":{\"merged\":\"yes\"}}}"),
                ("json", "[{\"op\":\"add\",\"path\":\"/metadata/labels/added\",\"value\":\"yes\"}]"),
            ] {
                try await node.output(with: kubectl, "patch", "pod", Self.pod, "--type", type, "-p", patch)
            }
            let labels = try #require(try await node.mirror("nginx")?.value(at: "metadata", "labels"))
            #expect(labels["edited"]?.stringValue == kubectl.version)
            #expect(labels["added"] == "yes")
            #expect(try await node.process(before.containerID) == process)

            // A new mirror is what the manifest says again.
            try await node.output(with: kubectl, "delete", "pod", Self.pod)
            let after = try await node.ready("nginx") { $0.uid != before.uid }
            #expect(after.container == before.container)
            let mirror = try #require(try await node.mirror("nginx"))
            #expect(mirror.value(at: "metadata", "labels") == ["env": "test"])
            #expect(mirror["spec"]?["containers"]?[0]?["image"] == "nginx")
        }

        @Test func theMirrorOfARemovedManifestRunsUntilTheContainerHasEnded() async throws {
            let said = "\(node.host)/goodbye"
            let line = "trap 'sleep 2; echo bye > /host/goodbye; exit 0' TERM; while :; do sleep 0.1; done"
            let manifest = Manifest.shell(
                "leaver", line, more: "  volumes: [{name: host, hostPath: {path: \(node.host)}}]",
                mounts: "[{name: host, mountPath: /host}]"
            ).replacing("terminationGracePeriodSeconds: 1", with: "terminationGracePeriodSeconds: 30")
            let container = try await node.run("leaver", manifest).containerID
            try HostFiles.remove("\(node.manifests)/leaver.yaml")
            var phases: [String] = []
            try await eventually("the mirror is gone") {
                // Asked before the mirror: what is gone then was gone after it.
                let hasEnded = HostFiles.exists(said)
                guard let pod = try await self.node.observe("leaver") else { return true }
                if !hasEnded, !HostFiles.exists(said) { phases.append(pod.phase) }
                return false
            }
            #expect(HostFiles.exists(said), "the container had its grace period")
            #expect(!phases.isEmpty)
            #expect(phases.allSatisfy { $0 == "Running" }, "\(phases)")
            #expect(try await node.process(container) == nil)
        }
    }
}
