/// Labels and annotations by which sandboxes and containers are found again. They are upstream's
/// (`pkg/kubelet/kuberuntime/labels.go`), so that pods survive a switch between kubelets.
package enum RuntimeLabels {
    package static let podName = "io.kubernetes.pod.name"
    package static let podNamespace = "io.kubernetes.pod.namespace"
    package static let podUID = "io.kubernetes.pod.uid"
    package static let containerName = "io.kubernetes.container.name"

    package static let containerHash = "io.kubernetes.container.hash"
    package static let containerRestartCount = "io.kubernetes.container.restartCount"
    package static let terminationMessagePath = "io.kubernetes.container.terminationMessagePath"
    package static let terminationMessagePolicy = "io.kubernetes.container.terminationMessagePolicy"
    package static let containerPorts = "io.kubernetes.container.ports"
    /// The pod's grace period in seconds.
    package static let podTerminationGracePeriod = "io.kubernetes.pod.terminationGracePeriod"
}
