import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// A container's end, and what follows from it.
struct EndCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let pod: RestartPolicy
    let own: ContainerRestartPolicy?
    let rules: [ContainerRestartRule]
    let code: Int32
    let expected: Bool

    init(
        _ description: String, pod: RestartPolicy = .always, own: ContainerRestartPolicy? = nil,
        rules: [ContainerRestartRule] = [], code: Int32 = 1, restarts expected: Bool
    ) {
        testDescription = description
        self.pod = pod
        self.own = own
        self.rules = rules
        self.code = code
        self.expected = expected
    }

    var container: Container {
        var container = Container.sample()
        container.restartPolicy = own
        container.restartPolicyRules = rules
        return container
    }
}

extension ContainerRestartRule {
    static func rule(
        _ action: ContainerRestartRuleAction = .restart, _ comparison: ContainerRestartRuleOperator = .isIn,
        _ codes: Int32...
    ) -> ContainerRestartRule {
        var rule = ContainerRestartRule()
        rule.action = action
        rule.exitCodes = ContainerRestartRuleOnExitCodes()
        rule.exitCodes?.operator = comparison
        rule.exitCodes?.values = codes
        return rule
    }
}

struct RestartPolicyTests {
    static let cases: [EndCase] = [
        EndCase("failed, Always", restarts: true),
        EndCase("ended well, Always", code: 0, restarts: true),
        EndCase("ended well, OnFailure", pod: .onFailure, code: 0, restarts: false),
        EndCase("failed, OnFailure", pod: .onFailure, restarts: true),
        EndCase("failed, Never", pod: .never, restarts: false),
        EndCase("its own policy counts, not its pod's: Never", own: .never, restarts: false),
        EndCase("its own policy counts, not its pod's: OnFailure", pod: .never, own: .onFailure, restarts: true),
        EndCase("its own policy counts, not its pod's: Always", pod: .never, own: .always, code: 0, restarts: true),
        EndCase("a rule fits", own: .never, rules: [.rule(.restart, .isIn, 42)], code: 42, restarts: true),
        EndCase("a rule does not fit", own: .never, rules: [.rule(.restart, .isIn, 42)], code: 41, restarts: false),
        EndCase("a rule excludes the code", own: .never, rules: [.rule(.restart, .notIn, 1)], restarts: false),
        EndCase("a rule excludes another", own: .never, rules: [.rule(.restart, .notIn, 1)], code: 2, restarts: true),
        EndCase(
            "the second rule fits", own: .never, rules: [.rule(.restart, .isIn, 1), .rule(.restart, .isIn, 2)],
            code: 2, restarts: true),
        EndCase("rules without a policy of its own", pod: .never, rules: [.rule(.restart, .isIn, 1)], restarts: false),
        EndCase(
            "the pod starts over, which is another matter", own: .never,
            rules: [.rule(.restartAllContainers, .isIn, 1)], restarts: false),
    ]

    @Test(arguments: cases) func endsAreFollowedByRestarts(_ end: EndCase) {
        let pod = Pod.sample(restartPolicy: end.pod)
        #expect(end.container.restarts(afterExit: end.code, in: pod.spec) == end.expected)
    }

    @Test func onlyTheFirstRuleThatFitsCounts() {
        let fitting = EndCase(
            "", own: .never, rules: [.rule(.restart, .isIn, 7), .rule(.restartAllContainers, .isIn, 7, 8)],
            restarts: true
        ).container
        #expect(!fitting.startsPodOver(afterExit: 7))
        #expect(fitting.startsPodOver(afterExit: 8))
        #expect(!fitting.startsPodOver(afterExit: 9))
    }
}
