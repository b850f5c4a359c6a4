import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@Suite struct ProbingTests {
    private func probe(period: Int32 = 10, delay: Int32 = 0, successes: Int32 = 1, failures: Int32 = 3) -> Probe {
        var probe = Probe()
        probe.periodSeconds = period
        probe.initialDelaySeconds = delay
        probe.successThreshold = successes
        probe.failureThreshold = failures
        return probe
    }

    // MARK: Thresholds

    /// `+` a success, `!` one with a warning, `-` a failure, `?` what could not be found out.
    @Test(arguments: [
        ("+", [true]), ("-", [nil]), ("--", [nil, nil]), ("---", [nil, nil, false]),
        ("----", [nil, nil, false, false]),
        ("--+-", [nil, nil, true, nil]), ("--?-", [nil, nil, nil, false]), ("!", [true]),
    ])
    func threeFailuresOrOneSuccess(_ outcomes: String, _ expected: [Bool?]) {
        #expect(verdicts(outcomes, probe()) == expected)
    }

    @Test(arguments: [("++", [nil, true]), ("+-++", [nil, false, nil, true])])
    func twoSuccessesOrOneFailure(_ outcomes: String, _ expected: [Bool?]) {
        #expect(verdicts(outcomes, probe(successes: 2, failures: 1)) == expected)
    }

    private func verdicts(_ outcomes: String, _ probe: Probe) -> [Bool?] {
        var record = ProbeRecord()
        let results: [Character: ProbeOutcome.Result] = ["+": .success, "!": .warning, "-": .failure, "?": .unknown]
        return outcomes.map { record.note(ProbeOutcome(results[$0] ?? .unknown), probe) }
    }

    // MARK: Times

    @Test func aProbeKeepsTheBeatOfItsContainer() {
        let start = Timestamp.testStart
        let schedule = ProbeSchedule(probe(period: 10, delay: 5), startedAt: start)
        func second(_ number: Int64) -> Timestamp { start.adding(seconds: number) }
        #expect(schedule.beginning(now: second(1)) == second(5))
        #expect(schedule.beginning(now: second(17)) == second(17), "who comes late begins at once")
        #expect(schedule.next(after: second(17)) == second(25))
        #expect(schedule.next(after: second(5).adding(.milliseconds(3))) == second(15))
        #expect(schedule.next(after: second(47)) == second(55), "those are left out that one took the time of")
    }

    // MARK: Health

    private func container(_ kinds: ProbeKind...) -> Container {
        var container = Container.sample()
        if kinds.contains(.startup) { container.startupProbe = probe() }
        if kinds.contains(.readiness) { container.readinessProbe = probe() }
        if kinds.contains(.liveness) { container.livenessProbe = probe() }
        return container
    }

    @Test func aContainerWithoutProbesIsStartedAndReady() {
        let health = ContainerHealth(of: container())
        #expect(health.isStarted && health.isReady)
    }

    @Test func othersWaitForTheStartupProbe() {
        let container = container(.startup, .readiness, .liveness)
        var health = ContainerHealth(of: container)
        #expect(!health.isStarted && !health.isReady)
        #expect(ProbeKind.allCases.filter { health.needs($0) } == [.startup])
        health.note(.startup, isSuccess: true, of: container)
        #expect(health.isStarted && !health.isReady)
        #expect(ProbeKind.allCases.filter { health.needs($0) } == [.readiness, .liveness])
        health.note(.readiness, isSuccess: true, of: container)
        #expect(health.isReady)
        health.note(.readiness, isSuccess: false, of: container)
        #expect(!health.isReady && health.failure == nil)
    }

    @Test(arguments: [ProbeKind.startup, .liveness]) func failureForGoodAsksForARestart(_ kind: ProbeKind) {
        let container = container(kind)
        var health = ContainerHealth(of: container)
        health.note(kind, isSuccess: false, of: container)
        #expect(health.failure == kind)
        #expect(!health.needs(kind), "one failure is enough")
    }

    @Test func readinessIsAskedForUntilTheEnd() {
        let container = container(.readiness, .liveness)
        var health = ContainerHealth(of: container)
        health.note(.liveness, isSuccess: false, of: container)
        #expect(ProbeKind.allCases.filter { health.needs($0) } == [.readiness])
    }

    @Test func aStartedContainerIsReadyIfNoProbeSaysOtherwise() {
        let container = container(.startup)
        var health = ContainerHealth(of: container)
        health.note(.startup, isSuccess: true, of: container)
        #expect(health.isReady)
    }

    @Test func whatRanBeforeCountsAsReadyUntilAProbeSaysOtherwise() {
        let container = container(.startup, .readiness)
        var health = ContainerHealth(of: container, isAdopted: true)
        #expect(health.isReady && !health.isStarted)
        health.note(.startup, isSuccess: true, of: container)
        #expect(health.isReady)
        health.note(.readiness, isSuccess: false, of: container)
        #expect(!health.isReady)
    }

    @Test func whatAProbeSaidGoesWithIt() {
        let before = container(.readiness, .liveness)
        var health = ContainerHealth(of: before)
        health.note(.liveness, isSuccess: false, of: before)
        health.forgetMissingProbes(of: container())
        #expect(health.isReady && health.failure == nil)
    }

    // MARK: Decisions

    @Test(arguments: [(RestartPolicy.always, ", will be restarted"), (.never, "")])
    func aFailedContainerIsStopped(_ policy: RestartPolicy, _ end: String) throws {
        var pod = Pod.sample()
        pod.spec.restartPolicy = policy
        pod.spec.containers[0].livenessProbe = probe()
        pod.spec.containers[0].livenessProbe?.terminationGracePeriodSeconds = 3
        let runtime = PodRuntimeState.sample(of: pod, containers: [.sample(.running)])
        let id = try #require(runtime.containers.first?.id)
        var health = ContainerHealth(of: pod.spec.containers[0])
        health.note(.liveness, isSuccess: false, of: pod.spec.containers[0])
        let actions = PodActions.decide(
            PodTarget(pod), runtime: runtime, backOff: BackOff(), health: [id: health], now: .testStart)
        #expect(actions.stops.map(\.message) == ["Container web failed liveness probe" + end])
        #expect(actions.stops.map(\.gracePeriod) == [3])
        #expect(actions.starts.isEmpty)
    }

    @Test func theStatusShowsWhatProbesSay() throws {
        var pod = Pod.sample()
        pod.spec.containers[0].startupProbe = probe()
        let runtime = PodRuntimeState.sample(of: pod, containers: [.sample(.running)])
        let id = try #require(runtime.containers.first?.id)
        var builder = PodStatusBuilder(
            pod: pod, runtime: runtime, previous: PodStatus(), hostAddresses: [], runtimeName: "containerd",
            now: .testStart)
        var status = builder.status()
        #expect(status.containerStatuses.map(\.ready) == [false])
        #expect(status.containerStatuses.map(\.started) == [false])
        #expect(status.phase == .running)
        var health = ContainerHealth(of: pod.spec.containers[0])
        health.note(.startup, isSuccess: true, of: pod.spec.containers[0])
        builder.health = [id: health]
        status = builder.status()
        #expect(status.containerStatuses.map(\.ready) == [true])
        #expect(status.containerStatuses.map(\.started) == [true])
    }
}
