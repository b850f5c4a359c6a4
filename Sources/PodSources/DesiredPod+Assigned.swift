package import KubernetesAPI

extension DesiredPod {
    /// A pod that the API server has assigned to this node, as it is there.
    package init(assigned pod: Pod) {
        var kept = pod
        kept.metadata.annotations[ConfigAnnotations.source] = PodSourceKind.api.rawValue
        // Once all is over, its status is what it was; till then this kubelet says it.
        if !pod.isTerminal { kept.status = PodStatus() }
        self.init(
            pod: kept, hash: PodHash(pod.semanticHash), origin: PodSourceKind.api.rawValue, hasFixedUID: true)
        if pod.metadata.deletionTimestamp != nil {
            termination = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
        }
    }
}

/// What this version can't do for a pod that the API server has assigned to the node. In a manifest it is an error with
/// line and column.
package enum UnsupportedFeatures {
    /// What the pod asks for in vain; empty for one that can run.
    package static func inAssignedPod(_ pod: Pod) -> [FieldIssue] {
        let references = ForbiddenReferences.neededByContainers(of: pod).map { issue in
            FieldIssue(path: issue.path, message: "not supported by this version of swiftlet")
        }
        return references
            + SupportedFeatures.issues(in: pod).filter { issue in
                !references.contains { $0.path.isSame(orBelow: issue.path) }
            }
    }
}
