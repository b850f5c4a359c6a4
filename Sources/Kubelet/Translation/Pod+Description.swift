import KubernetesAPI

extension Pod {
    /// The pod in messages about it, `NAME_NAMESPACE(UID)` (upstream: `pkg/kubelet/util/format/pod.go`).
    var nameInMessages: String { "\(metadata.name)_\(metadata.namespace)(\(metadata.uid))" }
}
