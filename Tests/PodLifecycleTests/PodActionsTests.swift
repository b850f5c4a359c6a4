import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// A pod's situation and what `PodActions` makes of it, in words.
struct DecisionCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var policy: RestartPolicy = .always
    var inits: [String] = []
    var mains = ["web"]
    var sandboxes: [RuntimeSandbox] = [.sample()]
    var containers: [RuntimeContainer] = []
    /// Containers that were restarted once, 15 seconds after the start of the test.
    var restarted: [String] = []
    /// Seconds after the start of the test.
    var now: Int64 = 20
    var expected: [String]

    init(
        _ description: String, policy: RestartPolicy = .always, inits: [String] = [], mains: [String] = ["web"],
        sandboxes: [RuntimeSandbox] = [.sample()], containers: [RuntimeContainer] = [], restarted: [String] = [],
        now: Int64 = 20, _ expected: String...
    ) {
        testDescription = description
        self.policy = policy
        self.inits = inits
        self.mains = mains
        self.sandboxes = sandboxes
        self.containers = containers
        self.restarted = restarted
        self.now = now
        self.expected = expected
    }

    var decided: [String] {
        let pod = Pod.sample(containers: mains, initContainers: inits, restartPolicy: policy)
        let state = PodRuntimeState.sample(of: pod, sandboxes: sandboxes, containers: containers)
        var backOff = BackOff()
        for name in restarted {
            backOff.recordAttempt(name, after: .testStart, now: .testStart.adding(seconds: 15))
        }
        return PodActions.decide(
            PodTarget(pod), runtime: state, backOff: backOff, now: .testStart.adding(seconds: now)
        ).inWords
    }
}

extension PodActions {
    var inWords: [String] {
        var words: [String] = []
        switch sandbox {
        case .keep(let id): words.append("keep \(id)")
        case .create(let attempt): words.append("create sandbox \(attempt)")
        case .none: words.append("no sandbox")
        }
        words += stops.map { "stop \($0.id)" }
        words += starts.map { start in
            let kind = [.initContainer: "init ", .ephemeralContainer: "ephemeral "][start.kind] ?? ""
            return "start \(kind)\(start.name) \(start.restartCount)" + (start.created.map { " as \($0)" } ?? "")
        }
        words += backingOff.sorted { $0.key < $1.key }.map { name, due in
            "hold \(name) until \(due.since(.testStart).components.seconds)"
        }
        if !startingOver.isEmpty { words.append("start over from \(startingOver.map(\.rawValue).sorted())") }
        return words + (isCompleted ? ["completed"] : [])
    }
}

struct PodActionsTests {
    static let withoutSandbox: [DecisionCase] = [
        .init("a new pod", sandboxes: [], "create sandbox 0", "start web 0"),
        .init(
            "a new pod of two containers", mains: ["web", "side"], sandboxes: [], "create sandbox 0", "start web 0",
            "start side 0"),
        .init(
            "a new pod with init containers", inits: ["one", "two"], sandboxes: [], "create sandbox 0",
            "start init one 0"),
        .init(
            "a container outlived its sandbox", sandboxes: [.sample(.notReady)], containers: [.sample()],
            "create sandbox 1", "stop web-0", "start web 1"),
        .init(
            "a container was lost with its sandbox, Never", policy: .never, sandboxes: [.sample(.notReady)],
            containers: [.sample()], "no sandbox", "stop web-0", "completed"),
        .init(
            "a container was lost with its sandbox, OnFailure", policy: .onFailure, sandboxes: [.sample(.notReady)],
            containers: [.sample()], "create sandbox 1", "stop web-0", "start web 1"),
        .init(
            "a container in an unknown state, without a sandbox", sandboxes: [.sample(.notReady)],
            containers: [.sample(.unknown)], "create sandbox 1", "stop web-0", "start web 1"),
        .init(
            "ended well, Always", sandboxes: [.sample(.notReady)], containers: [.sample(.exited)], "create sandbox 1",
            "start web 1"),
        .init(
            "ended well, OnFailure", policy: .onFailure, sandboxes: [.sample(.notReady)],
            containers: [.sample(.exited)],
            "no sandbox", "completed"),
        .init(
            "failed, OnFailure", policy: .onFailure, sandboxes: [.sample(.notReady)],
            containers: [.sample(.exited, exitCode: 1)], "create sandbox 1", "start web 1"),
        .init(
            "failed, Never", policy: .never, sandboxes: [.sample(.notReady)],
            containers: [.sample(.exited, exitCode: 1)],
            "no sandbox", "completed"),
        .init(
            "one of two ended well, OnFailure", policy: .onFailure, mains: ["web", "side"],
            sandboxes: [.sample(.notReady)],
            containers: [.sample(.exited), .sample("side", .exited, exitCode: 1)], "create sandbox 1",
            "start side 1"),
        .init(
            "all that could start backs off: the sandbox waits too", sandboxes: [.sample(.notReady)],
            containers: [.sample(.exited, exitCode: 1)], restarted: ["web"], "no sandbox", "hold web until 21"),
        .init(
            "one backs off and one starts", mains: ["web", "side"], sandboxes: [.sample(.notReady)],
            containers: [.sample(.exited, exitCode: 1), .sample("side", .exited, exitCode: 1)], restarted: ["web"],
            "create sandbox 1", "start side 1", "hold web until 21"),
        .init(
            "an init container failed, Never", policy: .never, inits: ["one"], sandboxes: [.sample(.notReady)],
            containers: [.sample("one", .exited, exitCode: 1)], "no sandbox", "completed"),
        .init(
            "init containers run again in a new sandbox", inits: ["one", "two"], sandboxes: [.sample(.notReady)],
            containers: [.sample("one", .exited), .sample("two", .exited), .sample(.exited)], "create sandbox 1",
            "start init one 1"),
        .init(
            "a sandbox died before anything ran in it, Never", policy: .never, sandboxes: [.sample(.notReady)],
            "create sandbox 1", "start web 0"),
        .init(
            "a container was made but never started in the dead sandbox", sandboxes: [.sample(.notReady)],
            containers: [.sample(.created)], "create sandbox 1", "start web 1"),
        .init(
            "the newest sandbox counts", sandboxes: [.sample(.notReady), .sample(attempt: 3, .notReady)],
            "create sandbox 4", "start web 0"),
    ]

