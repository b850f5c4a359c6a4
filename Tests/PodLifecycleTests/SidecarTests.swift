import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// The situation of a pod with a sidecar `proxy`, the init container `setup` after it, and `web`.
struct SidecarCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var policy: RestartPolicy
    var sandboxes: [RuntimeSandbox]
    var containers: [RuntimeContainer]
    /// What probes say of the sidecar.
    var health: ContainerHealth?
    var restarted: [String]
    /// Containers from before the pod had to start over.
    var startedOver: [String]
    var change: @Sendable (inout Pod) -> Void
    var expected: [String]

    init(
        _ description: String, policy: RestartPolicy = .always, sandboxes: [RuntimeSandbox] = [.sample()],
        _ containers: [RuntimeContainer] = [], health: ContainerHealth? = nil, restarted: [String] = [],
        startedOver: [String] = [], change: @escaping @Sendable (inout Pod) -> Void = { _ in },
        _ expected: String...
    ) {
        testDescription = description
        self.policy = policy
        self.sandboxes = sandboxes
        self.containers = containers
        self.health = health
        self.restarted = restarted
        self.startedOver = startedOver
        self.change = change
        self.expected = expected
    }

    var pod: Pod {
        var pod = Pod.sample(initContainers: ["proxy", "setup"], restartPolicy: policy)
        pod.spec.initContainers[0].restartPolicy = .always
        change(&pod)
        return pod
    }

    var decided: [String] {
        let pod = pod
        let state = PodRuntimeState.sample(of: pod, sandboxes: sandboxes, containers: containers)
        var backOff = BackOff()
        for name in restarted {
            backOff.recordAttempt(name, after: .testStart, now: .testStart.adding(seconds: 15))
        }
        return PodActions.decide(
            PodTarget(pod, startedOver: Set(startedOver.map { ContainerID($0) })), runtime: state, backOff: backOff,
            health: health.map { [ContainerID("proxy-0"): $0] } ?? [:], now: .testStart.adding(seconds: 20)
        ).inWords
    }
}

struct SidecarTests {
    private static let probed: @Sendable (inout Pod) -> Void = { $0.spec.initContainers[0].startupProbe = Probe() }

    private static func health(_ kind: ProbeKind? = nil, isSuccess: Bool = true) -> ContainerHealth {
        var container = Container.sample("proxy")
        container.startupProbe = Probe()
        var health = ContainerHealth(of: container)
        if let kind { health.note(kind, isSuccess: isSuccess, of: container) }
        return health
    }

    static let starting: [SidecarCase] = [
        .init("a new pod", sandboxes: [], [], "create sandbox 0", "start init proxy 0"),
        .init("nothing has begun", [], "keep sandbox-0", "start init proxy 0"),
        .init("it runs", [.sample("proxy")], "keep sandbox-0", "start init setup 0"),
        .init(
            "it runs, and its startup probe hasn't succeeded", [.sample("proxy")], health: health(), change: probed,
            "keep sandbox-0"),
        .init(
            "its startup probe succeeded", [.sample("proxy")], health: health(.startup), change: probed,
            "keep sandbox-0", "start init setup 0"),
        .init(
            "its startup probe failed", [.sample("proxy")], health: health(.startup, isSuccess: false), change: probed,
            "keep sandbox-0", "stop proxy-0"),
        .init("it ended", [.sample("proxy", .exited)], "keep sandbox-0", "start init proxy 1"),
        .init(
            "it ended, Never", policy: .never, [.sample("proxy", .exited, exitCode: 1)], "keep sandbox-0",
            "start init proxy 1"),
        .init(
            "it keeps failing", [.sample("proxy", .exited, exitCode: 1)], restarted: ["proxy"], "keep sandbox-0",
            "hold proxy until 21"),
        .init("the next runs", [.sample("proxy"), .sample("setup")], "keep sandbox-0"),
        .init(
            "it ended while the next runs", [.sample("proxy", .exited), .sample("setup")], "keep sandbox-0",
            "start init proxy 1"),
        .init(
            "the next has ended well", [.sample("proxy"), .sample("setup", .exited)], "keep sandbox-0", "start web 0"),
        .init(
            "it ended, and the next has ended well", [.sample("proxy", .exited), .sample("setup", .exited)],
            "keep sandbox-0", "start init proxy 1", "start web 0"),
        .init(
            "the next failed, Never", policy: .never, [.sample("proxy"), .sample("setup", .exited, exitCode: 1)],
            "keep sandbox-0", "completed"),
        .init(
            "it is the last of the init containers", [.sample("proxy")],
            change: { $0.spec.initContainers.removeLast() }, "keep sandbox-0", "start web 0"),
        .init(
            "the sandbox died", sandboxes: [.sample(.notReady)],
            [.sample("proxy", .exited), .sample("setup", .exited), .sample(.exited)], "create sandbox 1",
            "start init proxy 1"),
    ]

