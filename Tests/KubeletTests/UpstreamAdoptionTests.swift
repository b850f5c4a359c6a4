import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// A kubelet on a node that upstream's kubelet has run before, from the same manifests.
///
/// The runtime's state is what a recorded `crictl pods` and `crictl inspect` of such a node show.
@Suite(.timeLimit(.minutes(3)))
struct UpstreamAdoptionTests {
    private static let uid = "fd3d4d8bd2e1c8d4a1b2c3d4e5f60718"
    /// As its source hands the manifest over here.
    private let wanted = Pod.sample("nginx-k8s-01", uid: "uid-of-ours", hash: "hash-of-ours", containers: ["nginx"])
        .edited(1) { pod in
            pod.metadata.uid = "uid-of-ours"
            pod.metadata.annotations[ConfigAnnotations.hash] = "hash-of-ours"
            pod.spec.containers[0].image = "nginx"
        }

    /// A kubelet that finds upstream's pod.
    /// - Parameter image: what upstream made the container of.
    private func kubelet(image: String = "nginx") async throws -> TestKubelet {
        let kubelet = try TestKubelet(images: ["nginx:latest"])
        let labels = [
            "io.kubernetes.pod.name": "nginx-k8s-01", "io.kubernetes.pod.namespace": "default",
            "io.kubernetes.pod.uid": Self.uid,
        ]
        var sandbox = SandboxConfiguration(
            metadata: SandboxMetadata(name: "nginx-k8s-01", uid: Self.uid, namespace: "default"),
            logDirectory: kubelet.directory.path)
        sandbox.labels = labels.merging(["env": "test"]) { $1 }
        sandbox.annotations = [
            "kubernetes.io/config.hash": Self.uid, "kubernetes.io/config.source": "file",
            "kubernetes.io/config.seen": "2026-11-24T10:00:00.000000000Z",
        ]
        let id = try await kubelet.runtime.runPodSandbox(sandbox)
        var container = ContainerConfiguration(
            name: "nginx", attempt: 2, image: ImageReference("nginx:latest", userSpecified: image),
            logPath: "nginx/2.log")
        container.labels = labels.merging(["io.kubernetes.container.name": "nginx"]) { $1 }
        container.annotations = [
            "io.kubernetes.container.hash": UpstreamContainerHash.hexadecimal(of: .sample("nginx", image: image)),
            "io.kubernetes.container.restartCount": "2",
            "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
            "io.kubernetes.container.terminationMessagePolicy": "File",
            "io.kubernetes.pod.terminationGracePeriod": "30",
        ]
        let made = try await kubelet.runtime.createContainer(container, in: id, sandboxConfiguration: sandbox)
        try await kubelet.runtime.startContainer(made)
        return kubelet
    }

    @Test func thePodGoesOnUnderItsOwnUIDAndHash() async throws {
        let kubelet = try await kubelet()
        let before = kubelet.runtime.state
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForPhase(.running)
            let after = kubelet.runtime.state
            #expect(after.sandboxes == before.sandboxes)
            #expect(after.containers == before.containers)
            let pod = try #require(kubelet.statuses.pods().first)
            #expect(pod.metadata.uid == Self.uid)
            #expect(pod.metadata.annotations[ConfigAnnotations.hash] == Self.uid, "so that even the mirror stays")
            #expect(pod.metadata.annotations[ConfigAnnotations.seen] == "2026-11-24T10:00:00.000000000Z")
            #expect(pod.status.containerStatuses.first?.restartCount == 2)
        }
    }

    @Test func theNextEditChangesWhatItConcerns() async throws {
        let kubelet = try await kubelet()
        let sandboxes = kubelet.runtime.state.sandboxes
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForPhase(.running)
            // Upstream's hash of the container would not tell.
            kubelet.want(wanted.edited { $0.spec.containers[0].args = ["other"] })
            try await kubelet.waitForRun(of: "nginx", attempt: 3)
            #expect(kubelet.runtime.state.sandboxes == sandboxes)
            try await kubelet.waitForStatuses { pods in
                pods.first?.metadata.annotations[ConfigAnnotations.hash] == "hash-2"
            }
        }
    }

    @Test func itStaysSoOverAnotherRestart() async throws {
        let first = try await kubelet()
        let before = first.runtime.state
        try await first.run {
            first.want(wanted)
            try await first.waitForPhase(.running)
        }
        let second = try first.startedAgain()
        try await second.run {
            second.want(wanted)
            try await second.waitForPhase(.running)
            #expect(second.runtime.state.containers == before.containers)
            #expect(second.statuses.pods().first?.metadata.annotations[ConfigAnnotations.hash] == Self.uid)
        }
    }

    @Test func aContainerOfAnotherImageIsMadeAnew() async throws {
        let kubelet = try await kubelet(image: "nginx:1.25")
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForRun(of: "nginx", attempt: 3)
            #expect(kubelet.runtime.state.sandboxes.count == 1)
        }
    }

    @Test func aPodWithoutManifestGetsItsGoodbye() async throws {
        let kubelet = try await kubelet()
        try await kubelet.run {
            kubelet.want()
            try await kubelet.runtime.wait { $0.sandboxes.isEmpty && $0.containers.isEmpty }
            #expect(kubelet.runtime.state.gracePeriods == ["nginx": [30]])
        }
    }
}