    static let inSandbox: [DecisionCase] = [
        .init("an empty sandbox", "keep sandbox-0", "start web 0"),
        .init("all run", containers: [.sample()], "keep sandbox-0"),
        .init("ended well, Always", containers: [.sample(.exited)], "keep sandbox-0", "start web 1"),
        .init(
            "ended well, OnFailure", policy: .onFailure, containers: [.sample(.exited)], "keep sandbox-0", "completed"),
        .init("ended well, Never", policy: .never, containers: [.sample(.exited)], "keep sandbox-0", "completed"),
        .init("failed, Always", containers: [.sample(.exited, exitCode: 1)], "keep sandbox-0", "start web 1"),
        .init(
            "failed, OnFailure", policy: .onFailure, containers: [.sample(.exited, exitCode: 1)], "keep sandbox-0",
            "start web 1"),
        .init(
            "failed, Never", policy: .never, containers: [.sample(.exited, exitCode: 1)], "keep sandbox-0", "completed"),
        .init(
            "failed with its back-off running", containers: [.sample(.exited, exitCode: 1)], restarted: ["web"],
            "keep sandbox-0", "hold web until 21"),
        .init(
            "failed with its back-off over", containers: [.sample(.exited, exitCode: 1)], restarted: ["web"], now: 21,
            "keep sandbox-0", "start web 1"),
        .init(
            "the newest of a name counts", containers: [.sample(.exited), .sample(attempt: 4, .exited, exitCode: 1)],
            "keep sandbox-0", "start web 5"),
        .init("made but not started", containers: [.sample(.created)], "keep sandbox-0", "start web 0 as web-0"),
        .init(
            "made but not started after a failure", policy: .never,
            containers: [.sample(.exited, exitCode: 1), .sample(attempt: 1, .created)], "keep sandbox-0",
            "start web 1 as web-1"),
        .init(
            "made but not started, while its back-off runs",
            containers: [.sample(.exited, exitCode: 1), .sample(attempt: 1, .created)], restarted: ["web"],
            "keep sandbox-0", "start web 1 as web-1"),
        .init(
            "in an unknown state", containers: [.sample(.unknown)], "keep sandbox-0", "stop web-0", "start web 1"),
        .init(
            "in an unknown state, Never", policy: .never, containers: [.sample(.unknown)], "keep sandbox-0",
            "stop web-0",
            "start web 1"),
        .init(
            "one runs and one has ended, Never", policy: .never, mains: ["web", "side"],
            containers: [.sample(), .sample("side", .exited)], "keep sandbox-0"),
        .init(
            "one runs and one failed, Always", mains: ["web", "side"],
            containers: [.sample(), .sample("side", .exited, exitCode: 1)], "keep sandbox-0", "start side 1"),
        .init(
            "ended in the sandbox before, Always", sandboxes: [.sample(.notReady), .sample(attempt: 1)],
            containers: [.sample(.exited, exitCode: 137)], "keep sandbox-1", "start web 1"),
    ]