    static let keeping: [SidecarCase] = [
        .init("all run", [.sample("proxy"), .sample("setup", .exited), .sample()], "keep sandbox-0"),
        .init(
            "it ended", [.sample("proxy", .exited), .sample("setup", .exited), .sample()], "keep sandbox-0",
            "start init proxy 1"),
        .init(
            "somebody removed it and the init container", [.sample()], "keep sandbox-0", "start init proxy 0"),
        .init(
            "its liveness probe failed", [.sample("proxy"), .sample("setup", .exited), .sample()],
            health: health(.liveness, isSuccess: false), "keep sandbox-0", "stop proxy-0"),
        .init(
            "the container ended, Always", [.sample("proxy"), .sample("setup", .exited), .sample(.exited)],
            "keep sandbox-0", "start web 1"),
        .init(
            "the container ended, Never", policy: .never,
            [.sample("proxy"), .sample("setup", .exited), .sample(.exited)], "keep sandbox-0", "completed"),
        .init(
            "both ended, Never", policy: .never,
            [.sample("proxy", .exited), .sample("setup", .exited), .sample(.exited)], "keep sandbox-0", "completed"),
        .init(
            "the container is held back, OnFailure", policy: .onFailure,
            [.sample("proxy"), .sample("setup", .exited), .sample(.exited, exitCode: 1)], restarted: ["web"],
            "keep sandbox-0", "hold web until 21"),
        .init(
            "one that the pod no longer has",
            [.sample("proxy"), .sample("setup", .exited), .sample()],
            change: { $0.spec.initContainers.removeFirst() }, "keep sandbox-0", "stop proxy-0"),
    ]

    private static let startsOver: @Sendable (inout Pod) -> Void = {
        $0.spec.containers[0].restartPolicy = .never
        $0.spec.containers[0].restartPolicyRules = [.rule(.restartAllContainers, .isIn, 42)]
    }

    static let startingOver: [SidecarCase] = [
        .init(
            "a rule has the pod start over",
            [.sample("proxy"), .sample("setup", .exited), .sample(.exited, exitCode: 42)],
            change: startsOver, "keep sandbox-0", "start over from [\"proxy-0\", \"setup-0\", \"web-0\"]"),
        .init(
            "another code doesn't", [.sample("proxy"), .sample("setup", .exited), .sample(.exited, exitCode: 41)],
            change: startsOver, "keep sandbox-0", "completed"),
        .init(
            "what still runs ends first",
            [.sample("proxy"), .sample("setup", .exited), .sample(.exited, exitCode: 42)],
            startedOver: ["proxy-0", "setup-0", "web-0"], change: startsOver, "keep sandbox-0", "stop proxy-0"),
        .init(
            "all have ended", [.sample("proxy", .exited), .sample("setup", .exited), .sample(.exited, exitCode: 42)],
            startedOver: ["proxy-0", "setup-0", "web-0"], change: startsOver, "keep sandbox-0", "start init proxy 1"),
        .init(
            "it starts over again and again",
            [.sample("proxy", .exited), .sample("setup", .exited), .sample(.exited, exitCode: 42)],
            restarted: ["proxy"], startedOver: ["proxy-0", "setup-0", "web-0"], change: startsOver, "keep sandbox-0",
            "hold proxy until 21"),
        .init(
            "the sidecar runs again",
            [
                .sample("proxy", .exited), .sample("proxy", attempt: 1), .sample("setup", .exited),
                .sample(.exited, exitCode: 42),
            ],
            startedOver: ["proxy-0", "setup-0", "web-0"], change: startsOver, "keep sandbox-0", "start init setup 1"),
        .init(
            "the init container has run again",
            [
                .sample("proxy", attempt: 1), .sample("setup", .exited), .sample("setup", attempt: 1, .exited),
                .sample(.exited, exitCode: 42),
            ],
            startedOver: ["proxy-0", "setup-0", "web-0"], change: startsOver, "keep sandbox-0", "start web 1"),
        .init(
            "the container fails again that way",
            [
                .sample("proxy", attempt: 1), .sample("setup", attempt: 1, .exited),
                .sample(attempt: 1, .exited, exitCode: 42),
            ],
            startedOver: ["proxy-0", "setup-0", "web-0"], change: startsOver, "keep sandbox-0",
            "start over from [\"proxy-1\", \"setup-1\", \"web-1\"]"),
    ]

    static let ephemeral: [SidecarCase] = [
        .init(
            "an ephemeral container is added", [.sample("proxy"), .sample("setup", .exited), .sample()],
            change: debugged, "keep sandbox-0", "start ephemeral debug 0"),
        .init(
            "it comes before init containers have ended", [.sample("proxy"), .sample("setup")], change: debugged,
            "keep sandbox-0", "start ephemeral debug 0"),
        .init(
            "it was made and never started", [.sample("proxy"), .sample("setup"), .sample("debug", .created)],
            change: debugged, "keep sandbox-0", "start ephemeral debug 0 as debug-0"),
        .init(
            "it ended, and runs once only",
            [.sample("proxy"), .sample("setup", .exited), .sample(), .sample("debug", .exited, exitCode: 1)],
            change: debugged, "keep sandbox-0"),
        .init(
            "it doesn't keep the pod alive", policy: .never,
            [.sample("proxy"), .sample("setup", .exited), .sample(.exited), .sample("debug")], change: debugged,
            "keep sandbox-0", "completed"),
    ]

    private static let debugged: @Sendable (inout Pod) -> Void = { pod in
        var container = EphemeralContainer()
        container.common = .sample("debug")
        pod.spec.ephemeralContainers = [container]
    }

    @Test(arguments: starting) func sidecarsStartInTheirOrder(_ situation: SidecarCase) {
        #expect(situation.decided == situation.expected)
    }

    @Test(arguments: keeping) func sidecarsRunBesideTheContainers(_ situation: SidecarCase) {
        #expect(situation.decided == situation.expected)
    }

    @Test(arguments: startingOver) func aPodStartsOver(_ situation: SidecarCase) {
        #expect(situation.decided == situation.expected)
    }

    @Test(arguments: ephemeral) func ephemeralContainersRunOnce(_ situation: SidecarCase) {
        #expect(situation.decided == situation.expected)
    }
}
