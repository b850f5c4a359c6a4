import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// A pod's situation and the status it shows, in words.
struct StatusCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var policy: RestartPolicy
    var inits: [String]
    var mains: [String]
    var sandboxes: [RuntimeSandbox]
    var containers: [RuntimeContainer]
    var waiting: [String: WaitingReason]
    /// The phase, then each container.
    var expected: [String]

    init(
        _ description: String, policy: RestartPolicy = .always, inits: [String] = [], mains: [String] = ["web"],
        sandboxes: [RuntimeSandbox] = [.sample()], containers: [RuntimeContainer] = [],
        waiting: [String: WaitingReason] = [:], _ expected: String...
    ) {
        testDescription = description
        self.policy = policy
        self.inits = inits
        self.mains = mains
        self.sandboxes = sandboxes
        self.containers = containers
        self.waiting = waiting
        self.expected = expected
    }

    var shown: [String] {
        let pod = Pod.sample(containers: mains, initContainers: inits, restartPolicy: policy)
        let status = PodStatusBuilder.sample(
            pod, runtime: .sample(of: pod, sandboxes: sandboxes, containers: containers), waiting: waiting
        ).status()
        return [status.phase.rawValue] + (status.initContainerStatuses + status.containerStatuses).map(\.inWords)
    }
}

extension ContainerStatus {
    var inWords: String {
        let last = lastState.inWords.map { ", last \($0)" } ?? ""
        return "\(name) \(state.inWords ?? "nothing")\(last)\(ready ? ", ready" : "")"
            + (restartCount > 0 ? ", restarts \(restartCount)" : "")
    }
}

extension ContainerState {
    fileprivate var inWords: String? {
        if let waiting { return "waits: \(waiting.reason)" }
        if running != nil { return "runs" }
        return terminated.map { "ended \($0.exitCode): \($0.reason)" }
    }
}

extension PodStatusBuilder {
    static func sample(
        _ pod: Pod = .sample(), runtime: PodRuntimeState, previous: PodStatus = PodStatus(),
        waiting: [String: WaitingReason] = [:], now: Timestamp = .testStart.adding(seconds: 60)
    ) -> PodStatusBuilder {
        PodStatusBuilder(
            pod: pod, runtime: runtime, previous: previous, waiting: waiting, hostAddresses: ["192.0.2.10"],
            runtimeName: "containerd", now: now)
    }
}

extension PodStatus {
    func condition(_ type: PodConditionType) -> PodCondition? { conditions.first { $0.type == type } }
}

struct PodStatusBuilderTests {
    private static let crashLoop = WaitingReason("CrashLoopBackOff", "back-off 10s restarting failed container")
    private static let noSuchCommand = WaitingReason("RunContainerError", "no such file")
    private static let failedHook = WaitingReason("PostStartHookError", "it exited with 3")

