import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Files of the pod's fields while the pod runs and is edited.
@Suite(.timeLimit(.minutes(3)))
struct VolumeRefreshTests {
    private let pod: Pod

    init() {
        var pod = Pod.sample(containers: ["web", "side"])
        pod.metadata.labels = ["app": "one"]
        var labels = DownwardAPIVolumeFile()
        labels.path = "labels"
        labels.fieldRef = ObjectFieldSelector()
        labels.fieldRef?.fieldPath = "metadata.labels"
        var limit = DownwardAPIVolumeFile()
        limit.path = "cpu"
        limit.resourceFieldRef = ResourceFieldSelector()
        limit.resourceFieldRef?.containerName = "web"
        limit.resourceFieldRef?.resource = "limits.cpu"
        var volume = Volume()
        volume.name = "info"
        volume.downwardAPI = DownwardAPIVolumeSource()
        volume.downwardAPI?.items = [labels, limit]
        pod.spec.volumes = [volume]
        var mount = VolumeMount()
        mount.name = "info"
        mount.mountPath = "/etc/info"
        pod.spec.containers[0].volumeMounts = [mount]
        self.pod = pod
    }

    private func folder(_ kubelet: TestKubelet) -> String { kubelet.paths.volume(pod.uid, .downwardAPI, "info") }

    private func labels(_ kubelet: TestKubelet) throws -> String {
        try HostFiles.readText(folder(kubelet) + "/labels")
    }

    /// Starts the pod on a kubelet that runs.
    private func start(_ kubelet: TestKubelet) async throws {
        kubelet.want(pod)
        for name in ["web", "side"] { try await kubelet.waitForRun(of: name, attempt: 0) }
        try await kubelet.waitForPhase(.running)
    }

    @Test func anEditedLabelReachesTheFileAndNoContainer() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            try await start(kubelet)
            #expect(try labels(kubelet) == "app=\"one\"")
            let mount = try #require(
                kubelet.runtime.state.containerConfigurations.values.first { $0.name == "web" }?
                    .mounts.first { $0.containerPath == "/etc/info" })
            #expect(mount.hostPath == folder(kubelet))
            #expect(mount.readOnly)
            let calls = kubelet.runtime.calls.count
            kubelet.want(pod.edited { $0.metadata.labels["app"] = "two" })
            try await kubelet.waitForStatuses { $0.first?.metadata.labels["app"] == "two" }
            #expect(try labels(kubelet) == "app=\"two\"")
            #expect(kubelet.runtime.calls.count == calls)
        }
    }

    @Test func aKubeletThatWasKilledBeforeItWroteTheFileDoesSoAtItsStart() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run { try await start(kubelet) }
        let link = folder(kubelet) + "/..data"
        let folder = try #require(try HostFiles.target(ofLink: link))
        try HostFiles.write(
            Array("app=\"zero\"".utf8), to: "\(HostFiles.parent(of: link))/\(folder)/labels", mode: 0o644)
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want(pod)
            try await next.waitForPhase(.running)
            #expect(try labels(next) == "app=\"one\"")
        }
    }

    @Test func aFileThatCannotBeWrittenHoldsUpNothingAndIsTriedAgain() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            try await start(kubelet)
            let folder = folder(kubelet)
            try HostFiles.removeTree(folder)
            try HostFiles.createFile(folder, mode: 0o600)
            kubelet.want(
                pod.edited {
                    $0.metadata.labels["app"] = "two"
                    $0.spec.containers.removeLast()
                })
            try await kubelet.runtime.wait { $0.containers.values.map(\.name) == ["web"] }
            try await kubelet.log.wait { lines in
                lines.contains { $0.message.hasPrefix("cannot refresh the files of volumes") }
            }
            try HostFiles.remove(folder)
            while !HostFiles.exists(folder + "/labels") {
                kubelet.clock.advance(by: .seconds(1))
                await Task.yield()
            }
            #expect(try labels(kubelet) == "app=\"two\"")
        }
    }
}
