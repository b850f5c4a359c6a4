/// Why all of a pod is ended for good before its time: what its status says from then on.
package struct PodEnding: Sendable, Hashable {
    package var reason: String
    package var message: String
    /// Where somebody else's needs end the pod.
    package var disruption: Disruption?
    /// What else its event says.
    package var annotations: [String: String] = [:]

    /// What the condition `DisruptionTarget` says.
    package struct Disruption: Sendable, Hashable {
        package var reason = "TerminationByKubelet"
        package var message: String

        package init(message: String) { self.message = message }
    }

    package init(reason: String, message: String, disruption: Disruption? = nil) {
        self.reason = reason
        self.message = message
        self.disruption = disruption
    }

    /// It makes way for a critical pod (upstream: `pkg/kubelet/preemption/preemption.go`).
    package static let preempted = PodEnding(
        reason: "Preempting", message: "Preempted in order to admit critical pod",
        disruption: Disruption(message: "Pod was preempted by Kubelet to accommodate a critical pod."))

    /// It has run for longer than its `activeDeadlineSeconds`; worded as upstream does.
    package static let deadlineExceeded = PodEnding(
        reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline")
}
