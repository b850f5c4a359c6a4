import KubernetesAPI
import Testing

/// What only a scheduler would act on is validated all the same, as upstream's kubelet does.
@Suite struct SchedulingValidationTests {
    private static let nodeTerms =
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    private static let podTerm = "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"

    private static func nodeAffinity(_ term: String) -> String {
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [\(term)]}}}"
    }

    private static func podAffinity(_ term: String) -> String {
        "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{\(term)}]}}"
    }

    @Test(arguments: [
        PodFault(
            "no term", nodeAffinity(""), "\(nodeTerms): Required value: must have at least one node selector term"),
        PodFault(
            "a value that no label has", nodeAffinity("{matchExpressions: [{key: a, operator: In, values: [\"-\"]}]}"),
            "\(nodeTerms)[0].matchExpressions[0].values[0]: Invalid value: \"-\": \(NameFault.value)"),
        PodFault(
            "an unknown operator", nodeAffinity("{matchExpressions: [{key: a, operator: Is}]}"),
            "\(nodeTerms)[0].matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator"),
        PodFault(
            "a field compared in another way",
            nodeAffinity("{matchFields: [{key: metadata.name, operator: Gt, values: [A]}]}"),
            "\(nodeTerms)[0].matchFields[0].operator: Invalid value: \"Gt\": not a valid selector operator",
            "\(nodeTerms)[0].matchFields[0].values[0]: Invalid value: \"A\": \(NameFault.subdomain)"),
        PodFault(
            "a field that can't be selected by",
            nodeAffinity("{matchFields: [{key: metadata.uid, operator: In, values: [a]}]}"),
            "\(nodeTerms)[0].matchFields[0].key: Invalid value: \"metadata.uid\": not a valid field selector key"),
        PodFault(
            "a preference that weighs nothing",
            "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "
                + "[{weight: 0, preference: {matchExpressions: [{key: a, operator: In, values: [\"-\"]}]}}]}}",
            "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: "
                + "Invalid value: 0: must be in the range 1-100"),
        PodFault(
            "a neighbourhood of no kind", podAffinity("topologyKey: \"\""),
            "\(podTerm).topologyKey: Required value: can not be empty"),
        PodFault(
            "selectors and namespaces",
            podAffinity(
                "topologyKey: a, namespaces: [A], labelSelector: {matchLabels: {a: \"-\"}}, "
                    + "namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}"),
            "\(podTerm).labelSelector.matchLabels[a]: Invalid value: \"-\": \(NameFault.value)",
            "\(podTerm).namespaceSelector.matchExpressions[0].values: Forbidden: "
                + "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            "\(podTerm).namespaces[0]: Invalid value: \"A\": \(NameFault.label)"),
        PodFault(
            "keys without a selector", podAffinity("topologyKey: a, matchLabelKeys: [a]"),
            "\(podTerm).matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"),
        PodFault(
            "keys that shall match and shall not",
            podAffinity("topologyKey: a, labelSelector: {}, matchLabelKeys: [a], mismatchLabelKeys: [a]"),
            "\(podTerm).matchLabelKeys[0]: Invalid value: \"a\": "
                + "exists in both matchLabelKeys and mismatchLabelKeys"),
    ])
    func findsInAffinity(_ fault: PodFault) throws { try fault.check() }

    @Test(arguments: [
        PodFault(
            "not spread", "topologySpreadConstraints: [{}]",
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
            "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"\": "
                + "supported values: \"DoNotSchedule\", \"ScheduleAnyway\""),
        PodFault(
            "spread with domains where it need not be",
            "topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, "
                + "minDomains: 0, nodeTaintsPolicy: Mind}]",
            "spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero",
            "spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: "
                + "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
            "spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: \"Mind\": "
                + "supported values: \"Honor\", \"Ignore\""),
        PodFault(
            "spread the same way twice",
            """
            topologySpreadConstraints:
            - {maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway}
            - {maxSkew: 2, topologyKey: a, whenUnsatisfiable: ScheduleAnyway}
            """,
            "spec.topologySpreadConstraints[1]: Duplicate value: \"{a, ScheduleAnyway}\""),
        PodFault(
            "a comparing toleration", "tolerations: [{key: a, operator: Lt, value: \"1\"}]",
            "spec.tolerations[0].operator: Unsupported value: \"Lt\": "
                + "supported values: \"Equal\", \"Exists\", \"Lt\", \"Gt\""),
        PodFault(
            "a toleration that ends", "tolerations: [{operator: Exists, value: a, tolerationSeconds: 5}]",
            "spec.tolerations[0].effect: Invalid value: \"\": "
                + "effect must be 'NoExecute' when `tolerationSeconds` is set",
            "spec.tolerations[0].operator: Invalid value: \"a\": value must be empty when `operator` is 'Exists'"),
        PodFault(
            "gates of a pod that has its node", "nodeName: a\nschedulingGates: [{name: a}, {name: a}]",
            "spec.schedulingGates[1]: Duplicate value: \"a\"",
            "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"),
        PodFault(
            "a group without a name", "schedulingGroup: {}",
            "spec.schedulingGroup.podGroupName: Invalid value: null: must specify one of: `podGroupName`"),
        PodFault(
            "a readiness gate", "readinessGates: [{conditionType: a/b/c}]",
            "spec.readinessGates[0].conditionType: Invalid value: \"a/b/c\": a valid label key "
                + NameFault.key.dropFirst("name part ".count)
                + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"),
        PodFault(
            "a policy of preemption", "preemptionPolicy: Always",
            "spec.preemptionPolicy: Unsupported value: \"Always\": "
                + "supported values: \"PreemptLowerPriority\", \"Never\""),
        PodFault(
            "labels of nodes", "nodeSelector: {a: \"-\"}",
            "spec.nodeSelector[a]: Invalid value: \"-\": \(NameFault.value)"),
    ])
    func finds(_ fault: PodFault) throws { try fault.check() }
}
