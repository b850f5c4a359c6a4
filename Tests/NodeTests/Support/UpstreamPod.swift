import CRIClient
import ContainerRuntime
import HostSystem
import Testing

/// What upstream's kubelet leaves of a static pod with one container of the busybox image, called `main`: labels,
/// annotations, names and places are those of its version 1.36 (`pkg/kubelet/kuberuntime`).
struct UpstreamPod: Sendable {
    /// Without the node's name.
    let name: String
    let uid: String
    /// `kubernetes.io/config.source`
    var source = "file"
    var restartCount: UInt32 = 0

    /// Upstream's hash of the name `main` and the image `busybox`: FNV-1a of a dump of their JSON.
    private static let containerHash = "b34e1a14"

    var annotations: [String: String] {
        [
            "kubernetes.io/config.hash": uid, "kubernetes.io/config.source": source,
            "kubernetes.io/config.seen": "2026-11-25T04:00:00.123456789Z",
        ]
    }

    /// Makes sandbox and container in the node's containerd.
    /// - Parameter command: what the manifest says.
    @discardableResult
    func run(on node: TestNode, _ command: [String], _ arguments: [String]) async throws -> (SandboxID, ContainerID) {
        let pod = TestNode.mirror(name)
        let logs = "\(node.podLogs)/default_\(pod)_\(uid)"
        try HostFiles.createDirectory("\(logs)/main")
        let identity = [
            "io.kubernetes.pod.name": pod, "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": uid,
        ]
        var sandbox = SandboxConfiguration(
            metadata: SandboxMetadata(name: pod, uid: uid, namespace: "default"), hostname: pod, logDirectory: logs,
            labels: ["test": name].merging(identity) { $1 }, annotations: annotations)
        sandbox.linux.cgroupParent = "/\(node.cgroup)/kubepods/besteffort/pod\(uid)"
        var container = ContainerConfiguration(
            name: "main", attempt: restartCount, image: ImageReference("docker.io/library/busybox:latest"),
            logPath: "main/\(restartCount).log")
        container.command = command
        container.arguments = arguments
        container.labels = identity.merging(["io.kubernetes.container.name": "main"]) { $1 }
        container.annotations = [
            "io.kubernetes.container.hash": Self.containerHash,
            "io.kubernetes.container.restartCount": "\(restartCount)",
            "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
            "io.kubernetes.container.terminationMessagePolicy": "File",
            "io.kubernetes.pod.terminationGracePeriod": "1",
        ]
        container.resources.cpuShares = 2
        container.resources.cpuPeriod = 100_000
        container.resources.oomScoreAdjustment = 1000
        return try await node.withRuntime { [sandbox, container] runtime in
            let sandboxID = try await runtime.runPodSandbox(sandbox)
            let id = try await runtime.createContainer(container, in: sandboxID, sandboxConfiguration: sandbox)
            try await runtime.startContainer(id)
            return (sandboxID, id)
        }
    }

    /// Makes the mirror that upstream's kubelet would have made.
    func mirror(on node: TestNode, _ command: [String]) async throws {
        let nodeUID = try await node.output("get", "node", TestNode.name, "-o", "jsonpath={.metadata.uid}")
        let all = annotations.merging(["kubernetes.io/config.mirror": uid]) { $1 }
        let text = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(TestNode.mirror(name))
              namespace: default
              labels: {test: \(name)}
              annotations: {\(all.sorted { $0.key < $1.key }.map { "\($0.key): \"\($0.value)\"" }.joined(separator: ", "))}
              ownerReferences:
              - {apiVersion: v1, kind: Node, name: \(TestNode.name), uid: \(nodeUID), controller: true}
            spec:
              nodeName: \(TestNode.name)
              containers:
              - {name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [\(command.joined(separator: ", "))]}
            """
        let file = "\(node.directory)/\(name)-mirror.yaml"
        try HostFiles.writeAtomically(text, to: file)
        try await node.output("create", "--validate=false", "-f", file)
    }
}
