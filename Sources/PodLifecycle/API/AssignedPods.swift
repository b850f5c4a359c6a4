package import KubernetesAPI
import StructuredData

/// What makes the API server show what has become of the pods that it assigned to this node.
package enum AssignedPods {
    /// Compares the assigned pods, with their statuses, with the API server's.
    /// - Parameters:
    ///   - pods: those that are worked on.
    ///   - lastStatus: how a deleted pod has ended, once nothing is left of it here. That is posted before the pod goes:
    ///     somebody may wait for it, and have put a finalizer on the pod for that.
    package static func actions(
        pods: [Pod], shown: [PodFullName: Pod], lastStatus: (PodUID) -> PodStatus?
    ) -> [PodAPIAction] {
        let known = Dictionary(pods.map { ($0.uid, $0) }) { first, _ in first }
        return shown.sorted { $0.key < $1.key }.flatMap { name, shown -> [PodAPIAction] in
            guard !shown.isMirror else { return [] }
            let last = shown.metadata.deletionTimestamp == nil ? nil : lastStatus(shown.uid)
            guard let status = last ?? known[shown.uid]?.status else { return [] }
            var actions: [PodAPIAction] = []
            if let patch = patch(from: shown, to: status) { actions.append(.patchStatus(name, patch)) }
            if last != nil, !shown.onlyWaitsForFinalizers { actions.append(.delete(name, uid: shown.uid.rawValue)) }
            return actions
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

extension Pod {
    /// Whether it goes without anything further when those who hold it have let go of it.
    fileprivate var onlyWaitsForFinalizers: Bool {
        metadata.deletionGracePeriodSeconds == 0 && !metadata.finalizers.isEmpty
    }
}

extension PodConditionType {
    /// Whether only the kubelet sets it (upstream: `pkg/kubelet/types/pod_status.go`).
    var isOfKubelet: Bool {
        let types: [PodConditionType] = [
            .podScheduled, .ready, .initialized, .containersReady, .podReadyToStartContainers, .allContainersRestarting,
            .podResizeInProgress, .podResizePending,
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
