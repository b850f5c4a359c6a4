import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// What is decided for containers of other versions than the one that is wanted.
struct PodTargetTests {
    private let pod = Pod.sample(containers: ["web", "side"])

    /// A container as this kubelet makes it of a version of the pod.
    private func container(
        _ name: String = "web", of version: Pod? = nil, attempt: UInt32 = 0,
        _ state: RuntimeContainer.State = .running, exitCode: Int32 = 0
    ) -> RuntimeContainer {
        let version = version ?? pod
        var container = RuntimeContainer.sample(name, attempt: attempt, state, exitCode: exitCode)
        let spec = version.spec.containers.first { $0.name == name } ?? .sample(name)
        container.annotations[RuntimeLabels.containerRevision] = PodTarget(version).revision(of: name)?.rawValue
        container.annotations[RuntimeLabels.containerHash] = UpstreamContainerHash.hexadecimal(of: spec)
        container.annotations[RuntimeLabels.containerAmounts] = ContainerAmounts(of: spec, in: PodSpec()).rawValue
        return container
    }

    private func decide(
        _ target: PodTarget, _ containers: RuntimeContainer..., backOff: BackOff = BackOff()
    ) -> PodActions {
        PodActions.decide(
            target, runtime: .sample(of: pod, containers: containers), backOff: backOff,
            now: .testStart.adding(seconds: 20))
    }

    @Test func whatIsAsItShouldBeRunsOn() {
        let actions = decide(PodTarget(pod), container(), container("side"))
        #expect(actions.stops.isEmpty && actions.starts.isEmpty && actions.resizes.isEmpty)
    }

    @Test func onlyTheOutdatedContainerStopsAndItsSuccessorWaits() {
        let edited = pod.edited { $0.spec.containers[0].args = ["other"] }
        let actions = decide(PodTarget(edited), container(), container("side"))
        #expect(actions.stops.map(\.name) == ["web"])
        #expect(!actions.stops[0].holdsUpAll)
        #expect(actions.starts.isEmpty)
        #expect(actions.sandbox == .keep(SandboxID("sandbox-0")))
    }

    @Test func theSuccessorStartsWithoutBackOffAndCounts() {
        let edited = pod.edited { $0.spec.containers[0].args = ["other"] }
        var backOff = BackOff()
        let failure = Timestamp.testStart.adding(seconds: 11)
        backOff.recordAttempt("web", after: failure, now: failure)
        let actions = decide(
            PodTarget(edited), container(of: nil, .exited, exitCode: 1), container("side"), backOff: backOff)
        #expect(actions.starts.map(\.name) == ["web"])
        #expect(actions.starts.map(\.restartCount) == [1])
        #expect(actions.starts[0].lastFailure == nil)
    }

    @Test func anOutdatedContainerThatNeverRanIsRemovedAndCountsForNothing() {
        let edited = pod.edited { $0.spec.containers[0].args = ["other"] }
        let actions = decide(PodTarget(edited), container(of: nil, .created), container("side"))
        #expect(actions.removals == [ContainerID("web-0")])
        #expect(actions.starts.map(\.restartCount) == [0])
        #expect(actions.starts.map(\.created) == [nil])
    }

    @Test func containersThatAreNoLongerThereEndAndAreRemoved() {
        let edited = pod.edited { $0.spec.containers.removeLast() }
        #expect(decide(PodTarget(edited), container(), container("side")).stops.map(\.name) == ["side"])
        let ended = decide(PodTarget(edited), container(), container("side", .exited))
        #expect(ended.stops.isEmpty)
        #expect(ended.removals == [ContainerID("side-0")])
    }

    @Test func otherAmountsAreGivenToTheRunningContainerOnce() {
        let edited = pod.edited { $0.spec.containers[0].resources.requests = ["cpu": "200m"] }
        var target = PodTarget(edited)
        let running = container()
        #expect(decide(target, running, container("side")).resizes == [running.id])
        target.resized[running.id] = ContainerAmounts(of: edited.spec.containers[0], in: edited.spec)
        #expect(decide(target, running, container("side")).resizes.isEmpty)
        var back = PodTarget(pod)
        back.resized = target.resized
        #expect(
            decide(back, running, container("side")).resizes == [running.id], "it does not have what it was made with")
    }

    @Test func doomedContainersAreMadeAnewWhateverTheyAre() {
        let target = PodTarget(pod, doomed: [ContainerID("web-0")])
        #expect(decide(target, container(), container("side")).stops.map(\.name) == ["web"])
        #expect(decide(target, container(of: nil, attempt: 1), container("side")).stops.isEmpty)
    }

    @Test func aCompletedPodThatIsToBeRestartedRunsOnceMore() {
        let once = Pod.sample(containers: ["web"], initContainers: ["setup"], restartPolicy: .never)
        let containers: [RuntimeContainer] = [.sample("setup", .exited), .sample("web", .exited)]
        let state = PodRuntimeState.sample(of: once, sandboxes: [.sample(.notReady, of: once)], containers: containers)
        func decide(_ target: PodTarget) -> PodActions {
            PodActions.decide(target, runtime: state, backOff: BackOff(), now: .testStart.adding(seconds: 20))
        }
        #expect(decide(PodTarget(once)).isCompleted)
        let again = decide(PodTarget(once, doomed: Set(containers.map(\.id))))
        #expect(again.sandbox == .create(attempt: 1))
        #expect(again.starts.map(\.name) == ["setup"])
        #expect(again.starts.map(\.restartCount) == [1])
    }

    // MARK: Upstream's

    @Test func containersOfUpstreamAreKnownByNameAndImage() {
        var found = container()
        found.annotations[RuntimeLabels.containerRevision] = nil
        found.annotations[RuntimeLabels.containerAmounts] = nil
        let other = pod.edited { $0.spec.containers[0].env = [EnvVar()] }
        #expect(!PodTarget(other).isOutdated(found))
        #expect(!PodTarget(other).isToBeResized(found))
        #expect(PodTarget(pod.edited { $0.spec.containers[0].image = "other" }).isOutdated(found))
    }
}
