import CRIClient
import ContainerRuntime
import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Fields of which a runtime has to know something, or that the kubelet carries out beside it.
    @Suite struct RuntimeFeatureTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// What this runtime knows.
        private func features() async throws -> RuntimeFeatures {
            try await node.withRuntime { RuntimeFeatures(try await $0.version(), try await $0.status()) }
        }

        private func waiter(_ name: String, spec: String, mounts: String = "[]") -> String {
            Manifest.shell(name, "trap 'exit 0' TERM; sleep 100000 & wait", more: "  \(spec)", mounts: mounts)
        }

        // MARK: What containerd 1.6 would leave out without a word

        /// Adds a pod that asks for a field, which runs where the runtime knows it, and is refused elsewhere.
        private func expect(_ name: String, isKnown: Bool, message: String, _ manifest: String) async throws {
            try node.add(name, manifest)
            if isKnown {
                _ = try await node.ready(name)
            } else {
                let shown = try await node.shown(name, "is refused") { $0.reason == "PodFeatureUnsupported" }
                #expect(shown.phase == "Pending")
                let text = shown.object.value(at: "status", "message")?.stringValue ?? ""
                #expect(text.hasPrefix("Pod was rejected: \(message)"), "\(text)")
                #expect(try await node.runtime().sandboxes(of: name).isEmpty)
            }
            try await node.end(name)
        }

        @Test func aRecursivelyReadOnlyMountIsRefusedWhereItWouldNotBe() async throws {
            let mount = "{name: data, mountPath: /data, readOnly: true, recursiveReadOnly: Enabled}"
            try await expect(
                "feature-mount", isKnown: features().hasRecursiveReadOnlyMounts(""),
                message: "failed to resolve recursive read-only mode: volume \"data\"",
                waiter("feature-mount", spec: "volumes: [{name: data, emptyDir: {}}]", mounts: "[\(mount)]"))
        }

        @Test func aPodIsRefusedThatWouldHaveTheHostsUsers() async throws {
            try await expect(
                "feature-users", isKnown: features().handlers[""]?.userNamespaces ?? false,
                message: "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
                waiter("feature-users", spec: "hostUsers: false"))
        }

        @Test func anImageVolumeIsRefusedWhereItWouldBeSomethingElse() async throws {
            let image = "{reference: busybox, pullPolicy: IfNotPresent}"
            try await expect(
                "feature-image", isKnown: features().imageVolumes,
                message: "the container runtime doesn't know the field for image volumes (volume site)",
                waiter(
                    "feature-image", spec: "volumes: [{name: site, image: \(image)}]",
                    mounts: "[{name: site, mountPath: /site}]"))
        }

        // MARK: What runs everywhere

        @Test func statusShowsAmountsAndMounts() async throws {
            let spec = """
                volumes: [{name: data, emptyDir: {}}]
                  initContainers:
                  - name: first
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command: ["true"]
                    resources: {requests: {cpu: 20m, memory: 8Mi}, limits: {cpu: 100m, memory: 32Mi}}
                """
            let mounts = "[{name: data, mountPath: /data, readOnly: true, recursiveReadOnly: IfPossible}]"
            try node.add("detailed", waiter("detailed", spec: spec, mounts: mounts))
            _ = try await node.ready("detailed")
            let shown = try await node.shown("detailed", "shows its mounts") { $0.isReady }
            let main = shown.object.value(at: "status", "containerStatuses")?[0]
            let isKnown = try await features().hasRecursiveReadOnlyMounts("")
            #expect(
                main?["volumeMounts"] == [
                    [
                        "name": "data", "mountPath": "/data", "readOnly": true,
                        "recursiveReadOnly": isKnown ? "Enabled" : "Disabled",
                    ]
                ])
            let first = shown.object.value(at: "status", "initContainerStatuses")?[0]
            #expect(first?["allocatedResources"] == ["cpu": "20m", "memory": "8Mi"])
            #expect(first?.value(at: "resources", "limits") == ["cpu": "100m", "memory": "32Mi"])
            #expect(first?.value(at: "resources", "requests") == ["cpu": "20m", "memory": "8Mi"])
            try await node.end("detailed")
        }

        @Test func aVariableComesFromAFileThatAnInitContainerWrote() async throws {
            let spec = """
                volumes: [{name: data, emptyDir: {}}]
                  initContainers:
                  - name: write
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "echo \\"COLOUR='deep blue'\\" > /data/app.env"]
                    volumeMounts: [{name: data, mountPath: /data}]
                """
            let variables = """
                    env:
                    - {name: COLOUR, valueFrom: {fileKeyRef: {volumeName: data, path: app.env, key: COLOUR}}}
                    - {name: NONE, valueFrom: {fileKeyRef: {volumeName: data, path: no.env, key: A, optional: true}}}

                """
            try node.add("env-file", waiter("env-file", spec: spec) + variables)
            _ = try await node.ready("env-file")
            let pod = TestNode.mirror("env-file")
            let seen = try await node.output(
                "exec", pod, "-c", "main", "--", "sh", "-c", "echo $COLOUR ${NONE-unset}; ls -d /data 2>&1 || true")
            #expect(seen.hasPrefix("deep blue unset\n") && seen.contains("No such file"), "\(seen)")
            try await node.end("env-file")
        }

        @Test func aPodWaitsForItsRuntimeClass() async throws {
            try node.add("classed", waiter("classed", spec: "runtimeClassName: plain"))
            try await eventually("the pod's event names the class") {
                try await node.events("FailedCreatePodSandBox", of: TestNode.mirror("classed")).contains {
                    $0.contains("runtimeclass.node.k8s.io \"plain\" not found")
                }
            }
            let file = "\(node.directory)/runtime-class.yaml"
            let manifest = """
                apiVersion: node.k8s.io/v1
                kind: RuntimeClass
                metadata: {name: plain}
                handler: runc

                """
            try HostFiles.writeAtomically(manifest, to: file, mode: 0o644)
            try await node.output("apply", "-f", file)
            let table = TextTable(try await node.output("get", "runtimeclasses"))
            #expect(table["plain"]?["HANDLER"] == "runc")
            _ = try await node.ready("classed")
            #expect(try await node.runtime().sandboxes(of: "classed").map(\.runtimeHandler) == ["runc"])
            try await node.end("classed")
            try await node.output("delete", "runtimeclass", "plain")
        }
    }
}
