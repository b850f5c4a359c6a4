import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// What `kubectl describe` says when a pod doesn't become what it should.
@Suite(.timeLimit(.minutes(3)))
struct PodEventTests {
    @Test func aSandboxThatDiedIsToldBeforeItsSuccessorIsMade() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForRun(attempt: 0)
            #expect(!kubelet.events.reasons.contains("SandboxChanged"))
            try await kubelet.runtime.loseSandbox(ofPod: "web-node")
            try await kubelet.waitForRun(attempt: 1)
            let told = kubelet.events.all.filter { $0.reason == "SandboxChanged" }
            #expect(told.map(\.message) == ["Pod sandbox changed, it will be killed and re-created."])
            #expect(told.allSatisfy { $0.type == .normal && $0.target.fieldPath.isEmpty })
        }
    }

    /// - Parameter condition: how the runtime's network is.
    @Test(arguments: [
        (
            RuntimeStatus.Condition(
                type: "NetworkReady", status: false, reason: "NetworkPluginNotReady", message: "cni is not there"),
            "NetworkReady=false reason:NetworkPluginNotReady message:cni is not there"
        ),
        (RuntimeStatus.Condition(type: "SomethingElse", status: true), "nil"),
    ])
    func noSandboxIsMadeBeforeTheNetworkIsReady(_ condition: RuntimeStatus.Condition, _ words: String) async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.conditions = [condition] }
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.events.wait { $0.contains { $0.reason == "NetworkNotReady" } }
            let told = kubelet.events.all.first { $0.reason == "NetworkNotReady" }
            #expect(told?.message == "network is not ready: container runtime network not ready: \(words)")
            #expect(kubelet.runtime.state.count(of: .runPodSandbox) == 0)
            kubelet.runtime.update { $0.conditions = [.init(type: "NetworkReady", status: true)] }
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.waitForPhase(.running)
        }
    }

    @Test func aPodOnTheHostsNetworkNeedsNoOther() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.conditions = [.init(type: "NetworkReady", status: false)] }
        var pod = Pod.sample()
        pod.spec.hostNetwork = true
        let wanted = pod
        try await kubelet.run {
            kubelet.want(wanted)
            try await kubelet.waitForPhase(.running)
            #expect(!kubelet.events.reasons.contains("NetworkNotReady"))
        }
    }

    /// Each attempt makes a container with another ID: with it in the message no two events would be the same.
    @Test func aMessageNamesTheContainerByItsName() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.hold(.startContainer)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.runtime.wait { $0.container(named: "web") != nil }
            let id = try #require(kubelet.runtime.state.container(named: "web")?.id)
            let detail = "task \(id): exec: \"nosuch\": not found"
            kubelet.runtime.fail(
                .startContainer,
                with: ContainerRuntimeError(.failed, "start container \(id): \(detail)", detail: detail))
            kubelet.runtime.release(.startContainer)
            #expect(try await kubelet.waitForReason("RunContainerError") == "task web: exec: \"nosuch\": not found")
            let failed = kubelet.events.all.filter { $0.reason == "Failed" }
            #expect(failed.map(\.message) == ["Error: task web: exec: \"nosuch\": not found"])
        }
    }

    @Test func anEditedContainerIsToldToBeRestarted() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            kubelet.want(Pod.sample().edited { $0.spec.containers[0].command = ["other"] })
            try await kubelet.waitForRun(attempt: 1)
            let told = kubelet.events.all.filter { $0.reason == "Killing" }
            #expect(told.map(\.message) == ["Container web definition changed, will be restarted"])
        }
    }

    @Test func theRuntimesOwnWordsAreShownWithoutTheCall() async throws {
        let kubelet = try TestKubelet()
        let detail = "failed to reserve its name"
        kubelet.runtime.fail(
            .createContainer,
            with: ContainerRuntimeError(.failed, "create container web in sandbox 0123: \(detail)", detail: detail))
        kubelet.runtime.fail(
            .runPodSandbox,
            with: ContainerRuntimeError(.failed, "run sandbox of pod x: no address", detail: "no address"))
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            #expect(try await kubelet.waitForReason("CreateContainerError") == detail)
            let messages = kubelet.events.all.map(\.message)
            #expect(messages.contains("Failed to create pod sandbox: no address"))
            #expect(messages.contains("Error: \(detail)"))
        }
    }
}