    static let initialization: [DecisionCase] = [
        .init("the first runs", inits: ["one", "two"], containers: [.sample("one")], "keep sandbox-0"),
        .init(
            "the first has ended well", inits: ["one", "two"], containers: [.sample("one", .exited)],
            "keep sandbox-0", "start init two 0"),
        .init(
            "all have ended well", inits: ["one", "two"],
            containers: [.sample("one", .exited), .sample("two", .exited)], "keep sandbox-0", "start web 0"),
        .init(
            "failed, Always", inits: ["one"], containers: [.sample("one", .exited, exitCode: 1)], "keep sandbox-0",
            "start init one 1"),
        .init(
            "failed, OnFailure", policy: .onFailure, inits: ["one"], containers: [.sample("one", .exited, exitCode: 1)],
            "keep sandbox-0", "start init one 1"),
        .init(
            "failed, Never", policy: .never, inits: ["one"], containers: [.sample("one", .exited, exitCode: 1)],
            "keep sandbox-0", "completed"),
        .init(
            "failed with its back-off running", inits: ["one"],
            containers: [.sample("one", .exited, exitCode: 1)], restarted: ["one"], "keep sandbox-0",
            "hold one until 21"),
        .init(
            "made but not started", inits: ["one"], containers: [.sample("one", .created)], "keep sandbox-0",
            "start init one 0 as one-0"),
        .init(
            "in an unknown state", inits: ["one"], containers: [.sample("one", .unknown)], "keep sandbox-0",
            "stop one-0", "start init one 1"),
        .init(
            "removed after the main container began", inits: ["one"], containers: [.sample()], "keep sandbox-0"),
        .init(
            "ended in the sandbox before", inits: ["one"], sandboxes: [.sample(.notReady), .sample(attempt: 1)],
            containers: [.sample("one", .exited), .sample(.exited)], "keep sandbox-1", "start init one 1"),
    ]

    @Test("without a ready sandbox", arguments: withoutSandbox)
    func decidesWithoutSandbox(_ situation: DecisionCase) {
        #expect(situation.decided == situation.expected)
    }

    @Test("in a ready sandbox", arguments: inSandbox)
    func decidesInSandbox(_ situation: DecisionCase) {
        #expect(situation.decided == situation.expected)
    }

    @Test("init containers", arguments: initialization)
    func decidesInitialization(_ situation: DecisionCase) {
        #expect(situation.decided == situation.expected)
    }

    @Test func nextLookIsTheEarliestEndOfABackOff() {
        let pod = Pod.sample(containers: ["web", "side"])
        let state = PodRuntimeState.sample(
            of: pod, containers: [.sample(.exited, exitCode: 1), .sample("side", .exited, exitCode: 1)])
        var backOff = BackOff()
        let now = Timestamp.testStart.adding(seconds: 15)
        backOff.recordAttempt("web", after: .testStart, now: now)
        backOff.recordAttempt("side", after: .testStart, now: now)
        backOff.recordAttempt("side", after: .testStart, now: now)
        let actions = PodActions.decide(PodTarget(pod), runtime: state, backOff: backOff, now: now)
        #expect(actions.backingOff.count == 2)
        #expect(actions.nextLook == .testStart.adding(seconds: 21))
    }

    @Test func restartTellsWhenTheContainerEndedBefore() {
        let state = PodRuntimeState.sample(containers: [.sample(.exited, exitCode: 1)])
        let actions = PodActions.decide(PodTarget(.sample()), runtime: state, backOff: BackOff(), now: .testStart)
        #expect(actions.starts.map(\.lastFailure) == [.testStart.adding(seconds: 11)])
    }

    @Test func startOfAMadeContainerTellsWhenTheOneBeforeEnded() {
        let state = PodRuntimeState.sample(
            containers: [.sample(.exited, exitCode: 1), .sample(attempt: 1, .created)])
        let actions = PodActions.decide(PodTarget(.sample()), runtime: state, backOff: BackOff(), now: .testStart)
        #expect(actions.starts.map(\.lastFailure) == [.testStart.adding(seconds: 11)])
    }
}
