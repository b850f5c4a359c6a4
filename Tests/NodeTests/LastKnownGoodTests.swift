import HostSystem
import StructuredData
import Testing

/// What an accident leaves of a manifest, and the line and column that are complained about.
struct SpoiledManifest: Sendable, CustomTestStringConvertible {
    let name: String
    let place: String
    let spoil: @Sendable (String) -> String

    var testDescription: String { name }

    static let all = [
        SpoiledManifest(name: "cut", place: "9:1: ") { text in
            let end = text.firstRange(of: "  terminationGrace")?.lowerBound ?? text.endIndex
            return text[..<end] + "  containers: [\n"
        },
        SpoiledManifest(name: "misspelt", place: "8:3: spec.terminationGracePeriodSecs: ") {
            $0.replacing("terminationGracePeriodSeconds", with: "terminationGracePeriodSecs")
        },
    ]
}

extension RealParts.EditedNode {
    /// A manifest that turns invalid leaves its pod alone.
    @Suite struct LastKnownGoodTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: SpoiledManifest.all)
        func aSpoiledManifestLeavesItsPodRunningAndSaysWhatIsWrong(_ accident: SpoiledManifest) async throws {
            let pod = WitnessedPod(accident.name)
            let before = try await node.run(pod)
            let path = "\(node.manifests)/\(pod.name).yaml"
            try node.add(pod.name, accident.spoil(try HostFiles.readText(path)))
            try await expectComplaint("\(path):\(accident.place)", about: pod, before)

            try await node.replaceKubelet()
            try await expectComplaint("\(path):\(accident.place)", about: pod, before)

            try node.write(pod)
            let after = try await node.shown(pod.name, "is no longer complained about") {
                $0.condition(ShownPod.manifestValid)?.status != "False"
            }
            #expect(after.containers == before.containers)
            #expect(after.podIP == before.podIP)
            #expect(try node.diary(of: pod.name).count == before.containers.count)
            try await node.end(pod.name)
        }

        private func expectComplaint(_ place: String, about pod: WitnessedPod, _ before: ShownPod) async throws {
            let seen = try await node.shown(pod.name, "is said to be invalid") {
                $0.condition(ShownPod.manifestValid)?.status == "False"
            }
            #expect(seen.condition(ShownPod.manifestValid)?.message.contains(place) == true, "\(seen.object)")
            #expect(seen.containers == before.containers)
            try await eventually("the kubelet's list says so") {
                let condition = try await self.node.listed(pod.name)?.condition(ShownPod.manifestValid)
                return condition?.status == "False" && condition?.message.contains(place) == true
            }
            try await eventually("kubectl describe says so") {
                try await self.node.output("describe", "pod", TestNode.mirror(pod.name)).contains(place)
            }
            try await eventually("an event of the node says so") {
                try await self.node.events("InvalidStaticPodManifest", of: TestNode.name).contains {
                    $0.contains(place)
                }
            }
        }

        @Test func aManifestSpoiledWhileTheKubeletIsAwayLeavesItsPodRunning() async throws {
            let pod = WitnessedPod("spoiled-meanwhile")
            let before = try await node.run(pod)
            try await node.replaceKubelet { try node.add(pod.name, "apiVersion: v1\nkind: [Pod\n") }
            let after = try await node.shown(pod.name, "is said to be invalid") {
                $0.condition(ShownPod.manifestValid)?.status == "False"
            }
            #expect(after.containers == before.containers)
            try await node.end(pod.name)
        }

        @Test func aFileThatIsStillBeingWrittenIsNotRead() async throws {
            var pod = WitnessedPod("slow-writer")
            let before = try await node.run(pod)
            pod["main"].version = 2
            let text = Array(pod.manifest(witness: node.witness).utf8)
            let writer = try SlowWriter(path: "\(node.manifests)/\(pod.name).yaml")
            // Without its last container it is a valid pod still.
            let half = text.firstRange(of: Array("  - name: side".utf8))?.lowerBound ?? 0
            try writer.write(text[..<half])
            try await node.waitUntilManifestsAreRead()
            #expect(try await node.shown(pod.name)?.containers == before.containers)
            try writer.write(text[half...])
            writer.close()
            let after = try await node.shown(pod.name, "runs the new version") {
                $0.isReady && $0.containers["main"]?.restartCount == 1
            }
            #expect(after.containers["side"] == before.containers["side"])
            try await node.end(pod.name)
        }
    }
}
