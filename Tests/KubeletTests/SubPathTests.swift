import ContainerRuntime
import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// What containers get of parts of volumes.
@Suite(.timeLimit(.minutes(3)))
struct SubPathTests {
    /// A pod whose container has a variable and mounts an empty directory.
    private func pod(_ change: (inout VolumeMount) -> Void) -> Pod {
        var pod = Pod.sample()
        var volume = Volume()
        volume.name = "data"
        volume.emptyDir = EmptyDirVolumeSource()
        pod.spec.volumes = [volume]
        var name = EnvVar()
        name.name = "WHO"
        name.value = "someone"
        var empty = EnvVar()
        empty.name = "EMPTY"
        pod.spec.containers[0].env = [name, empty]
        var mount = VolumeMount()
        mount.name = "data"
        mount.mountPath = "/whole"
        var part = mount
        part.mountPath = "/part"
        change(&part)
        pod.spec.containers[0].volumeMounts = [mount, part]
        return pod
    }

    @Test func aPartIsWhatTheRuntimeIsGiven() async throws {
        let pod = pod { $0.subPathExpr = "of/$(WHO)/$$(WHO)" }
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForRun(attempt: 0)
            let mounts = try #require(kubelet.runtime.state.containerConfigurations.values.first?.mounts)
            let whole = kubelet.paths.volume(pod.uid, .emptyDir, "data")
            let part = kubelet.paths.subPath(pod.uid, volume: "data", container: "web", mount: 1)
            #expect(mounts.filter { $0.containerPath == "/whole" }.map(\.hostPath) == [whole])
            #expect(mounts.filter { $0.containerPath == "/part" }.map(\.hostPath) == [part])
            #expect(HostFiles.exists(whole + "/of/someone/$(WHO)"))
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(!HostFiles.exists(kubelet.paths.pod(pod.uid)))
        }
    }

    @Test(arguments: [
        ("$(NONE)/$(EMPTY)/$(WHO)", "missing value for EMPTY, NONE"),
        ("$(WHO)/$(DOTS)", "someone/.. is not a path within the volume"),
        ("$(ROOT)", "/etc is not a path within the volume"),
    ])
    func aPathThatCannotBeIsSaid(expression: String, cause: String) async throws {
        var pod = pod { $0.subPathExpr = expression }
        for (name, value) in [("DOTS", ".."), ("ROOT", "/etc")] {
            var variable = EnvVar()
            variable.name = name
            variable.value = value
            pod.spec.containers[0].env.append(variable)
        }
        let kubelet = try TestKubelet()
        let wanted = pod
        try await kubelet.run {
            kubelet.want(wanted)
            let message = try await kubelet.waitForReason("CreateContainerConfigError")
            #expect(message == "cannot prepare subPathExpr \(expression) of volume data: \(cause)")
        }
    }
}
