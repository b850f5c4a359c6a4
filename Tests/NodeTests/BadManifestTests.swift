import HostSystem
import StructuredData
import Testing

/// A file that is no good manifest, and what is said about it.
struct DamagedManifest: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    /// Line and column, and the beginning of the message.
    let problem: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ problem: String) {
        (self.name, self.text, self.problem) = (name, text, problem)
    }

    /// A good manifest of twelve lines with these after it.
    init(_ name: String, after more: String, _ problem: String) {
        self.init(name, Self.good(name) + more + "\n", problem)
    }

    static func good(_ name: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
        spec:
          containers:
          - name: main
            image: busybox
            imagePullPolicy: IfNotPresent
            command: [sleep, "100000"]

        """
    }

    static let all = [
        DamagedManifest("not-yaml", "apiVersion: v1\nkind: [Pod\n", "3:1: "),
        DamagedManifest("not-a-pod", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n", "2:7: kind: "),
        DamagedManifest("no-name", good("x").replacing("  name: x", with: "  labels: {}"), "3:1: metadata.name: "),
        DamagedManifest("misspelt", after: "    imagePullPolizy: Never", "11:5: spec.containers[0].imagePullPolizy: "),
        DamagedManifest("unknown", after: "  restartEagerly: true", "11:3: spec.restartEagerly: "),
        DamagedManifest("wrong-type", after: "    args: all", "11:11: spec.containers[0].args: "),
        DamagedManifest("bad-name", good("Bad_Name"), "4:9: metadata.name: "),
        DamagedManifest(
            "secret", after: "  volumes:\n  - name: s\n    secret: {secretName: s}", "13:5: spec.volumes[0].secret: "),
        DamagedManifest(
            "config-map", after: "    envFrom:\n    - configMapRef: {name: c}",
            "12:7: spec.containers[0].envFrom[0].configMapRef: "),
        DamagedManifest("account", after: "  serviceAccountName: robot", "11:23: spec.serviceAccountName: "),
    ]
}

extension RealParts.SharedNode {
    /// Nothing that is dropped into the manifest directory disturbs what runs.
    @Suite struct BadManifestTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: DamagedManifest.all) func aDamagedManifestIsNamedWithLineAndColumn(
            _ manifest: DamagedManifest
        ) async throws {
            let before = try await node.ready("nginx")
            try node.add(manifest.name, manifest.text)
            let place = "\(node.manifests)/\(manifest.name).yaml:\(manifest.problem)"
            try await eventually("the log says \(place)") { self.node.log(.server).contains(place) }
            try await eventually("an event of the node says so") {
                try await self.node.output(
                    "get", "events", "--field-selector", "reason=InvalidStaticPodManifest,involvedObject.kind=Node",
                    "-A",
                    "-o", "jsonpath={.items[*].message}"
                ).contains(place)
            }
            try HostFiles.remove("\(node.manifests)/\(manifest.name).yaml")
            #expect(try await node.mirror(manifest.name) == nil)
            #expect(try await node.ready("nginx") == before)
        }

        @Test func aManifestOf11MiBIsRefused() async throws {
            let before = try await node.ready("nginx")
            let filling = String(repeating: "# \(String(repeating: "x", count: 1021))\n", count: 11 << 10)
            try node.add("huge", filling + DamagedManifest.good("huge"))
            try await eventually("the log names the file") {
                self.node.log(.server).contains("\(self.node.manifests)/huge.yaml")
            }
            try HostFiles.remove("\(node.manifests)/huge.yaml")
            #expect(try await node.mirror("huge") == nil)
            #expect(try await node.ready("nginx") == before)
        }

        @Test func aRunningPodOutlivesATypoInItsManifest() async throws {
            let good = Manifest.sleeper("steady")
            let before = try await node.run("steady", good)
            try node.add("steady", good.replacing("restartPolicy", with: "x").replacing("args:", with: "argz:"))
            try await eventually("the log says so") {
                self.node.log(.server).contains("spec.containers[0].argz: unknown field")
            }
            #expect(try await node.process(before.containerID) != nil)
            #expect(try await node.observe("steady")?.container == before.container)
            try node.add("steady", good)
            #expect(try await node.ready("steady").container == before.container)
            try await node.end("steady")
        }
    }
}
