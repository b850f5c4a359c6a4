import KubernetesAPI

extension PodStatusBuilder {
    /// What becomes of resizes, while something is to be told.
    func resizeConditions(_ status: PodStatus) -> [PodCondition] {
        guard status.phase != .succeeded, status.phase != .failed else { return [] }
        var conditions: [PodCondition] = []
        if let pending = resize.pending {
            let condition = condition(
                .podResizePending, pending.generation, pending.refusal.reason.rawValue, pending.refusal.message)
            conditions.append(condition)
        }
        if let underWay = resize.underWay {
            let reason = underWay.problem == nil ? "" : "Error"
            let condition = condition(
                .podResizeInProgress, underWay.generation, reason, underWay.problem ?? "")
            conditions.append(condition)
        }
        return conditions
    }

    private func condition(
        _ type: PodConditionType, _ generation: Int64, _ reason: String, _ message: String
    ) -> PodCondition {
        var condition = PodCondition()
        condition.type = type
        condition.status = .true
        condition.observedGeneration = generation
        condition.reason = reason
        condition.message = message
        return withTransition(condition)
    }

    /// Tells what all of the pod has been given room for and, where it has amounts of its own, what it has of them
    /// (KEP-5419).
    func describePodAmounts(in status: inout PodStatus) {
        guard rejection == nil else { return }
        status.allocatedResources = pod.spec.requestsWithoutOverhead
        status.resources = pod.spec.resources.map { own in podAmounts.map { own.showing($0) } ?? own }
    }
}
