import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Images that containers mount as volumes.
@Suite(.timeLimit(.minutes(3)))
struct ImageVolumeTests {
    private static func pod(_ change: (inout VolumeMount) -> Void = { _ in }) -> Pod {
        var pod = Pod.sample(containers: ["web", "side"])
        pod.spec.volumes = [Volume()]
        pod.spec.volumes[0].name = "site"
        pod.spec.volumes[0].image = ImageVolumeSource()
        pod.spec.volumes[0].image?.reference = "registry.test/site:1"
        pod.spec.volumes[0].image?.pullPolicy = .ifNotPresent
        var mount = VolumeMount()
        mount.name = "site"
        mount.mountPath = "/site"
        change(&mount)
        pod.spec.containers[0].volumeMounts = [mount]
        return pod
    }

    private static func kubelet() throws -> TestKubelet {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.version = RuntimeVersion(name: "containerd", version: "v2.1.0", apiVersion: "v1") }
        return kubelet
    }

    private static func mounts(_ kubelet: TestKubelet, of name: String = "web") throws -> [ContainerMount] {
        let container = try #require(kubelet.runtime.state.container(named: name))
        return try #require(kubelet.runtime.state.containerConfigurations[container.id]).mounts
    }

    @Test func theImageIsPulledAndMounted() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForPhase(.running)
            let image = ContainerRuntime.ImageReference(
                "sha256:registry.test/site:1", userSpecified: "registry.test/site:1")
            #expect(
                try Self.mounts(kubelet).first
                    == ContainerMount(containerPath: "/site", hostPath: "", readOnly: true, image: image))
            #expect(try !Self.mounts(kubelet, of: "side").contains { $0.image != nil })
            let pulled = kubelet.events.all.filter { $0.message.contains("registry.test/site:1") }
            #expect(pulled.map(\.reason) == ["Pulling", "Pulled"])
            #expect(
                kubelet.runtime.calls.filter { $0.operation == .pullImage }.map(\.subject) == ["registry.test/site:1"])
        }
    }

    @Test func aPartOfItIsMountedByItsPathInTheImage() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod { $0.subPath = "html/en" })
            try await kubelet.waitForPhase(.running)
            let mount = try #require(try Self.mounts(kubelet).first)
            #expect(mount.imageSubPath == "html/en" && mount.hostPath.isEmpty)
        }
    }

    @Test func aContainerWaitsForAnImageThatCannotBePulledAndOthersDoNot() async throws {
        let kubelet = try Self.kubelet()
        kubelet.runtime.fail(.pullImage, subject: "registry.test/site:1")
        try await kubelet.run {
            kubelet.want(Self.pod())
            let message = try await kubelet.waitForReason("ErrImagePull")
            #expect(message == "the test has it fail")
            try await kubelet.waitForRun(of: "side", attempt: 0)
            #expect(kubelet.runtime.state.container(named: "web") == nil)
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.waitForRun(attempt: 0)
        }
    }

    @Test func anImageThatMayNotBePulledHasToBeThere() async throws {
        var pod = Self.pod()
        pod.spec.volumes[0].image?.pullPolicy = .never
        let wanted = pod
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForReason("ErrImageNeverPull")
        }
    }

    @Test func anOlderRuntimeGetsNoSuchContainer() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.update {
                $0.version = RuntimeVersion(name: "containerd", version: "v2.0.5", apiVersion: "v1")
            }
            kubelet.runtime.exit("web", code: 1)
            let message = try await kubelet.waitForReason("CreateContainerConfigError")
            #expect(message.hasPrefix("the container runtime doesn't know the field for image volumes (volume site)"))
        }
    }

    @Test func theImagesOfANewVersionAreThereBeforeTheOldOneEnds() async throws {
        let kubelet = try Self.kubelet()
        try await kubelet.run {
            kubelet.want(.sample(containers: ["web", "side"]))
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.hold(.pullImage)
            kubelet.want(Self.pod().edited { _ in })
            try await kubelet.runtime.wait { $0.count(of: .pullImage) == 1 }
            #expect(kubelet.runtime.state.container(named: "web")?.state == .running)
            #expect(kubelet.runtime.state.count(of: .stopContainer) == 0)
            kubelet.runtime.release(.pullImage)
            try await kubelet.waitForRun(attempt: 1)
            #expect(try Self.mounts(kubelet).first?.image?.userSpecified == "registry.test/site:1")
            #expect(kubelet.runtime.state.count(of: .pullImage) == 1)
        }
    }
}
