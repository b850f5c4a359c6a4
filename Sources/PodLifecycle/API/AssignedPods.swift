package import KubernetesAPI
import StructuredData

/// What makes the API server show what has become of the pods that it assigned to this node.
package enum AssignedPods {
    /// Compares the assigned pods, with their statuses, with the API server's.
    /// - Parameters:
    ///   - pods: those that are worked on.
    ///   - hasDeparted: whether a deleted pod has ended, and nothing is left of it here.
    package static func actions(
        pods: [Pod], shown: [PodFullName: Pod], hasDeparted: (PodUID) -> Bool
    ) -> [PodAPIAction] {
        let known = Dictionary(pods.map { ($0.uid, $0) }) { first, _ in first }
        return shown.sorted { $0.key < $1.key }.compactMap { name, shown in
            guard !shown.isMirror else { return nil }
            if shown.metadata.deletionTimestamp != nil, hasDeparted(shown.uid) {
                return .delete(name, uid: shown.uid.rawValue)
            }
            guard let pod = known[shown.uid] else { return nil }
            return patch(from: shown, to: pod.status).map { .patchStatus(name, $0) }
        }
    }

    /// A merge patch of the status, or `nil` when it is as it should be. What others say of the pod stays.
    private static func patch(from shown: Pod, to status: PodStatus) -> JSONValue? {
        var wanted = status
        wanted.conditions += shown.status.conditions.filter { condition in
            !condition.type.isOfKubelet && !status.conditions.contains { $0.type == condition.type }
        }
        wanted.nominatedNodeName = shown.status.nominatedNodeName
        wanted.resourceClaimStatuses = shown.status.resourceClaimStatuses
        wanted.extendedResourceClaimStatus = shown.status.extendedResourceClaimStatus
        guard var patch = PodStatus.patch(from: shown, to: wanted) else { return nil }
        // Lists are replaced as a whole: nobody else's condition may get lost in between.
        patch.set(.string(shown.metadata.resourceVersion), at: "metadata", "resourceVersion")
        return patch
    }
}

extension PodConditionType {
    /// Whether only the kubelet sets it (upstream: `pkg/kubelet/types/pod_status.go`).
    var isOfKubelet: Bool {
        let types: [PodConditionType] = [
            .podScheduled, .ready, .initialized, .containersReady, .podReadyToStartContainers, .allContainersRestarting,
            "PodResizeInProgress", "PodResizePending",
        ]
        return types.contains(self) || rawValue.hasPrefix("swiftlet.dev/")
    }
}

extension PodStatus {
    /// A merge patch that makes the pod's status this one, or `nil` when it is.
    static func patch(from shown: Pod, to status: PodStatus) -> JSONValue? {
        guard shown.status != status, case .object(let old) = shown.status.encoded(),
            case .object(var new) = status.encoded()
        else { return nil }
        for member in old.members where new[member.key] == nil { new[member.key] = .null }
        return ["metadata": ["uid": .string(shown.metadata.uid)], "status": .object(new)]
    }
}
