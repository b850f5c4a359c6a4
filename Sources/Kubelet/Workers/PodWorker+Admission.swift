import KubernetesAPI
import PodLifecycle
import PodSources

/// Being let in on the node.
extension PodWorker {
    /// Whether the pod may run on the node; one that may not waits until there is room.
    func isLetIn() async -> Bool {
        guard !isAdmitted else { return true }
        guard let refused = await refusal() else {
            isAdmitted = true
            rejection = nil
            return true
        }
        if rejection != refused {
            parts.actuator.events.record(
                .warning, refused.reason, refused.message, about: EventTarget(pod: running.pod))
        }
        rejection = refused
        return false
    }

    private func refusal() async -> AdmissionRejection? {
        if let missing = unsupportedFeatures() { return missing }
        let refused = parts.admission.admit(running.pod)
        guard isAssigned, refused?.dependsOnNode == true, let node = parts.nodeWatch else { return refused }
        // Whoever chose this node may have seen a change of it that has yet to come here.
        await node.refresh()
        return parts.admission.admit(running.pod)
    }

    /// Why this version can't run a pod from the API server. Manifests were read with that in mind.
    private func unsupportedFeatures() -> AdmissionRejection? {
        guard isAssigned else { return nil }
        let issues = UnsupportedFeatures.inAssignedPod(running.pod).map(\.description)
        return issues.isEmpty
            ? nil : AdmissionRejection(reason: "PodFeatureUnsupported", message: issues.joined(separator: "; "))
    }
}