    static let phases: [StatusCase] = [
        .init("a new pod", sandboxes: [], "Pending", "web waits: ContainerCreating"),
        .init(
            "an image that can't be pulled", waiting: ["web": WaitingReason("ErrImagePull", "no route")], "Pending",
            "web waits: ErrImagePull"),
        .init("made but not started", containers: [.sample(.created)], "Pending", "web waits: ContainerCreating"),
        .init("all run", containers: [.sample()], "Running", "web runs, ready"),
        .init(
            "one of two runs, the other is being made", mains: ["web", "side"], containers: [.sample()], "Pending",
            "web runs, ready", "side waits: ContainerCreating"),
        .init(
            "between a failure and the next start", containers: [.sample(.exited, exitCode: 1)], "Running",
            "web ended 1: Error"),
        .init(
            "held back after a failure", containers: [.sample(.exited, exitCode: 1)], waiting: ["web": crashLoop],
            "Running", "web waits: CrashLoopBackOff, last ended 1: Error"),
        .init(
            "held back after the second failure",
            containers: [.sample(.exited, exitCode: 1), .sample(attempt: 1, .exited, exitCode: 2)],
            waiting: ["web": crashLoop], "Running", "web waits: CrashLoopBackOff, last ended 2: Error, restarts 1"),
        .init(
            "runs again", containers: [.sample(.exited, exitCode: 1), .sample(attempt: 1, .running)], "Running",
            "web runs, last ended 1: Error, ready, restarts 1"),
        .init(
            "runs while an old reason is still noted", containers: [.sample()], waiting: ["web": crashLoop],
            "Running", "web runs, ready"),
        .init(
            "ended well, Never", policy: .never, containers: [.sample(.exited)], "Succeeded",
            "web ended 0: Completed"),
        .init(
            "ended well, OnFailure", policy: .onFailure, containers: [.sample(.exited)], "Succeeded",
            "web ended 0: Completed"),
        .init(
            "failed, Never", policy: .never, containers: [.sample(.exited, exitCode: 3)], "Failed",
            "web ended 3: Error"),
        .init(
            "failed, OnFailure", policy: .onFailure, containers: [.sample(.exited, exitCode: 3)], "Running",
            "web ended 3: Error"),
        .init(
            "one succeeded and one failed, Never", policy: .never, mains: ["web", "side"],
            containers: [.sample(.exited), .sample("side", .exited, exitCode: 1)], "Failed",
            "web ended 0: Completed", "side ended 1: Error"),
        .init(
            "one succeeded and one runs, Never", policy: .never, mains: ["web", "side"],
            containers: [.sample(.exited), .sample("side", .running)], "Running", "web ended 0: Completed",
            "side runs, ready"),
        .init(
            "in an unknown state", containers: [.sample(.unknown)], "Running", "web ended 137: ContainerStatusUnknown"),
        .init(
            "could not start, Always", containers: [.sample(.exited, exitCode: 128)], waiting: ["web": noSuchCommand],
            "Running", "web waits: RunContainerError, last ended 128: Error"),
        .init(
            "could not start, Never", policy: .never, containers: [.sample(.exited, exitCode: 128)],
            waiting: ["web": noSuchCommand], "Failed", "web ended 128: Error"),
        .init(
            "could not be made, Never", policy: .never, waiting: ["web": noSuchCommand], "Pending",
            "web waits: RunContainerError"),
        .init(
            "was stopped for its failed hook, and ended well, OnFailure", policy: .onFailure,
            containers: [.sample(.exited)], waiting: ["web": failedHook], "Succeeded", "web ended 0: Completed"),
        .init(
            "was stopped for its failed hook, OnFailure", policy: .onFailure,
            containers: [.sample(.exited, exitCode: 137)], waiting: ["web": failedHook], "Running",
            "web waits: PostStartHookError, last ended 137: Error"),
        .init(
            "an init container could not start, Never", policy: .never, inits: ["one"],
            containers: [.sample("one", .exited, exitCode: 128)], waiting: ["one": noSuchCommand], "Failed",
            "one ended 128: Error", "web waits: PodInitializing"),
        .init(
            "an init container could not start, Always", inits: ["one"],
            containers: [.sample("one", .exited, exitCode: 128)], waiting: ["one": noSuchCommand], "Pending",
            "one waits: RunContainerError, last ended 128: Error", "web waits: PodInitializing"),
        .init(
            "an init container runs", inits: ["one", "two"], containers: [.sample("one")], "Pending", "one runs",
            "two waits: PodInitializing", "web waits: PodInitializing"),
        .init(
            "all init containers have ended well", inits: ["one"], containers: [.sample("one", .exited)], "Pending",
            "one ended 0: Completed, ready", "web waits: PodInitializing"),
        .init(
            "an init container failed, Never", policy: .never, inits: ["one"],
            containers: [.sample("one", .exited, exitCode: 1)], "Failed", "one ended 1: Error",
            "web waits: PodInitializing"),
        .init(
            "an init container is held back", inits: ["one"], containers: [.sample("one", .exited, exitCode: 1)],
            waiting: ["one": crashLoop], "Pending", "one waits: CrashLoopBackOff, last ended 1: Error",
            "web waits: PodInitializing"),
        .init(
            "init container done, main runs", inits: ["one"], containers: [.sample("one", .exited), .sample()],
            "Running", "one ended 0: Completed, ready", "web runs, ready"),
    ]

    @Test("phase and containers", arguments: phases)
    func showsPhaseAndContainers(_ situation: StatusCase) {
        #expect(situation.shown == situation.expected)
    }

