import KubernetesAPI
import PodLifecycle
import PodSources

/// Being let in on the node.
extension PodWorker {
    /// Whether the pod may run on the node; one that may not waits until there is room.
    func isLetIn() -> Bool {
        guard !isAdmitted else { return true }
        guard let refused = unsupportedFeatures() ?? parts.admission.admit(running.pod) else {
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

    /// Why this version can't run a pod from the API server. Manifests were read with that in mind.
    private func unsupportedFeatures() -> AdmissionRejection? {
        guard isAssigned else { return nil }
        let issues = UnsupportedFeatures.inAssignedPod(running.pod).map(\.description)
        return issues.isEmpty
            ? nil : AdmissionRejection(reason: "PodFeatureUnsupported", message: issues.joined(separator: "; "))
    }
}
