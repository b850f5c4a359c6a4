internal import StructuredData

/// Selectors of labels, and what is built on them.
extension PodValidator {
    static let unknownOperator = "not a valid selector operator"

    mutating func validateSelector(_ selector: LabelSelector?, at path: FieldPath) {
        guard let selector else { return }
        validateLabels(selector.matchLabels, at: path.child("matchLabels"))
        for (index, requirement) in selector.matchExpressions.enumerated() {
            let requirementPath = path.child("matchExpressions").index(index)
            let valuesPath = requirementPath.child("values")
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
            default:
                let operatorPath = requirementPath.child("operator")
                collector.invalid(operatorPath, requirement.operator.rawValue, Self.unknownOperator)
            }
            collector.check(requirementPath.child("key"), requirement.key, NameRules.qualifiedName)
            validateLabelValues(requirement.values, at: valuesPath)
        }
    }

    mutating func validateLabelValues(_ values: [String], at path: FieldPath) {
        for (index, value) in values.enumerated() { collector.check(path.index(index), value, NameRules.labelValue) }
    }

    mutating func validatePodTerm(_ term: PodAffinityTerm, at path: FieldPath) {
        validateSelector(term.labelSelector, at: path.child("labelSelector"))
        validateSelector(term.namespaceSelector, at: path.child("namespaceSelector"))
        for (index, name) in term.namespaces.enumerated() {
            collector.check(path.child("namespaces").index(index), name, NameRules.dns1123Label)
        }
        validateKeys(term.matchLabelKeys, not: term.mismatchLabelKeys, beside: term.labelSelector, at: path)
        let keyPath = path.child("topologyKey")
        if term.topologyKey.isEmpty {
            collector.required(keyPath, "can not be empty")
        } else {
            collector.check(keyPath, term.topologyKey, NameRules.qualifiedName)
        }
    }

    private mutating func validateKeys(
        _ keys: [String], not otherKeys: [String], beside selector: LabelSelector?, at path: FieldPath
    ) {
        for (field, list) in [("matchLabelKeys", keys), ("mismatchLabelKeys", otherKeys)] where !list.isEmpty {
            if selector == nil {
                collector.forbidden(path.child(field), "must not be specified when labelSelector is not set")
                continue
            }
            for (index, key) in list.enumerated() {
                collector.check(path.child(field).index(index), key, NameRules.qualifiedName)
            }
        }
        // The server itself adds one requirement for each of the keys; a second one is the author's.
        var selected = Set((selector?.matchLabels ?? [:]).keys)
        for requirement in selector?.matchExpressions ?? [] {
            if let index = keys.firstIndex(of: requirement.key), selected.contains(requirement.key) {
                let detail = "exists in both matchLabelKeys and labelSelector"
                collector.invalid(path.child("matchLabelKeys").index(index), requirement.key, detail)
            }
            selected.insert(requirement.key)
        }
        for (index, key) in keys.enumerated() where otherKeys.contains(key) {
            let detail = "exists in both matchLabelKeys and mismatchLabelKeys"
            collector.invalid(path.child("matchLabelKeys").index(index), key, detail)
        }
    }

    mutating func validateSpreads(at path: FieldPath) {
        let constraints = spec.topologySpreadConstraints
        for (index, constraint) in constraints.enumerated() {
            let constraintPath = path.index(index)
            validateSpread(constraint, at: constraintPath)
            let isRepeated = constraints[..<index].contains { earlier in
                earlier.topologyKey == constraint.topologyKey
                    && earlier.whenUnsatisfiable == constraint.whenUnsatisfiable
            }
            if isRepeated {
                collector.duplicate(constraintPath, "{\(constraint.topologyKey), \(constraint.whenUnsatisfiable)}")
            }
        }
    }

    private mutating func validateSpread(_ constraint: TopologySpreadConstraint, at path: FieldPath) {
        let positive = "must be greater than zero"
        if constraint.maxSkew <= 0 { collector.invalid(path.child("maxSkew"), constraint.maxSkew, positive) }
        if constraint.topologyKey.isEmpty { collector.required(path.child("topologyKey"), "can not be empty") }
        collector.checkKnown(
            path.child("whenUnsatisfiable"), constraint.whenUnsatisfiable, [.doNotSchedule, .scheduleAnyway])
        if let minimum = constraint.minDomains {
            let minimumPath = path.child("minDomains")
            if minimum <= 0 { collector.invalid(minimumPath, minimum, positive) }
            if constraint.whenUnsatisfiable != .doNotSchedule {
                let detail =
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(constraint.whenUnsatisfiable)"
                collector.invalid(minimumPath, minimum, detail)
            }
        }
        let policies = [
            ("nodeAffinityPolicy", constraint.nodeAffinityPolicy), ("nodeTaintsPolicy", constraint.nodeTaintsPolicy),
        ]
        for case (let field, let policy?) in policies where policy != "Honor" && policy != "Ignore" {
            collector.notSupported(path.child(field), policy, ["Honor", "Ignore"])
        }
        validateKeys(constraint.matchLabelKeys, not: [], beside: constraint.labelSelector, at: path)
        validateSelector(constraint.labelSelector, at: path.child("labelSelector"))
    }
}
