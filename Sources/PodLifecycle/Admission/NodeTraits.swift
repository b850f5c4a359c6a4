package import KubernetesAPI

/// What pods choose their nodes by, and what keeps them off a node.
package struct NodeTraits: Sendable, Hashable {
    package var name: String
    package var labels: [String: String]
    package var taints: [Taint]

    package init(name: String, labels: [String: String] = [:], taints: [Taint] = []) {
        self.name = name
        self.labels = labels
        self.taints = taints
    }

    package init(of node: Node) {
        self.init(name: node.metadata.name, labels: node.metadata.labels, taints: node.spec.taints)
    }

    /// Why the pod doesn't want this node, or the node the pod. A scheduler has looked at that before, but static pods
    /// have none, and whoever names a node by hand asks none (upstream: `generalFilter` in
    /// `pkg/kubelet/lifecycle/predicate.go`, whose words these are).
    func rejection(of pod: Pod) -> AdmissionRejection? {
        guard isWanted(by: pod.spec) else {
            return .ofPredicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
        }
        // Taints of the other effects are the scheduler's business, and static pods have the right to be here.
        let isKeptOff = taints.contains { taint in
            taint.effect == .noExecute && !pod.spec.tolerations.contains { $0.tolerates(taint) }
        }
        guard !pod.isStatic, isKeptOff else { return nil }
        return .ofPredicate("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    }

    private func isWanted(by spec: PodSpec) -> Bool {
        guard spec.nodeSelector.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
        guard let required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution else {
            return true
        }
        return required.nodeSelectorTerms.contains { satisfies($0) }
    }

    /// A term without conditions is met by no node.
    private func satisfies(_ term: NodeSelectorTerm) -> Bool {
        guard !term.matchExpressions.isEmpty || !term.matchFields.isEmpty else { return false }
        return term.matchExpressions.allSatisfy { $0.isMet(by: labels[$0.key]) }
            && term.matchFields.allSatisfy { $0.isMet(by: $0.key == "metadata.name" ? name : nil) }
    }
}

extension AdmissionRejection {
    /// As upstream words what its scheduler's predicates say.
    static func ofPredicate(_ name: String, _ problem: String) -> AdmissionRejection {
        AdmissionRejection(reason: name, message: "Predicate \(name) failed: \(problem)")
    }

    /// Whether it may be otherwise when more is known of the node than now.
    package var dependsOnNode: Bool { reason == "NodeAffinity" || reason == "TaintToleration" }
}

extension NodeSelectorRequirement {
    /// - Parameter value: `nil` where there is none.
    fileprivate func isMet(by value: String?) -> Bool {
        switch `operator` {
        case .isIn: value.map(values.contains) ?? false
        case .notIn: value.map { !values.contains($0) } ?? true
        case .exists: value != nil
        case .doesNotExist: value == nil
        case .greaterThan: compares(value, >)
        case .lessThan: compares(value, <)
        default: false
        }
    }

    private func compares(_ value: String?, _ isInOrder: (Int64, Int64) -> Bool) -> Bool {
        guard let value = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
            return false
        }
        return isInOrder(value, bound)
    }
}

extension Toleration {
    /// Numeric comparisons count for nothing: upstream's gate for them is off.
    fileprivate func tolerates(_ taint: Taint) -> Bool {
        guard effect.rawValue.isEmpty || effect == taint.effect, key.isEmpty || key == taint.key else { return false }
        switch `operator` {
        case .exists: return true
        case .equal, TolerationOperator(rawValue: ""): return !key.isEmpty && value == taint.value
        default: return false
        }
    }
}
