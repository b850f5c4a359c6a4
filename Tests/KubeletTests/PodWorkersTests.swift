import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

@Suite(.timeLimit(.minutes(3)))
struct PodWorkersTests {
    @Test func manifestBecomesASandboxWithItsContainer() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            let state = kubelet.runtime.state
            let sandbox = try #require(state.sandbox(ofPod: "web-node"))
            let container = try #require(state.container(named: "web"))
            #expect(container.sandboxID == sandbox.id)
            #expect(container.annotations[RuntimeLabels.containerRestartCount] == "0")
            #expect(container.labels[RuntimeLabels.podUID] == "uid-1")
            #expect(HostFiles.exists(kubelet.paths.checkpoints + "/uid-1.json"))
            #expect(HostFiles.exists(kubelet.paths.etcHosts(PodUID("uid-1"))))
            #expect(kubelet.events.reasons == ["Pulled", "Created", "Started"])
            #expect(kubelet.statuses.pods().first?.status.podIP == sandbox.addresses.first)
            #expect(kubelet.log.problems.isEmpty)
        }
    }

    @Test func initContainersRunOneAfterTheOther() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample(initContainers: ["one", "two"]))
            try await kubelet.waitForRun(of: "one", attempt: 0)
            #expect(kubelet.runtime.state.containers.count == 1)
            kubelet.runtime.exit("one", code: 0)
            try await kubelet.waitForRun(of: "two", attempt: 0)
            #expect(kubelet.runtime.state.container(named: "web") == nil)
            kubelet.runtime.exit("two", code: 0)
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.runtime.state.container(named: "web")?.state == .running)
        }
    }

    @Test func endedContainerIsRestartedAtOnceAndCounted() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForRun(attempt: 0)
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForRun(attempt: 1)
            let container = try #require(kubelet.runtime.state.container(named: "web"))
            #expect(container.annotations[RuntimeLabels.containerRestartCount] == "1")
            try await kubelet.waitForStatuses { $0.first?.status.containerStatuses.first?.restartCount == 1 }
            #expect(kubelet.runtime.state.sandboxes.count == 1)
        }
    }

    @Test func crashLoopIsHeldBackLongerEachTime() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForRun(attempt: 0)
            kubelet.runtime.exit("web", code: 1)
            for (attempt, delay) in [(1, 10), (2, 20), (3, 40)] {
                try await kubelet.waitForRun(attempt: UInt32(attempt))
                kubelet.runtime.exit("web", code: 1)
                let message = try await kubelet.waitForReason("CrashLoopBackOff")
                #expect(message.hasPrefix("back-off \(delay)s restarting failed container=web pod=web-node_default"))
                try await kubelet.clock.waitForSleep(of: .seconds(delay))
                kubelet.clock.advance(by: .seconds(delay) - .milliseconds(1))
                #expect(kubelet.runtime.state.container(named: "web")?.attempt == UInt32(attempt))
                kubelet.clock.advance(by: .milliseconds(1))
            }
            try await kubelet.waitForRun(attempt: 4)
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.events.reasons.count { $0 == "BackOff" } == 3)
        }
    }

    @Test func onlyTheLastEndedContainerIsKept() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForRun(attempt: 0)
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForRun(attempt: 1)
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.runtime.wait { state in
                state.containers.values.map(\.attempt).sorted() == [1, 2]
            }
        }
    }

    @Test func lostSandboxIsReplaced() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForRun(attempt: 0)
            try await kubelet.runtime.loseSandbox(ofPod: "web-node")
            try await kubelet.waitForRun(attempt: 1)
            #expect(kubelet.runtime.state.sandboxes.values.map(\.metadata.attempt).sorted() == [0, 1])
        }
    }

    @Test func finishedPodIsStoppedAndKeptForItsLogs() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample(restartPolicy: .never))
            try await kubelet.waitForRun(attempt: 0)
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.waitForPhase(.succeeded)
            try await kubelet.runtime.wait { $0.sandboxes.values.allSatisfy { $0.state == .notReady } }
            #expect(kubelet.runtime.state.containers.count == 1)
        }
    }

    // MARK: Failures

    @Test func refusedSandboxIsTriedAgainAfterASecond() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.fail(.runPodSandbox)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            #expect(kubelet.events.reasons.contains("FailedCreatePodSandBox"))
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.waitForPhase(.running)
        }
    }

    /// - Parameter reason: what the container waits for.
    @Test(
        arguments: [
            (.createContainer, "CreateContainerError"), (.startContainer, "RunContainerError"),
        ] as [(FakeRuntime.Operation, String)])
    func refusedContainerShowsWhyAndIsTriedAgain(_ operation: FakeRuntime.Operation, reason: String) async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.fail(operation, with: ContainerRuntimeError(.failed, "no space left"))
        try await kubelet.run {
            kubelet.want(.sample())
            let message = try await kubelet.waitForReason(reason)
            #expect(message.contains("no space left"))
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.runtime.state.containers.count == 1)
        }
    }

    /// - Parameter initContainers: the first of these, or else the only container, can't start.
    @Test(arguments: [[], ["one"]])
    func aStartThatFailsForGoodIsThePodsEnd(initContainers: [String]) async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.fail(.startContainer, with: ContainerRuntimeError(.failed, "no such file"))
        try await kubelet.run {
            kubelet.want(.sample(initContainers: initContainers, restartPolicy: .never))
            try await kubelet.waitForPhase(.failed)
            let status = try #require(kubelet.statuses.pods().first?.status)
            let failed = try #require((status.initContainerStatuses + status.containerStatuses).first)
            #expect(failed.state.terminated?.exitCode == 128)
            #expect(failed.state.terminated?.reason == "StartError")
            // Without waiting for anything.
            try await kubelet.runtime.wait { $0.sandboxes.values.allSatisfy { $0.state == .notReady } }
        }
    }

    @Test func containersThatTheRuntimeHasLostAreCountedByTheirLogs() async throws {
        let kubelet = try TestKubelet()
        let logs = kubelet.paths.podLogs(namespace: "default", name: "web-node", uid: PodUID("uid-1")) + "/web"
        try HostFiles.createDirectory(logs)
        for name in ["0.log", "2.log.20260102-150405.gz"] {
            try HostFiles.write([], to: "\(logs)/\(name)", mode: 0o600)
        }
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.statuses.pods().first?.status.containerStatuses.first?.restartCount == 3)
            #expect(kubelet.runtime.state.container(named: "web")?.logPath == "\(logs)/3.log")
        }
    }

    @Test func imageThatCannotBePulledIsTriedAgain() async throws {
        let kubelet = try TestKubelet(images: [])
        kubelet.runtime.fail(.pullImage, with: ContainerRuntimeError(.failed, "no route to host"))
        try await kubelet.run {
            kubelet.want(.sample())
            let message = try await kubelet.waitForReason("ImagePullBackOff")
            #expect(message.contains("no route to host"))
            let events = kubelet.events.all.filter { $0.reason != "BackOff" }
            #expect(
                events.map(\.message) == [
                    "Pulling image \"busybox\"", "Failed to pull image \"busybox\": no route to host",
                    "Error: ErrImagePull", "Error: ImagePullBackOff",
                ])
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.runtime.state.count(of: .pullImage) == 2)
        }
    }

    @Test func runtimeThatIsAwayIsWaitedFor() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.fail(
            .listPodSandboxes, with: ContainerRuntimeError(.unavailable, "nothing answers"), times: 2)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.log.wait { $0.count { $0.message == "cannot list the runtime's pods" } == 2 }
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.waitForPhase(.running)
        }
    }

    @Test func runtimeThatIsAwaySaysNothingOfAnImage() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.fail(.imageStatus, with: ContainerRuntimeError(.unavailable, "nothing answers"))
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot sync the pod") } }
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.waitForPhase(.running)
            #expect(kubelet.events.all.allSatisfy { $0.type == .normal })
        }
    }

    @Test func containerWhoseStartWasCutShortAndCannotBeRepeatedIsMadeAnew() async throws {
        let kubelet = try TestKubelet()
        let away = ContainerRuntimeError(.unavailable, "the runtime was killed")
        kubelet.runtime.fail(.startContainer, with: away)
        kubelet.runtime.fail(.startContainer, with: ContainerRuntimeError(.failed, "the task already exists"))
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.log.wait { $0.contains { $0.message.hasPrefix("cannot") } }
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.waitForRun(attempt: 0)
            #expect(kubelet.runtime.state.count(of: .createContainer) == 2)
            #expect(kubelet.runtime.state.containers.count == 1)
        }
    }

    /// The runtime may go on with the start that a kubelet asked for which died.
    @Test func containerThatIsBeingStartedIsWaitedFor() async throws {
        let kubelet = try TestKubelet()
        let away = ContainerRuntimeError(.unavailable, "the connection broke")
        kubelet.runtime.fail(.startContainer, with: away)
        kubelet.runtime.fail(.startContainer, with: ContainerRuntimeError(.alreadyExists, "it is being started"))
        try await kubelet.run {
            kubelet.want(.sample())
            for (number, seconds) in [(1, 1), (2, 2)] {
                try await kubelet.log.wait { $0.count { $0.message.hasPrefix("cannot sync the pod") } == number }
                try await kubelet.clock.waitForSleep(of: .seconds(seconds))
                kubelet.clock.advance(by: .seconds(seconds))
            }
            try await kubelet.waitForRun(attempt: 0)
            #expect(kubelet.runtime.state.count(of: .createContainer) == 1)
        }
    }

    // MARK: Goodbye

    @Test func removedManifestStopsThePodAndRemovesAllOfIt() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            let logs = kubelet.paths.podLogs(namespace: "default", name: "web-node", uid: PodUID("uid-1"))
            #expect(HostFiles.exists(logs))
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.gracePeriods == ["web": [30]])
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
            #expect(kubelet.runtime.state.containers.isEmpty)
            #expect(!HostFiles.exists(logs))
            #expect(!HostFiles.exists(kubelet.paths.pod(PodUID("uid-1"))))
            #expect(!HostFiles.exists(kubelet.paths.checkpoints + "/uid-1.json"))
            #expect(kubelet.log.problems.isEmpty)
        }
    }

    @Test func podShowsRunningUntilItsContainersHaveEnded() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
            #expect(kubelet.statuses.pods().first?.status.phase == .running)
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.waitForStatuses(\.isEmpty)
        }
    }

    @Test func successorOfTheNameWaitsUntilItsPredecessorIsGone() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            kubelet.want(Pod.sample().edited { $0.spec.hostNetwork = true })
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
            #expect(kubelet.runtime.state.count(of: .runPodSandbox) == 1)
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.waitForStatuses { $0.map(\.metadata.uid) == ["uid-2"] }
            try await kubelet.waitForPhase(.running)
            let calls = kubelet.runtime.calls.map(\.operation)
            let removal = try #require(calls.firstIndex(of: .removePodSandbox))
            let second = try #require(calls.lastIndex(of: .runPodSandbox))
            #expect(removal < second)
        }
    }

    @Test func podWantedAgainWhileItGoesComesBack() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.update { $0.stopBehaviors["web"] = .hang }
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
            kubelet.want(.sample())
            kubelet.runtime.exit("web", code: 0)
            try await kubelet.runtime.wait { $0.count(of: .runPodSandbox) == 2 }
            try await kubelet.waitForPhase(.running)
        }
    }

    @Test func removalCutsAPullShort() async throws {
        let kubelet = try TestKubelet(images: [])
        kubelet.runtime.hold(.pullImage)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.runtime.wait { $0.count(of: .pullImage) == 1 && !$0.sandboxes.isEmpty }
            kubelet.want()
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }

    @Test func refusedStopIsTriedAgain() async throws {
        let kubelet = try TestKubelet()
        kubelet.runtime.fail(.stopPodSandbox)
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            kubelet.want()
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.waitForStatuses(\.isEmpty)
            #expect(kubelet.runtime.state.sandboxes.isEmpty)
        }
    }
}
