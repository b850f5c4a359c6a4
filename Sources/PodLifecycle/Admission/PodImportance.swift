package import KubernetesAPI

/// How a pod ranks among others when not all can stay.
package struct PodImportance: Sendable, Hashable {
    package var qosClass: PodQOSClass
    package var priority: Int32
    /// Whether the node or the cluster depends on it: static pods, and those of the system's priorities (upstream:
    /// `IsCriticalPod` in `pkg/kubelet/types/pod_update.go`).
    package var isCritical: Bool
    private var isStatic: Bool

    /// The least priority of the system's own pods.
    private static let systemPriority: Int32 = 2_000_000_000

    package init(of pod: Pod) {
        qosClass = pod.qosClass
        priority = pod.spec.priority ?? 0
        isStatic = pod.isStatic
        isCritical = isStatic || priority >= Self.systemPriority
    }

    /// Whether a pod may be ended so that this one can run: a critical one for no other than a more important critical
    /// one, and a static one for none.
    func preempts(_ other: PodImportance) -> Bool {
        if isCritical, !other.isCritical { return true }
        return !other.isStatic && priority > other.priority
    }
}
