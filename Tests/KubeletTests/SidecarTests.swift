import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Pods with sidecars, and pods that start over.
@Suite(.timeLimit(.minutes(3)))
struct SidecarTests {
    /// A pod with these sidecars before `web`.
    private func pod(_ sidecars: [String], _ policy: RestartPolicy = .always, change: (inout Pod) -> Void = { _ in })
        -> Pod
    {
        var pod = Pod.sample(initContainers: sidecars, restartPolicy: policy)
        for index in pod.spec.initContainers.indices { pod.spec.initContainers[index].restartPolicy = .always }
        change(&pod)
        return pod
    }

    private func starts(_ kubelet: TestKubelet) -> [String] {
        kubelet.runtime.calls.filter { $0.operation == .startContainer }.map(\.subject)
    }

    @Test func theyStartInTheirOrderAndStopInReverseAfterTheContainers() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
            kubelet.want(pod(["log", "proxy"]))
            try await kubelet.waitForPhase(.running)
            #expect(starts(kubelet) == ["log", "proxy", "web"])
            kubelet.want()
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
            kubelet.clock.advance(by: .seconds(10))
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.waitForStatuses(\.isEmpty)
            let stops = kubelet.runtime.calls.filter { $0.operation == .stopContainer }.map(\.subject)
            #expect(stops == ["web", "proxy", "log"])
            #expect(kubelet.runtime.state.gracePeriods == ["web": [30], "proxy": [20], "log": [20]])
        }
    }

    @Test func theNextWaitsForTheStartupProbe() async throws {
        let kubelet = try TestKubelet()
        kubelet.probes.answer("GET", ProbeOutcome(.failure, "not yet"))
        let probed = pod(["proxy"]) {
            var probe = Probe()
            probe.httpGet = HTTPGetAction()
            probe.httpGet?.port = 80
            (probe.periodSeconds, probe.timeoutSeconds) = (13, 1)
            (probe.successThreshold, probe.failureThreshold) = (1, 30)
            $0.spec.initContainers[0].startupProbe = probe
        }
        try await kubelet.run {
            kubelet.want(probed)
            try await kubelet.probes.wait(for: "GET")
            #expect(starts(kubelet) == ["proxy"])
            kubelet.probes.answer("GET", ProbeOutcome(.success))
            try await kubelet.passPeriod()
            try await kubelet.waitForPhase(.running)
            #expect(starts(kubelet) == ["proxy", "web"])
        }
    }

    @Test func theyRestartWhateverThePodsPolicyAndEndWithTheContainers() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(pod(["proxy"], .never))
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.exit("proxy", code: 1)
            try await kubelet.waitForRun(of: "proxy", attempt: 1)
            #expect(kubelet.runtime.state.container(named: "web")?.attempt == 0)
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.waitForPhase(.succeeded)
            try await kubelet.runtime.wait { $0.container(named: "proxy")?.state == .exited }
            #expect(kubelet.runtime.state.count(of: .startContainer) == 3)
        }
    }

    @Test func anEditRestartsOnlyTheSidecar() async throws {
        let kubelet = try TestKubelet(images: ["busybox:latest", "envoy:latest"])
        let before = pod(["proxy"])
        try await kubelet.run {
            kubelet.want(before)
            try await kubelet.waitForPhase(.running)
            kubelet.want(before.edited { $0.spec.initContainers[0].image = "envoy" })
            try await kubelet.waitForRun(of: "proxy", attempt: 1)
            #expect(kubelet.runtime.state.sandboxes.count == 1)
            #expect(kubelet.runtime.state.container(named: "web")?.attempt == 0)
        }
    }

    private func startingOver() -> Pod {
        pod(["proxy"]) {
            $0.spec.initContainers.append(.sample("setup"))
            $0.spec.containers[0].restartPolicy = .never
            var rule = ContainerRestartRule()
            rule.action = .restartAllContainers
            rule.exitCodes = ContainerRestartRuleOnExitCodes()
            rule.exitCodes?.operator = .isIn
            rule.exitCodes?.values = [42]
            $0.spec.containers[0].restartPolicyRules = [rule]
            $0.spec.initContainers[0].lifecycle = Lifecycle()
            $0.spec.initContainers[0].lifecycle?.preStop = LifecycleHandler()
            $0.spec.initContainers[0].lifecycle?.preStop?.sleep = SleepAction()
            $0.spec.initContainers[0].lifecycle?.preStop?.sleep?.seconds = 20
        }
    }

    @Test func aRuleHasThePodStartOverInItsSandbox() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.exitsAtOnce["setup"] = 0 }
        try await kubelet.run {
            kubelet.want(startingOver())
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.exit("web", code: 42)
            // Without the hook: on this clock its twenty seconds would never pass.
            try await kubelet.waitForRun(of: "web", attempt: 1)
            #expect(starts(kubelet) == ["proxy", "setup", "web", "proxy", "setup", "web"])
            #expect(kubelet.runtime.state.sandboxes.count == 1)
            #expect(kubelet.runtime.state.gracePeriods == ["proxy": [30]])
            try await kubelet.waitForPhase(.running)
        }
    }

    @Test func aRestartOfTheKubeletDoesNotMakeItForget() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { state in
            state.exitsAtOnce["setup"] = 0
            state.stopBehaviors["proxy"] = .hang
        }
        try await kubelet.run {
            kubelet.want(startingOver())
            try await kubelet.waitForPhase(.running)
            kubelet.runtime.exit("web", code: 42)
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
        }
        kubelet.runtime.update { $0.stopBehaviors = [:] }
        kubelet.runtime.exit("proxy", code: 0)
        let next = try kubelet.startedAgain()
        try await next.run {
            next.want(startingOver())
            try await next.waitForRun(of: "web", attempt: 1)
            #expect(starts(next) == ["proxy", "setup", "web", "proxy", "setup", "web"])
        }
    }
}
