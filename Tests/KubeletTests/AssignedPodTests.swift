import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// Pods that the API server has assigned to the node.
@Suite(.timeLimit(.minutes(3)))
struct AssignedPodTests {
    private let api = FakeNodeAPI()

    /// A pod as the API server has it.
    private func pod(
        _ name: String = "web", uid: String = "uid-1", policy: RestartPolicy = .always,
        change: (inout Pod) -> Void = { _ in }
    ) -> Pod {
        var pod = Pod.sample(name, uid: uid, restartPolicy: policy)
        pod.metadata.annotations = [:]
        pod.spec.nodeName = "node"
        change(&pod)
        return pod
    }

    private func shown(_ name: String = "web") -> Pod? { api.pods[PodFullName(name: name, namespace: "default")] }

    private func wait(for phase: PodPhase) async throws {
        try await wait { $0.phase == phase }
    }

    /// Waits until the pod `web`, beside which mirrors may be, shows what is described.
    private func wait(until condition: @escaping @Sendable (PodStatus) -> Bool) async throws {
        let name = PodFullName(name: "web", namespace: "default")
        try await api.wait { $0.pods[name].map { condition($0.status) } ?? false }
    }

    /// Has the API server note that somebody deletes the pod.
    private func delete(_ pod: Pod, within seconds: Int64) {
        var deleted = shown(pod.metadata.name) ?? pod
        deleted.metadata.deletionTimestamp = .testStart
        deleted.metadata.deletionGracePeriodSeconds = seconds
        api.put(deleted)
    }

    @Test func oneRunsWithItsOwnUIDAndShowsItsStatus() async throws {
        let kubelet = try TestKubelet(api: api)
        let pod = pod()
        api.put(pod)
        try await kubelet.run {
            kubelet.want()
            try await wait(for: .running)
            #expect(kubelet.runtime.state.sandbox(ofPod: "web")?.metadata.uid == "uid-1")
            #expect(shown()?.metadata.annotations.isEmpty == true, "only the status is changed")
            #expect(shown()?.status.podIP == "10.88.0.2")
        }
    }

    @Test func itGoesInTheTimeItIsGivenAndThenFromTheAPIServer() async throws {
        let kubelet = try TestKubelet(api: api)
        let pod = pod()
        api.put(pod)
        try await kubelet.run {
            try await wait(for: .running)
            kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
            delete(pod, within: 12)
            try await kubelet.runtime.wait { $0.gracePeriods["web"] == [12] }
            #expect(shown() != nil)
            delete(pod, within: 20)
            delete(pod, within: 3)
            try await kubelet.runtime.wait { $0.gracePeriods["web"] == [12, 3] }
            kubelet.runtime.exit("web", code: 0)
            try await api.wait { $0.pods.isEmpty }
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            #expect(kubelet.statuses.pods().isEmpty)
        }
    }

