import KubernetesAPI

/// Who a static pod is on its node, following upstream's `applyDefaults` (`pkg/kubelet/config/common.go`).
struct StaticPodIdentity: Sendable {
    var nodeName: String
    var source: PodSourceKind
    /// For `kubernetes.io/config.seen`.
    var seen: Timestamp

    /// The pod of a manifest with defaults, name, node, UID, annotations and tolerations filled in.
    func apply(to manifest: Pod) -> (pod: Pod, hash: PodHash) {
        let hash = PodHash(of: manifest)
        var pod = manifest.withDefaults()
        if !pod.metadata.name.isEmpty { pod.metadata.name += "-" + nodeName.lowercased() }
        if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "default" }
        if pod.metadata.uid.isEmpty { pod.uid = hash.uid(of: pod.fullName, on: nodeName) }
        pod.metadata.annotations[ConfigAnnotations.source] = source.rawValue
        pod.metadata.annotations[ConfigAnnotations.hash] = hash.rawValue
        pod.metadata.annotations[ConfigAnnotations.seen] = seen.rfc3339Nano
        pod.spec.nodeName = nodeName
        if source == .file { tolerateEviction(&pod.spec) }
        if pod.spec.priority == nil { pod.spec.priority = PodSpec.systemPriority(ofClass: pod.spec.priorityClassName) }
        forgetServer(&pod)
        return (pod, hash)
    }

    /// A copied `kubectl get -o yaml` says what a server once knew of another pod.
    private func forgetServer(_ pod: inout Pod) {
        pod.metadata.resourceVersion = ""
        pod.metadata.selfLink = ""
        pod.metadata.generation = 0
        pod.metadata.creationTimestamp = nil
        pod.metadata.deletionTimestamp = nil
        pod.metadata.deletionGracePeriodSeconds = nil
        pod.metadata.annotations[ConfigAnnotations.mirror] = nil
        pod.status = PodStatus()
        pod.status.phase = .pending
    }

    private func tolerateEviction(_ spec: inout PodSpec) {
        var toleration = Toleration()
        toleration.operator = .exists
        toleration.effect = .noExecute
        if !spec.tolerations.contains(toleration) { spec.tolerations.append(toleration) }
    }
}
