import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import StructuredData
import TestSupport
import Testing

/// What a pod shows that isn't let in, or is ended before its time.
struct PodEndStatusTests {
    private func pod(_ policy: RestartPolicy = .always, isAssigned: Bool = true, inits: [String] = []) -> Pod {
        var pod = Pod.sample(initContainers: inits, restartPolicy: policy)
        if isAssigned { pod.metadata.annotations[ConfigAnnotations.source] = "api" }
        return pod
    }

    // MARK: Rejected

    @Test(
        arguments: [
            (false, "Pending", "UnknownContainerStatuses"), (true, "Failed", "PodFailed"),
        ] as [(Bool, PodPhase, String)])
    func aRejectedPodIsNeitherReadyNorInitialized(isAssigned: Bool, phase: PodPhase, reason: String) throws {
        let pod = pod(isAssigned: isAssigned, inits: ["one"])
        var builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: []))
        builder.rejection = AdmissionRejection(reason: "NodePorts", message: "the port is taken")
        let status = builder.status()
        #expect(status.phase == phase)
        for type in [PodConditionType.ready, .containersReady] {
            let condition = try #require(status.condition(type))
            #expect(condition.status == .false)
            #expect(condition.reason == reason)
        }
        #expect(status.condition(.initialized)?.status == .false)
        #expect(status.condition(.initialized)?.reason == "UnknownContainerStatuses")
    }

    @Test func aPodForWhichRoomIsBeingMadeHasNotFailed() {
        let pod = pod()
        var builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: []))
        builder.rejection = AdmissionRejection(reason: "OutOfcpu", message: "there is not enough")
        builder.rejection?.isTemporary = true
        #expect(builder.status().phase == .pending)
    }

    // MARK: Ended before its time

    @Test(arguments: [PodEnding.preempted, .deadlineExceeded])
    func anEndIsShownOnceNothingRuns(_ ending: PodEnding) {
        let pod = pod()
        let running = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, containers: [.sample()])).status()
        var builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, containers: [.sample()]), previous: running)
        builder.ending = ending
        let meanwhile = builder.status()
        #expect(meanwhile.phase == .running)
        #expect(meanwhile.reason.isEmpty && meanwhile.message.isEmpty)
        #expect(meanwhile.condition(.ready)?.status == .false)
        #expect(meanwhile.condition(.ready)?.reason == "PodFailed")
        #expect(meanwhile.condition(.disruptionTarget) == nil)

        builder.previous = meanwhile
        builder.runtime = .sample(of: pod, containers: [.sample(.exited, exitCode: 143)])
        builder.now = .testStart.adding(seconds: 90)
        let ended = builder.status()
        #expect(ended.phase == .failed)
        #expect(ended.reason == ending.reason && ended.message == ending.message)
        #expect(ended.condition(.disruptionTarget)?.message == ending.disruption?.message)
        if ending.disruption != nil {
            #expect(ended.condition(.disruptionTarget)?.lastTransitionTime == .testStart.adding(seconds: 90))
        }
    }

    @Test func onePendingStaysSoWhileAnythingOfItMayRun() {
        let pod = pod(.never, inits: ["proxy", "one"])
        var sidecar = pod
        sidecar.spec.initContainers[0].restartPolicy = .always
        var previous = PodStatus()
        previous.phase = .pending
        let failed = RuntimeContainer.sample("one", .exited, exitCode: 1)
        var builder = PodStatusBuilder.sample(
            sidecar, runtime: .sample(of: sidecar, containers: [.sample("proxy", .unknown), failed]),
            previous: previous)
        #expect(builder.status().phase == .pending)
        builder.runtime = .sample(of: sidecar, containers: [.sample("proxy", .exited, exitCode: 137), failed])
        #expect(builder.status().phase == .failed)
    }

    // MARK: Over

    @Test(
        arguments: [
            ("never ran", [], .failed), ("ended well", [.sample(.exited)], .succeeded),
            ("was killed", [.sample(.exited, exitCode: 137)], .failed), ("was made only", [.sample(.created)], .failed),
        ] as [(String, [RuntimeContainer], PodPhase)])
    func itsExitCodesDecideHowADeletedPodEnds(
        _ description: String, _ containers: [RuntimeContainer], phase: PodPhase
    ) {
        let pod = pod()
        var builder = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, sandboxes: [.sample(.notReady)], containers: containers),
            waiting: ["web": WaitingReason("CrashLoopBackOff")])
        builder.isOver = true
        let status = builder.status()
        #expect(status.phase == phase)
        #expect((status.containerStatuses[0].state.terminated == nil) == !containers.contains { $0.state == .exited })
        #expect(status.condition(.ready)?.status == .false)
    }

    @Test func whatHasEndedDoesNotEndAnotherWay() {
        let pod = pod(.never)
        var previous = PodStatus()
        previous.phase = .succeeded
        var builder = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: []), previous: previous)
        builder.isOver = true
        #expect(builder.status().phase == .succeeded)
    }

    // MARK: Last words

    /// 3 containers share 12 KiB.
    @Test(arguments: [("a", 4096), ("ä", 2048), ("€", 1365)] as [(Character, Int)])
    func eachContainerHasItsShareOfLastWords(_ letter: Character, count: Int) {
        let pod = Pod.sample(containers: ["web", "side"], initContainers: ["one"], restartPolicy: .never)
        var ended = RuntimeContainer.sample(.exited)
        ended.message = String(repeating: letter, count: 5000)
        let status = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, containers: [ended])).status()
        let expected = String(repeating: letter, count: count)
        #expect(status.containerStatuses[0].state.terminated?.message == expected)
    }
}
