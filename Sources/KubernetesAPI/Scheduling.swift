package import StructuredData

/// Where a pod wants to be scheduled.
package struct Affinity: FieldTableCodable {
    package var nodeAffinity: NodeAffinity?
    package var podAffinity: PodAffinity?
    package var podAntiAffinity: PodAffinity?

    package init() {}

    package static let fields = FieldTable<Affinity> { table in
        table.optional("nodeAffinity", \.nodeAffinity)
        table.optional("podAffinity", \.podAffinity)
        table.optional("podAntiAffinity", \.podAntiAffinity)
    }
}

/// Which nodes suit a pod.
package struct NodeAffinity: FieldTableCodable {
    package var requiredDuringSchedulingIgnoredDuringExecution: NodeSelector?
    package var preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm] = []

    package init() {}

    package static let fields = FieldTable<NodeAffinity> { table in
        table.optional(
            "requiredDuringSchedulingIgnoredDuringExecution", \.requiredDuringSchedulingIgnoredDuringExecution)
        table.optional(
            "preferredDuringSchedulingIgnoredDuringExecution", \.preferredDuringSchedulingIgnoredDuringExecution)
    }
}

/// Terms of which one must match a node.
package struct NodeSelector: FieldTableCodable {
    package var nodeSelectorTerms: [NodeSelectorTerm] = []

    package init() {}

    package static let fields = FieldTable<NodeSelector> { table in
        table.always("nodeSelectorTerms", \.nodeSelectorTerms)
    }
}

/// Conditions that must all hold.
package struct NodeSelectorTerm: FieldTableCodable {
    package var matchExpressions: [NodeSelectorRequirement] = []
    package var matchFields: [NodeSelectorRequirement] = []

    package init() {}

    package static let fields = FieldTable<NodeSelectorTerm> { table in
        table.optional("matchExpressions", \.matchExpressions)
        table.optional("matchFields", \.matchFields)
    }
}

/// One condition on a node's label or field.
package struct NodeSelectorRequirement: FieldTableCodable {
    package var key: String = ""
    package var `operator`: NodeSelectorOperator = ""
    package var values: [String] = []

    package init() {}

    package static let fields = FieldTable<NodeSelectorRequirement> { table in
        table.always("key", \.key)
        table.always("operator", \.operator)
        table.optional("values", \.values)
    }
}

/// How a node's label is compared.
package struct NodeSelectorOperator: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let isIn: NodeSelectorOperator = "In"
    package static let notIn: NodeSelectorOperator = "NotIn"
    package static let exists: NodeSelectorOperator = "Exists"
    package static let doesNotExist: NodeSelectorOperator = "DoesNotExist"
    package static let greaterThan: NodeSelectorOperator = "Gt"
    package static let lessThan: NodeSelectorOperator = "Lt"
}

/// A term that counts for a node.
package struct PreferredSchedulingTerm: FieldTableCodable {
    package var weight: Int32 = 0
    package var preference: NodeSelectorTerm = NodeSelectorTerm()

    package init() {}

    package static let fields = FieldTable<PreferredSchedulingTerm> { table in
        table.always("weight", \.weight)
        table.always("preference", \.preference)
    }
}

/// Near which pods, or for anti-affinity away from which, a pod should be.
package struct PodAffinity: FieldTableCodable {
    package var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] = []
    package var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] = []

    package init() {}

    package static let fields = FieldTable<PodAffinity> { table in
        table.optional(
            "requiredDuringSchedulingIgnoredDuringExecution", \.requiredDuringSchedulingIgnoredDuringExecution)
        table.optional(
            "preferredDuringSchedulingIgnoredDuringExecution", \.preferredDuringSchedulingIgnoredDuringExecution)
    }
}

/// A set of pods and the kind of neighbourhood that counts.
package struct PodAffinityTerm: FieldTableCodable {
    package var labelSelector: LabelSelector?
    package var namespaces: [String] = []
    package var topologyKey: String = ""
    package var namespaceSelector: LabelSelector?
    package var matchLabelKeys: [String] = []
    package var mismatchLabelKeys: [String] = []

    package init() {}

    package static let fields = FieldTable<PodAffinityTerm> { table in
        table.optional("labelSelector", \.labelSelector)
        table.optional("namespaces", \.namespaces)
        table.always("topologyKey", \.topologyKey)
        table.optional("namespaceSelector", \.namespaceSelector)
        table.optional("matchLabelKeys", \.matchLabelKeys)
        table.optional("mismatchLabelKeys", \.mismatchLabelKeys)
    }
}

/// A term that counts for a node.
package struct WeightedPodAffinityTerm: FieldTableCodable {
    package var weight: Int32 = 0
    package var podAffinityTerm: PodAffinityTerm = PodAffinityTerm()

    package init() {}

    package static let fields = FieldTable<WeightedPodAffinityTerm> { table in
        table.always("weight", \.weight)
        table.always("podAffinityTerm", \.podAffinityTerm)
    }
}

/// A taint that a pod does not mind.
package struct Toleration: FieldTableCodable {
    package var key: String = ""
    package var `operator`: TolerationOperator = ""
    package var value: String = ""
    package var effect: TaintEffect = ""
    package var tolerationSeconds: Int64?

    package init() {}

    package static let fields = FieldTable<Toleration> { table in
        table.optional("key", \.key)
        table.optional("operator", \.operator)
        table.optional("value", \.value)
        table.optional("effect", \.effect)
        table.optional("tolerationSeconds", \.tolerationSeconds)
    }
}

/// How a toleration's value is compared with the taint's.
package struct TolerationOperator: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let exists: TolerationOperator = "Exists"
    package static let equal: TolerationOperator = "Equal"
    package static let lessThan: TolerationOperator = "Lt"
    package static let greaterThan: TolerationOperator = "Gt"
}

/// What a taint does to pods that do not tolerate it.
package struct TaintEffect: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let noSchedule: TaintEffect = "NoSchedule"
    package static let preferNoSchedule: TaintEffect = "PreferNoSchedule"
    package static let noExecute: TaintEffect = "NoExecute"
}

/// How evenly pods are spread over parts of the cluster.
package struct TopologySpreadConstraint: FieldTableCodable {
    package var maxSkew: Int32 = 0
    package var topologyKey: String = ""
    package var whenUnsatisfiable: UnsatisfiableConstraintAction = ""
    package var labelSelector: LabelSelector?
    package var minDomains: Int32?
    package var nodeAffinityPolicy: String?
    package var nodeTaintsPolicy: String?
    package var matchLabelKeys: [String] = []

    package init() {}

    package static let fields = FieldTable<TopologySpreadConstraint> { table in
        table.always("maxSkew", \.maxSkew)
        table.always("topologyKey", \.topologyKey)
        table.always("whenUnsatisfiable", \.whenUnsatisfiable)
        table.optional("labelSelector", \.labelSelector)
        table.optional("minDomains", \.minDomains)
        table.optional("nodeAffinityPolicy", \.nodeAffinityPolicy)
        table.optional("nodeTaintsPolicy", \.nodeTaintsPolicy)
        table.optional("matchLabelKeys", \.matchLabelKeys)
    }
}

/// What happens when a pod cannot be spread as asked.
package struct UnsatisfiableConstraintAction: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let doNotSchedule: UnsatisfiableConstraintAction = "DoNotSchedule"
    package static let scheduleAnyway: UnsatisfiableConstraintAction = "ScheduleAnyway"
}
