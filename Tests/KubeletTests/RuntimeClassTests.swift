import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// Pods that ask for another of the runtime's handlers.
@Suite(.timeLimit(.minutes(3)))
struct RuntimeClassTests {
    private static func pod(_ change: (inout Pod) -> Void = { _ in }) -> Pod {
        var pod = Pod.sample()
        pod.spec.runtimeClassName = "sandboxed"
        change(&pod)
        return pod
    }

    private static func handlers(_ kubelet: TestKubelet) -> [String] {
        kubelet.runtime.state.sandboxConfigurations.values.map(\.runtimeHandler)
    }

    @Test func aClassIsLookedUpAtTheAPIServer() async throws {
        let api = FakeNodeAPI()
        api.update { $0.runtimeClasses = ["sandboxed": "kata"] }
        let kubelet = try TestKubelet(api: api)
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForRun(attempt: 0)
            #expect(Self.handlers(kubelet) == ["kata"])
        }
    }

    @Test func aPodWaitsForAClassThatIsNotThere() async throws {
        let api = FakeNodeAPI()
        let kubelet = try TestKubelet(api: api)
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.events.wait { $0.contains { $0.reason == "FailedCreatePodSandBox" } }
            let event = kubelet.events.all.first { $0.reason == "FailedCreatePodSandBox" }
            #expect(
                event?.message
                    == "Failed to create pod sandbox: runtimeclass.node.k8s.io \"sandboxed\" not found")
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            api.update { $0.runtimeClasses = ["sandboxed": "kata"] }
            // By then it is settled when it is tried again.
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            kubelet.clock.advance(by: .seconds(15))
            try await kubelet.waitForRun(attempt: 0)
            #expect(Self.handlers(kubelet) == ["kata"])
        }
    }

    @Test func withoutAnAPIServerTheNameIsTheHandlers() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(Self.pod())
            try await kubelet.waitForPhase(.running)
            #expect(Self.handlers(kubelet) == ["sandboxed"])
        }
    }

    @Test func aSandboxKeepsItsHandlerWhateverBecomesOfTheClass() async throws {
        let api = FakeNodeAPI()
        api.update { $0.runtimeClasses = ["sandboxed": "kata"] }
        let kubelet = try TestKubelet(api: api)
        kubelet.runtime.update { $0.handlers = [.init(name: "kata", recursiveReadOnlyMounts: true)] }
        let pod = Self.pod { pod in
            pod.spec.volumes = [Volume()]
            pod.spec.volumes[0].name = "data"
            pod.spec.volumes[0].emptyDir = EmptyDirVolumeSource()
            var mount = VolumeMount()
            mount.name = "data"
            mount.mountPath = "/data"
            mount.readOnly = true
            mount.recursiveReadOnly = .enabled
            pod.spec.containers[0].volumeMounts = [mount]
        }
        try await kubelet.run {
            kubelet.want(pod)
            try await kubelet.waitForRun(attempt: 0)
            api.update { $0.runtimeClasses = [:] }
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForRun(attempt: 1)
            #expect(Self.handlers(kubelet) == ["kata"])
            #expect(
                kubelet.runtime.state.containerConfigurations.values.allSatisfy {
                    $0.mounts.first?.recursiveReadOnly == true
                })
        }
    }

    @Test func whatTheHandlerCannotDoIsSaidOnceItIsKnown() async throws {
        let api = FakeNodeAPI()
        api.update { $0.runtimeClasses = ["sandboxed": "kata"] }
        let kubelet = try TestKubelet(api: api)
        kubelet.runtime.update { $0.handlers = [.init(name: "", userNamespaces: true), .init(name: "kata")] }
        try await kubelet.run {
            kubelet.want(Self.pod { $0.spec.hostUsers = false })
            try await kubelet.events.wait { $0.contains { $0.reason == "FailedCreatePodSandBox" } }
            let event = kubelet.events.all.first { $0.reason == "FailedCreatePodSandBox" }
            #expect(
                event?.message
                    == "Failed to create pod sandbox: can't set `spec.hostUsers: false`, "
                    + "RuntimeClass handler \"kata\" does not support user namespaces")
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }
}
