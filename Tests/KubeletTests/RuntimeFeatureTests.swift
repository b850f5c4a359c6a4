import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Fields that only some runtimes know.
@Suite(.timeLimit(.minutes(3)))
struct RuntimeFeatureTests {
    private static func mount(_ mode: RecursiveReadOnlyMode) -> VolumeMount {
        var mount = VolumeMount()
        mount.name = "data"
        mount.mountPath = "/data"
        mount.readOnly = true
        mount.recursiveReadOnly = mode
        return mount
    }

    private static func pod(_ mode: RecursiveReadOnlyMode) -> Pod {
        var pod = Pod.sample()
        pod.spec.volumes = [Volume()]
        pod.spec.volumes[0].name = "data"
        pod.spec.volumes[0].emptyDir = EmptyDirVolumeSource()
        pod.spec.containers[0].volumeMounts = [mount(mode)]
        return pod
    }

    /// Whether the newest container's first mount is asked to be read-only all the way down, and what its status says.
    private static func answer(_ kubelet: TestKubelet) throws -> [String] {
        let container = try #require(kubelet.runtime.state.container(named: "web"))
        let configuration = try #require(kubelet.runtime.state.containerConfigurations[container.id])
        let mount = try #require(configuration.mounts.first)
        let status = try #require(kubelet.statuses.pods().first?.status.containerStatuses.first)
        #expect(mount.containerPath == "/data" && mount.readOnly)
        #expect(status.volumeMounts.map(\.name) == ["data"])
        return ["\(mount.recursiveReadOnly)", status.volumeMounts.first?.recursiveReadOnly?.rawValue ?? ""]
    }

    @Test(arguments: [RecursiveReadOnlyMode.enabled, .ifPossible])
    func aRuntimeThatCanMakesMountsReadOnlyAllTheWayDown(_ mode: RecursiveReadOnlyMode) async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.handlers = [.init(name: "", recursiveReadOnlyMounts: true)] }
        try await kubelet.run {
            kubelet.want(Self.pod(mode))
            try await kubelet.waitForPhase(.running)
            #expect(try Self.answer(kubelet) == ["true", "Enabled"])
        }
    }

    @Test func ifItIsNotPossibleOnlyTheMountItselfIsReadOnly() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(Self.pod(.ifPossible))
            try await kubelet.waitForPhase(.running)
            #expect(try Self.answer(kubelet) == ["false", "Disabled"])
        }
    }

    @Test func aRuntimeThatIsReplacedByAnOlderOneGetsNoContainerItWouldRunUnprotected() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.handlers = [.init(name: "", recursiveReadOnlyMounts: true)] }
        try await kubelet.run {
            kubelet.want(Self.pod(.enabled))
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.update { $0.handlers = [] }
            kubelet.runtime.exit("web", code: 1)
            let message = try await kubelet.waitForReason("CreateContainerConfigError")
            #expect(message.hasPrefix("failed to resolve recursive read-only mode: volume \"data\""))
            #expect(kubelet.runtime.state.containers.count == 1)
        }
    }
}
