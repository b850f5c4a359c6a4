/// Why all of a pod is ended for good before its time: what its status says from then on.
package struct PodEnding: Sendable, Hashable {
    package var reason: String
    package var message: String
    /// The reason of the condition `DisruptionTarget`, where somebody else's needs end the pod.
    package var disruption: String?

    package init(reason: String, message: String, disruption: String? = nil) {
        self.reason = reason
        self.message = message
        self.disruption = disruption
    }

    /// It has run for longer than its `activeDeadlineSeconds`; worded as upstream does.
    package static let deadlineExceeded = PodEnding(
        reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline")
}
