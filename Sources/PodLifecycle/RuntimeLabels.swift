/// Labels and annotations by which sandboxes and containers are found again. They are upstream's
/// (`pkg/kubelet/kuberuntime/labels.go`), so that pods survive a switch between kubelets.
package enum RuntimeLabels {
    package static let podName = "io.kubernetes.pod.name"
    package static let podNamespace = "io.kubernetes.pod.namespace"
    package static let podUID = "io.kubernetes.pod.uid"
    package static let containerName = "io.kubernetes.container.name"

    /// Upstream's hash of the container's name and image.
    package static let containerHash = "io.kubernetes.container.hash"
    package static let containerRestartCount = "io.kubernetes.container.restartCount"
    package static let terminationMessagePath = "io.kubernetes.container.terminationMessagePath"
    package static let terminationMessagePolicy = "io.kubernetes.container.terminationMessagePolicy"
    package static let preStopHandler = "io.kubernetes.container.preStopHandler"
    package static let containerPorts = "io.kubernetes.container.ports"
    /// The pod's grace period in seconds.
    package static let podTerminationGracePeriod = "io.kubernetes.pod.terminationGracePeriod"

    /// Our own, on a sandbox: that this kubelet made it for a pod that its API server had assigned to it. Another
    /// kubelet's are not ours to end because our API server doesn't know them.
    package static let assignedPod = "swiftlet.dev/assigned-pod"
    /// Our own: the `ContainerRevision` that the container was made of.
    package static let containerRevision = "swiftlet.dev/container-revision"
    /// Our own: the `ContainerAmounts` that the container was made with.
    package static let containerAmounts = "swiftlet.dev/container-amounts"
}
