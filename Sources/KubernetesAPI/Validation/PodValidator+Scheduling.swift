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
        validateSpreads(at: path.child("topologySpreadConstraints"))
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
            // Comparing is an alpha feature upstream, and yet among the words it names.
            case .lessThan, .greaterThan:
                collector.notSupported(operatorPath, toleration.operator, ["Equal", "Exists", "Lt", "Gt"])
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
                validatePodTerm(term, at: required.index(index))
            }
            let preferred = path.child(field, "preferredDuringSchedulingIgnoredDuringExecution")
            for (index, term) in pods.preferredDuringSchedulingIgnoredDuringExecution.enumerated() {
                let termPath = preferred.index(index)
                validateWeight(term.weight, at: termPath.child("weight"))
                validatePodTerm(term.podAffinityTerm, at: termPath.child("podAffinityTerm"))
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
                validateTerm(term, isRequired: true, at: termsPath.index(index))
            }
        }
        let preferredPath = path.child("preferredDuringSchedulingIgnoredDuringExecution")
        for (index, term) in affinity.preferredDuringSchedulingIgnoredDuringExecution.enumerated() {
            validateWeight(term.weight, at: preferredPath.index(index).child("weight"))
            validateTerm(term.preference, isRequired: false, at: preferredPath.index(index).child("preference"))
        }
    }

    private mutating func validateTerm(_ term: NodeSelectorTerm, isRequired: Bool, at path: FieldPath) {
        for (index, requirement) in term.matchExpressions.enumerated() {
            let requirementPath = path.child("matchExpressions").index(index)
            validateRequirement(requirement, at: requirementPath)
            // Upstream minds the values of hard requirements only.
            if isRequired { validateLabelValues(requirement.values, at: requirementPath.child("values")) }
        }
        for (index, requirement) in term.matchFields.enumerated() {
            let requirementPath = path.child("matchFields").index(index)
            let operatorPath = requirementPath.child("operator")
            if requirement.operator != .isIn, requirement.operator != .notIn {
                collector.invalid(operatorPath, requirement.operator.rawValue, Self.unknownOperator)
            } else if requirement.values.count != 1 {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
                collector.required(requirementPath.child("values"), detail)
            }
            if requirement.key != "metadata.name" {
                collector.invalid(requirementPath.child("key"), requirement.key, "not a valid field selector key")
                continue
            }
            for (valueIndex, value) in requirement.values.enumerated() {
                let valuePath = requirementPath.child("values").index(valueIndex)
                collector.check(valuePath, value, NameRules.dns1123Subdomain)
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
            collector.invalid(path.child("operator"), requirement.operator.rawValue, Self.unknownOperator)
        }
        collector.check(path.child("key"), requirement.key, NameRules.qualifiedName)
    }
}