    @Test(arguments: [(0, .succeeded), (143, .failed)] as [(Int32, PodPhase)])
    func itsEndIsShownToThoseWhoHoldIt(exitCode: Int32, phase: PodPhase) async throws {
        let kubelet = try TestKubelet(api: api)
        let pod = pod { $0.metadata.finalizers = ["example.com/tracking"] }
        api.put(pod)
        try await kubelet.run {
            try await wait(for: .running)
            kubelet.runtime.update { $0.stopBehaviors["web"] = .exit(code: exitCode) }
            delete(pod, within: 12)
            try await wait(for: phase)
            #expect(shown()?.status.containerStatuses.first?.state.terminated?.exitCode == exitCode)
            #expect(shown()?.status.conditions.first { $0.type == .ready }?.status == .false)
            try await api.wait { $0.pods[pod.fullName]?.metadata.deletionGracePeriodSeconds == 0 }
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }

    @Test func oneThatNeverRanHasFailedWhenItGoes() async throws {
        let kubelet = try TestKubelet(images: [], api: api)
        kubelet.runtime.hold(.pullImage)
        let pod = pod { $0.metadata.finalizers = ["example.com/tracking"] }
        api.put(pod)
        try await kubelet.run {
            try await wait(for: .pending)
            try await kubelet.runtime.wait { $0.count(of: .pullImage) == 1 && !$0.sandboxes.isEmpty }
            delete(pod, within: 12)
            try await wait(for: .failed)
            try await api.wait { $0.pods[pod.fullName]?.metadata.deletionGracePeriodSeconds == 0 }
        }
    }

    @Test func oneIsNotRemovedBeforeItsEndIsShown() async throws {
        let kubelet = try TestKubelet(api: api)
        let pod = pod()
        api.put(pod)
        try await kubelet.run {
            try await wait(for: .running)
            api.update { $0.refusals[pod.fullName] = NodeAPIError(.conflict, "somebody else was first") }
            delete(pod, within: 12)
            try await kubelet.runtime.wait { $0.sandboxes.isEmpty }
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            #expect(shown() != nil)
            api.update { $0.refusals = [:] }
            kubelet.clock.advance(by: .seconds(1))
            try await api.wait { $0.pods.isEmpty }
        }
    }

    @Test func anEndBeforeItsTimeIsShownWhenNothingRuns() async throws {
        let kubelet = try TestKubelet(api: api)
        api.put(pod { $0.spec.containers[0].resources.requests = ["cpu": "3"] })
        try await kubelet.run {
            try await wait(for: .running)
            kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
            var critical = Pod.sample("critical-node", uid: "uid-9", containers: ["main"])
            critical.spec.containers[0].resources.requests = ["cpu": "2"]
            kubelet.want(critical)
            try await wait { $0.conditions.contains { $0.type == .ready && $0.reason == "PodFailed" } }
            #expect(shown()?.status.phase == .running)
            #expect(shown()?.status.conditions.contains { $0.type == .disruptionTarget } == false)
            #expect(kubelet.statuses.assignedPods().isEmpty, "it isn't to be evicted too")
            kubelet.runtime.exit("web", code: 0)
            try await wait(for: .failed)
            #expect(shown()?.status.reason == "Preempting")
            #expect(shown()?.status.conditions.contains { $0.type == .disruptionTarget } == true)
        }
    }

    @Test func aHookRunsOnceHoweverOftenTheTimeIsShortened() async throws {
        let kubelet = try TestKubelet(api: api)
        let pod = pod {
            $0.spec.containers[0].lifecycle = Lifecycle()
            $0.spec.containers[0].lifecycle?.preStop = LifecycleHandler()
            $0.spec.containers[0].lifecycle?.preStop?.exec = ExecAction()
            $0.spec.containers[0].lifecycle?.preStop?.exec?.command = ["bye"]
        }
        api.put(pod)
        try await kubelet.run {
            try await wait(for: .running)
            kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
            delete(pod, within: 30)
            try await kubelet.runtime.wait { $0.gracePeriods["web"]?.count == 1 }
            delete(pod, within: 4)
            try await kubelet.runtime.wait { $0.gracePeriods["web"]?.last == 4 }
            #expect(kubelet.runtime.state.count(of: .execSync) == 1)
            kubelet.runtime.exit("web", code: 0)
            try await api.wait { $0.pods.isEmpty }
        }
    }

    @Test func oneThatWasDeletedWhileTheKubeletWasAwayGoes() async throws {
        let first = try TestKubelet(api: api)
        let pod = pod()
        api.put(pod)
        try await first.run { try await wait(for: .running) }
        delete(pod, within: 7)
        let next = try first.startedAgain()
        try await next.run {
            try await api.wait { $0.pods.isEmpty }
            #expect(next.runtime.state.gracePeriods["web"] == [7])
        }
    }

    @Test func oneThatIsGoneFromTheAPIServerGoesOnceThatIsKnown() async throws {
        let first = try TestKubelet(api: api)
        let pod = pod()
        api.put(pod)
        try await first.run { try await wait(for: .running) }
        api.remove(pod.fullName)
        // Nobody tells a kubelet without API server what became of it.
        let standalone = try TestKubelet(clock: first.clock, runtime: first.runtime, directory: first.directory)
        try await standalone.run {
            standalone.want(.sample("other-node", uid: "uid-9"))
            try await standalone.waitForPhase(.running)
            #expect(standalone.runtime.state.sandbox(ofPod: "web")?.state == .ready)
        }
        let next = try first.startedAgain()
        try await next.run {
            next.want(.sample("other-node", uid: "uid-9"))
            try await next.runtime.wait { $0.sandbox(ofPod: "web") == nil }
            #expect(next.runtime.state.sandbox(ofPod: "other-node")?.state == .ready)
        }
    }

    @Test func anotherOfItsNameBeginsWhenItIsGone() async throws {
        let kubelet = try TestKubelet(api: api)
        api.put(pod())
        try await kubelet.run {
            try await wait(for: .running)
            api.put(pod(uid: "uid-2"))
            try await kubelet.runtime.wait { $0.sandbox(ofPod: "web")?.metadata.uid == "uid-2" }
            #expect(kubelet.runtime.state.sandboxes.count == 1)
        }
    }

    @Test func whatHasEndedIsNotStartedAgain() async throws {
        let first = try TestKubelet(api: api)
        api.put(pod(policy: .never))
        try await first.run {
            try await wait(for: .running)
            first.runtime.exit("web", code: 3)
            try await wait(for: .failed)
            try await first.runtime.wait { $0.sandbox(ofPod: "web")?.state == .notReady }
        }
        // Even if the runtime has forgotten all of it.
        first.runtime.update { state in
            state.sandboxes = [:]
            state.containers = [:]
        }
        let next = try first.startedAgain()
        try await next.run {
            next.want(.sample("other-node", uid: "uid-9"))
            try await next.waitForRun(attempt: 0)
            // The keeper is the one who waits for statuses here.
            while next.statuses.pods().first(where: { $0.metadata.name == "web" }) == nil { await Task.yield() }
            #expect(next.statuses.pods().first { $0.metadata.name == "web" }?.status.phase == .failed)
            #expect(next.runtime.state.sandbox(ofPod: "web") == nil)
            #expect(shown()?.status.phase == .failed)
        }
    }

    @Test func oneThereIsNoRoomForFails() async throws {
        let kubelet = try TestKubelet(api: api)
        api.put(pod { $0.spec.containers[0].resources.requests = ["cpu": "5"] })
        try await kubelet.run {
            try await wait(for: .failed)
            #expect(shown()?.status.reason == "OutOfcpu")
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }

    @Test func oneThatNeedsWhatThereIsNotFails() async throws {
        let kubelet = try TestKubelet(api: api)
        api.put(
            pod { pod in
                pod.spec.serviceAccountName = "default"
                pod.spec.containers[0].envFrom = [EnvFromSource()]
                pod.spec.containers[0].envFrom[0].secretRef = SecretEnvSource()
            })
        try await kubelet.run {
            try await wait(for: .failed)
            #expect(shown()?.status.reason == "PodFeatureUnsupported")
            #expect(
                shown()?.status.message
                    == "Pod was rejected: spec.containers[0].envFrom[0].secretRef: "
                    + "not supported by this version of swiftlet")
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }

    @Test func oneMakesWayForAStaticPod() async throws {
        let kubelet = try TestKubelet(api: api)
        api.put(pod { $0.spec.containers[0].resources.requests = ["cpu": "3"] })
        try await kubelet.run {
            try await wait(for: .running)
            var critical = Pod.sample("critical-node", uid: "uid-9", containers: ["main"])
            critical.spec.containers[0].resources.requests = ["cpu": "2"]
            kubelet.want(critical)
            try await wait(for: .failed)
            #expect(shown()?.status.reason == "Preempting")
            #expect(shown()?.status.conditions.first { $0.type == .disruptionTarget }?.reason == "TerminationByKubelet")
            try await kubelet.waitForRun(of: "main", attempt: 0)
            #expect(kubelet.runtime.state.container(named: "web")?.state == .exited)
        }
    }

    @Test func anEphemeralContainerJoinsThePod() async throws {
        let kubelet = try TestKubelet(api: api)
        api.put(pod())
        try await kubelet.run {
            try await wait(for: .running)
            api.put(
                pod { pod in
                    var debug = EphemeralContainer()
                    debug.common = .sample("debug")
                    pod.spec.ephemeralContainers = [debug]
                })
            try await kubelet.waitForRun(of: "debug", attempt: 0)
            try await wait { $0.ephemeralContainerStatuses.first?.state.running != nil }
            kubelet.runtime.exit("debug", code: 1)
            try await wait { $0.ephemeralContainerStatuses.first?.state.terminated?.exitCode == 1 }
            #expect(kubelet.runtime.state.container(named: "web")?.attempt == 0)
            #expect(shown()?.status.phase == .running)
            #expect(shown()?.status.ephemeralContainerStatuses.first?.started == nil, "nobody probes it")
        }
    }

    @Test func readinessWaitsForWhatOthersSay() async throws {
        let kubelet = try TestKubelet(api: api)
        let gated = pod {
            $0.spec.readinessGates = [PodReadinessGate()]
            $0.spec.readinessGates[0].conditionType = "example.com/ok"
        }
        api.put(gated)
        try await kubelet.run {
            try await wait(for: .running)
            let ready = shown()?.status.conditions.first { $0.type == .ready }
            #expect(ready?.reason == "ReadinessGatesNotReady")
            #expect(
                ready?.message
                    == "corresponding condition of pod readiness gate \"example.com/ok\" does not exist.")
            var told = try #require(shown())
            var condition = PodCondition()
            condition.type = "example.com/ok"
            condition.status = .true
            told.status.conditions.append(condition)
            api.put(told)
            try await wait { $0.conditions.first { $0.type == .ready }?.status == .true }
            #expect(shown()?.status.conditions.contains(condition) == true, "what others said stays")
        }
    }

    @Test func onesStatusIsTriedAgain() async throws {
        let kubelet = try TestKubelet(api: api)
        let pod = pod()
        api.update { $0.refusals[pod.fullName] = NodeAPIError(.conflict, "somebody else was first") }
        api.put(pod)
        try await kubelet.run {
            try await kubelet.waitForRun(attempt: 0)
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            api.update { $0.refusals = [:] }
            kubelet.clock.advance(by: .seconds(1))
            try await wait(for: .running)
            #expect(kubelet.log.problems.isEmpty, "it happens whenever somebody else changes a pod")
        }
    }
}