    @Test func runningContainerShowsWhereItCameFrom() throws {
        let status = PodStatusBuilder.sample(runtime: .sample(containers: [.sample()])).status()
        let container = try #require(status.containerStatuses.first)
        #expect(container.containerID == "containerd://web-0")
        #expect(container.image == "busybox")
        #expect(container.imageID == "busybox@sha256:0")
        #expect(container.started == true)
        #expect(container.state.running?.startedAt == .testStart.adding(seconds: 1))
    }

    @Test func endedContainerShowsReasonMessageAndTimes() throws {
        var ended = RuntimeContainer.sample(.exited, exitCode: 137)
        ended.reason = "OOMKilled"
        ended.message = "last words"
        let status = PodStatusBuilder.sample(runtime: .sample(containers: [ended])).status()
        let terminated = try #require(status.containerStatuses.first?.state.terminated)
        #expect(terminated.reason == "OOMKilled")
        #expect(terminated.message == "last words")
        #expect(terminated.exitCode == 137)
        #expect(terminated.startedAt == .testStart.adding(seconds: 1))
        #expect(terminated.finishedAt == .testStart.adding(seconds: 11))
        #expect(terminated.containerID == "containerd://web-0")
    }

    // MARK: Addresses and times

    @Test func podShowsItsSandboxesAddresses() {
        let sandbox = RuntimeSandbox.sample(addresses: ["10.88.0.7", "fd00::7"])
        let status = PodStatusBuilder.sample(runtime: .sample(sandboxes: [sandbox], containers: [.sample()])).status()
        #expect(status.podIP == "10.88.0.7")
        #expect(status.podIPs.map(\.ip) == ["10.88.0.7", "fd00::7"])
        #expect(status.hostIP == "192.0.2.10")
        #expect(status.hostIPs.map(\.ip) == ["192.0.2.10"])
    }

