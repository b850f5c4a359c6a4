package import KubernetesAPI

/// The conditions that others set and a pod's readiness depends on, beside that of its containers.
package struct ReadinessGates: Sendable, Hashable {
    private var statuses: [PodConditionType: ConditionStatus] = [:]

    package init() {}

    /// - Parameter shown: the pod as it is at the API server.
    package init(of shown: Pod) {
        let types = Set(shown.spec.readinessGates.map(\.conditionType))
        for condition in shown.status.conditions where types.contains(condition.type) {
            statuses[condition.type] = condition.status
        }
    }

    /// Whether a pod is ready whose containers are, or are not; worded as upstream's `GeneratePodReadyCondition`
    /// (`pkg/kubelet/status/generate.go`) does.
    func ready(_ spec: PodSpec, containers: PodCondition) -> PodCondition {
        var ready = containers
        ready.type = .ready
        let complaints = spec.readinessGates.compactMap { complaint(of: $0.conditionType) }
        guard containers.status == .true, !complaints.isEmpty else { return ready }
        ready.status = .false
        ready.reason = "ReadinessGatesNotReady"
        ready.message = complaints.joined(separator: ", ")
        return ready
    }

    private func complaint(of type: PodConditionType) -> String? {
        guard let status = statuses[type] else {
            return "corresponding condition of pod readiness gate \"\(type)\" does not exist."
        }
        if status == .true { return nil }
        return "the status of pod readiness gate \"\(type)\" is not \"True\", but \(status)"
    }
}

extension PodStatus {
    /// Tells whether the pod is ready now that its gates may have changed.
    package mutating func setReady(by gates: ReadinessGates, of spec: PodSpec, now: Timestamp) {
        guard let containers = conditions.first(where: { $0.type == .containersReady }),
            let index = conditions.firstIndex(where: { $0.type == .ready })
        else { return }
        let before = conditions[index]
        conditions[index] = gates.ready(spec, containers: containers)
        let isSame = before.status == conditions[index].status
        conditions[index].lastTransitionTime = isSame ? before.lastTransitionTime : now.wholeSeconds
    }
}
