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