    /// What a pod shows of its sandbox's addresses, where the node has these.
    struct Addresses: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let own: [String]
        let node: [String]
        let shown: [String]
    }

    @Test(arguments: [
        Addresses(testDescription: "one", own: ["10.0.0.2"], node: ["192.0.2.1"], shown: ["10.0.0.2"]),
        Addresses(
            testDescription: "as the node has them", own: ["10.0.0.2", "fd00::2"], node: ["fd00::1", "192.0.2.1"],
            shown: ["fd00::2", "10.0.0.2"]),
        Addresses(
            testDescription: "IPv4 first for want of a node's", own: ["fd00::2", "10.0.0.2"], node: [],
            shown: ["10.0.0.2", "fd00::2"]),
        Addresses(
            testDescription: "one of each family", own: ["10.0.0.2", "10.0.0.3", "fd00::2", "fd00::3"],
            node: ["192.0.2.1"], shown: ["10.0.0.2", "fd00::2"]),
        Addresses(
            testDescription: "of the other family only", own: ["fd00::2"], node: ["192.0.2.1"], shown: ["fd00::2"]),
    ])
    func addressesAreOrderedByTheNodesFamily(_ example: Addresses) {
        #expect(PodAddresses.chosen(from: example.own, onNode: example.node) == example.shown)
    }

    @Test func podOnTheHostsNetworkShowsTheHostsAddress() {
        var pod = Pod.sample()
        pod.spec.hostNetwork = true
        let status = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: [.sample(addresses: [])]))
            .status()
        #expect(status.podIP == "192.0.2.10")
        #expect(status.podIPs.map(\.ip) == ["192.0.2.10"])
    }

    @Test(arguments: [true, false])
    func nothingMadeYetMeansNoAddress(hostNetwork: Bool) {
        var pod = Pod.sample()
        pod.spec.hostNetwork = hostNetwork
        let status = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, sandboxes: [])).status()
        #expect(status.podIP == "")
        #expect(status.podIPs.isEmpty)
    }

    @Test func addressOutlivesTheSandbox() {
        var previous = PodStatus()
        previous.podIP = "10.88.0.2"
        let state = PodRuntimeState.sample(sandboxes: [.sample(.notReady)], containers: [.sample(.exited)])
        #expect(PodStatusBuilder.sample(runtime: state, previous: previous).status().podIP == "10.88.0.2")
    }

    @Test func startTimeIsTheFirstSandboxesAndThenStays() {
        let adopted = PodStatusBuilder.sample(runtime: .sample(sandboxes: [.sample(attempt: 2), .sample(.notReady)]))
            .status()
        #expect(adopted.startTime == .testStart)
        let later = PodStatusBuilder.sample(runtime: .sample(sandboxes: [.sample(attempt: 5)]), previous: adopted)
            .status()
        #expect(later.startTime == .testStart)
        let new = PodStatusBuilder.sample(runtime: .sample(sandboxes: [])).status()
        #expect(new.startTime == .testStart.adding(seconds: 60))
    }

    // MARK: Conditions

    /// - Parameter expected: PodReadyToStartContainers, Initialized, Ready, ContainersReady, PodScheduled.
    @Test(
        arguments: [
            ("new", [], [], ["False", "True", "False", "False", "True"]),
            ("sandbox made", [.sample()], [], ["True", "True", "False", "False", "True"]),
            ("runs", [.sample()], [.sample()], ["True", "True", "True", "True", "True"]),
            ("sandbox lost", [.sample(.notReady)], [.sample(.exited)], ["False", "True", "False", "False", "True"]),
        ] as [(String, [RuntimeSandbox], [RuntimeContainer], [String])])
    func conditionsFollowThePod(
        _ description: String, sandboxes: [RuntimeSandbox], containers: [RuntimeContainer], expected: [String]
    ) {
        let status = PodStatusBuilder.sample(runtime: .sample(sandboxes: sandboxes, containers: containers)).status()
        let order: [PodConditionType] = [
            .podReadyToStartContainers, .initialized, .ready, .containersReady, .podScheduled,
        ]
        #expect(order.map { status.condition($0)?.status.rawValue } == expected)
        #expect(status.conditions.count == order.count)
    }

    @Test func unreadyContainersAreNamed() throws {
        let pod = Pod.sample(containers: ["web", "side"])
        let status = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, containers: [.sample("side")])).status()
        for type in [PodConditionType.ready, .containersReady] {
            let condition = try #require(status.condition(type))
            #expect(condition.reason == "ContainersNotReady")
            #expect(condition.message == "containers with unready status: [web]")
        }
    }

    @Test func incompleteInitContainersAreNamed() throws {
        let pod = Pod.sample(initContainers: ["one", "two"])
        let status = PodStatusBuilder.sample(pod, runtime: .sample(of: pod, containers: [.sample("one", .exited)]))
            .status()
        let condition = try #require(status.condition(.initialized))
        #expect(condition.status == .false)
        #expect(condition.reason == "ContainersNotInitialized")
        #expect(condition.message == "containers with incomplete status: [two]")
    }

    @Test(arguments: [(0, "PodCompleted"), (1, "PodFailed")] as [(Int32, String)])
    func endedPodIsNotReadyForThatReason(exitCode: Int32, reason: String) throws {
        let pod = Pod.sample(restartPolicy: .never)
        let state = PodRuntimeState.sample(of: pod, containers: [.sample(.exited, exitCode: exitCode)])
        let ready = try #require(PodStatusBuilder.sample(pod, runtime: state).status().condition(.ready))
        #expect(ready.status == .false)
        #expect(ready.reason == reason)
    }

    @Test func transitionTimesAreKeptWhileNothingChanges() throws {
        let running = PodRuntimeState.sample(containers: [.sample()])
        let first = PodStatusBuilder.sample(runtime: running, now: .testStart.adding(seconds: 60)).status()
        let second = PodStatusBuilder.sample(runtime: running, previous: first, now: .testStart.adding(seconds: 90))
            .status()
        #expect(second == first)
        let ended = PodRuntimeState.sample(containers: [.sample(.exited, exitCode: 1)])
        let third = PodStatusBuilder.sample(runtime: ended, previous: second, now: .testStart.adding(seconds: 120))
            .status()
        #expect(third.condition(.ready)?.lastTransitionTime == .testStart.adding(seconds: 120))
        #expect(third.condition(.initialized)?.lastTransitionTime == .testStart.adding(seconds: 60))
    }

    @Test func timesHaveNoFraction() {
        let now = Timestamp(seconds: Timestamp.testStart.seconds, nanoseconds: 5)
        let status = PodStatusBuilder.sample(runtime: .sample(sandboxes: []), now: now).status()
        #expect(status.startTime == .testStart)
        #expect(status.conditions.allSatisfy { $0.lastTransitionTime == .testStart })
    }
}
