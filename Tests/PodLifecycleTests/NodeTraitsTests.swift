import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

struct NodeTraitsTests {
    private static func rejection(
        of pod: Pod, by labels: [String: String] = ["disk": "ssd", "cores": "8"], taints: [Taint] = []
    ) -> String? {
        NodeCapabilities(traits: NodeTraits(name: "n1", labels: labels, taints: taints)).rejectionByTraits(of: pod)?
            .reason
    }

    private static func requirement(
        _ key: String, _ operator: NodeSelectorOperator, _ values: [String] = []
    ) -> NodeSelectorRequirement {
        var requirement = NodeSelectorRequirement()
        requirement.key = key
        requirement.operator = `operator`
        requirement.values = values
        return requirement
    }

    private static func pod(_ terms: [NodeSelectorTerm]) -> Pod {
        var pod = Pod.sample()
        var node = NodeAffinity()
        node.requiredDuringSchedulingIgnoredDuringExecution = NodeSelector()
        node.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms = terms
        pod.spec.affinity = Affinity()
        pod.spec.affinity?.nodeAffinity = node
        return pod
    }

    private static func term(
        _ expressions: [NodeSelectorRequirement], fields: [NodeSelectorRequirement] = []
    ) -> NodeSelectorTerm {
        var term = NodeSelectorTerm()
        term.matchExpressions = expressions
        term.matchFields = fields
        return term
    }

    @Test(
        arguments: [
            ([:], true), (["disk": "ssd"], true), (["disk": "hdd"], false), (["disk": "ssd", "zone": "a"], false),
        ] as [([String: String], Bool)])
    func aNodeSelectorWantsAllItsLabels(_ selector: [String: String], _ fits: Bool) {
        var pod = Pod.sample()
        pod.spec.nodeSelector = selector
        #expect(Self.rejection(of: pod) == (fits ? nil : "NodeAffinity"))
    }

    @Test(
        arguments: [
            (requirement("disk", .isIn, ["hdd", "ssd"]), true),
            (requirement("disk", .isIn, ["hdd"]), false),
            (requirement("zone", .isIn, ["a"]), false),
            (requirement("disk", .notIn, ["ssd"]), false),
            (requirement("zone", .notIn, ["a"]), true),
            (requirement("disk", .exists), true),
            (requirement("zone", .exists), false),
            (requirement("disk", .doesNotExist), false),
            (requirement("zone", .doesNotExist), true),
            (requirement("cores", .greaterThan, ["7"]), true),
            (requirement("cores", .greaterThan, ["8"]), false),
            (requirement("cores", .lessThan, ["9"]), true),
            (requirement("disk", .lessThan, ["9"]), false),
            (requirement("zone", .lessThan, ["9"]), false),
            (requirement("disk", NodeSelectorOperator(rawValue: "Like"), ["ssd"]), false),
        ] as [(NodeSelectorRequirement, Bool)])
    func requirementsAreCompared(_ requirement: NodeSelectorRequirement, _ fits: Bool) {
        #expect(Self.rejection(of: Self.pod([Self.term([requirement])])) == (fits ? nil : "NodeAffinity"))
    }

    @Test func oneTermIsEnoughAndAnEmptyOneIsNone() {
        let good = Self.requirement("disk", .exists)
        let bad = Self.requirement("zone", .exists)
        #expect(Self.rejection(of: Self.pod([Self.term([bad]), Self.term([good])])) == nil)
        #expect(Self.rejection(of: Self.pod([Self.term([good, bad])])) != nil)
        #expect(Self.rejection(of: Self.pod([Self.term([])])) != nil)
        #expect(Self.rejection(of: Self.pod([])) != nil)
    }

    @Test func theNodeIsKnownByItsNameToo() {
        let here = Self.requirement("metadata.name", .isIn, ["n1"])
        let elsewhere = Self.requirement("metadata.name", .isIn, ["n2"])
        #expect(Self.rejection(of: Self.pod([Self.term([], fields: [here])])) == nil)
        #expect(Self.rejection(of: Self.pod([Self.term([], fields: [elsewhere])])) != nil)
    }

    private static func toleration(
        _ key: String, _ operator: String, _ value: String = "", effect: TaintEffect = TaintEffect(rawValue: "")
    ) -> Toleration {
        var toleration = Toleration()
        toleration.key = key
        toleration.operator = TolerationOperator(rawValue: `operator`)
        toleration.value = value
        toleration.effect = effect
        return toleration
    }

    @Test(
        arguments: [
            ([], false),
            ([toleration("", "Exists")], true),
            ([toleration("gone", "Exists")], true),
            ([toleration("gone", "Equal", "yes")], true),
            ([toleration("gone", "", "yes", effect: .noExecute)], true),
            ([toleration("gone", "", "no")], false),
            ([toleration("gone", "Exists", effect: .noSchedule)], false),
            ([toleration("other", "Exists"), toleration("gone", "Exists")], true),
            ([toleration("gone", "Gt", "1")], false),
        ] as [([Toleration], Bool)])
    func aTaintKeepsAssignedPodsOffUnlessTheyTolerateIt(_ tolerations: [Toleration], _ fits: Bool) {
        var taint = Taint()
        taint.key = "gone"
        taint.value = "yes"
        taint.effect = .noExecute
        var pod = Pod.sample()
        pod.metadata.annotations = [:]
        pod.spec.tolerations = tolerations
        #expect(Self.rejection(of: pod, taints: [taint]) == (fits ? nil : "TaintToleration"))
        taint.effect = .noSchedule
        #expect(Self.rejection(of: pod, taints: [taint]) == nil)
    }

    @Test func noTaintKeepsStaticPodsOff() {
        var taint = Taint()
        taint.key = "gone"
        taint.effect = .noExecute
        #expect(Pod.sample().isStatic)
        #expect(Self.rejection(of: .sample(), taints: [taint]) == nil)
    }
}
