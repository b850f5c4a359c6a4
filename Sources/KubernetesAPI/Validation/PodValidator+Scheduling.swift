internal import StructuredData

extension PodValidator {
    mutating func validateScheduling(at path: FieldPath) {
        validateLabels(spec.nodeSelector, at: path.child("nodeSelector"))
        validateTolerations(at: path.child("tolerations"))
        if let affinity = spec.affinity { validateAffinity(affinity, at: path.child("affinity")) }
        var gates = Set<String>()
        for (index, gate) in spec.schedulingGates.enumerated() {
            let gatePath = path.child("schedulingGates").index(index)
            collector.check(gatePath, gate.name, NameRules.qualifiedName)
            if !gates.insert(gate.name).inserted { collector.duplicate(gatePath, gate.name) }
        }
        for (index, constraint) in spec.topologySpreadConstraints.enumerated() {
            validateSpread(constraint, at: path.child("topologySpreadConstraints").index(index))
        }
    }

    private mutating func validateSpread(_ constraint: TopologySpreadConstraint, at path: FieldPath) {
        if constraint.maxSkew <= 0 {
            collector.invalid(path.child("maxSkew"), constraint.maxSkew, "must be greater than zero")
        }
        collector.checkRequired(path.child("topologyKey"), constraint.topologyKey, NameRules.qualifiedName)
        collector.checkWord(
            path.child("whenUnsatisfiable"), constraint.whenUnsatisfiable, [.doNotSchedule, .scheduleAnyway])
        if let minimum = constraint.minDomains, minimum <= 0 {
            collector.invalid(path.child("minDomains"), minimum, "must be greater than zero")
        }
    }

    private mutating func validateTolerations(at path: FieldPath) {
        for (index, toleration) in spec.tolerations.enumerated() {
            let tolerationPath = path.index(index)
            let operatorPath = tolerationPath.child("operator")
            if !toleration.key.isEmpty {
                collector.check(tolerationPath.child("key"), toleration.key, NameRules.qualifiedName)
            } else if toleration.operator != .exists {
                let detail =
                    "operator must be Exists when `key` is empty, which means \"match all values and all keys\""
                collector.invalid(operatorPath, toleration.operator.rawValue, detail)
            }
            if toleration.tolerationSeconds != nil, toleration.effect != .noExecute {
                let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
                collector.invalid(tolerationPath.child("effect"), toleration.effect.rawValue, detail)
            }
            switch toleration.operator {
            case .equal, "": collector.check(operatorPath, toleration.value, NameRules.labelValue)
            case .exists:
                if !toleration.value.isEmpty {
                    collector.invalid(operatorPath, toleration.value, "value must be empty when `operator` is 'Exists'")
                }
            default: collector.notSupported(operatorPath, toleration.operator, ["Equal", "Exists"])
            }
            if !toleration.effect.rawValue.isEmpty {
                collector.checkWord(
                    tolerationPath.child("effect"), toleration.effect, [.noSchedule, .preferNoSchedule, .noExecute])
            }
        }
    }

    private mutating func validateAffinity(_ affinity: Affinity, at path: FieldPath) {
        if let node = affinity.nodeAffinity { validateNodeAffinity(node, at: path.child("nodeAffinity")) }
        for (pods, field) in [(affinity.podAffinity, "podAffinity"), (affinity.podAntiAffinity, "podAntiAffinity")] {
            guard let pods else { continue }
            let required = path.child(field, "requiredDuringSchedulingIgnoredDuringExecution")
            for (index, term) in pods.requiredDuringSchedulingIgnoredDuringExecution.enumerated() {
                collector.checkRequired(required.index(index).child("topologyKey"), term.topologyKey)
            }
            let preferred = path.child(field, "preferredDuringSchedulingIgnoredDuringExecution")
            for (index, term) in pods.preferredDuringSchedulingIgnoredDuringExecution.enumerated() {
                let termPath = preferred.index(index)
                validateWeight(term.weight, at: termPath.child("weight"))
                let keyPath = termPath.child("podAffinityTerm", "topologyKey")
                collector.checkRequired(keyPath, term.podAffinityTerm.topologyKey)
            }
        }
    }

    private mutating func validateWeight(_ weight: Int32, at path: FieldPath) {
        if !(1...100).contains(weight) { collector.invalid(path, weight, "must be in the range 1-100") }
    }

    private mutating func validateNodeAffinity(_ affinity: NodeAffinity, at path: FieldPath) {
        if let selector = affinity.requiredDuringSchedulingIgnoredDuringExecution {
            let termsPath = path.child("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
            if selector.nodeSelectorTerms.isEmpty {
                collector.required(termsPath, "must have at least one node selector term")
            }
            for (index, term) in selector.nodeSelectorTerms.enumerated() {
                validateTerm(term, at: termsPath.index(index))
            }
        }
        let preferredPath = path.child("preferredDuringSchedulingIgnoredDuringExecution")
        for (index, term) in affinity.preferredDuringSchedulingIgnoredDuringExecution.enumerated() {
            validateWeight(term.weight, at: preferredPath.index(index).child("weight"))
            validateTerm(term.preference, at: preferredPath.index(index).child("preference"))
        }
    }

    private mutating func validateTerm(_ term: NodeSelectorTerm, at path: FieldPath) {
        for (index, requirement) in term.matchExpressions.enumerated() {
            validateRequirement(requirement, at: path.child("matchExpressions").index(index))
        }
        for (index, requirement) in term.matchFields.enumerated() {
            let requirementPath = path.child("matchFields").index(index)
            if requirement.values.count != 1 {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
                collector.required(requirementPath.child("values"), detail)
            }
            if requirement.key != "metadata.name" {
                collector.invalid(requirementPath.child("key"), requirement.key, "not a valid field selector key")
            }
        }
    }

    private mutating func validateRequirement(_ requirement: NodeSelectorRequirement, at path: FieldPath) {
        let valuesPath = path.child("values")
        switch requirement.operator {
        case .isIn, .notIn:
            if requirement.values.isEmpty {
                collector.required(valuesPath, "must be specified when `operator` is 'In' or 'NotIn'")
            }
        case .exists, .doesNotExist:
            if !requirement.values.isEmpty {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                collector.forbidden(valuesPath, detail)
            }
        case .greaterThan, .lessThan:
            if requirement.values.count != 1 {
                collector.required(valuesPath, "must be specified single value when `operator` is 'Lt' or 'Gt'")
            }
        default:
            let detail = "not a valid selector operator"
            collector.invalid(path.child("operator"), requirement.operator.rawValue, detail)
        }
        collector.check(path.child("key"), requirement.key, NameRules.qualifiedName)
    }
}
