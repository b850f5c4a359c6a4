package import KubernetesAPI
package import PodLifecycle

/// What the kubelet's HTTP API asks of the running kubelet.
package protocol KubeletQueries: Sendable {
    /// Every pod the kubelet has, with its present status, by namespace and name.
    func pods() async -> [Pod]

    /// What the runtime has of a pod, or `nil` when the kubelet has no such pod.
    /// - Parameter name: as `kubectl` shows it: for a static pod with the node's name as suffix.
    /// - Throws: `ContainerRuntimeError` when the runtime can't be asked.
    func runtimeState(namespace: String, name: String) async throws -> PodRuntimeState?

    /// Why the kubelet isn't healthy, or `nil` when it is: what `/healthz` answers.
    func healthProblem() async -> String?
}
