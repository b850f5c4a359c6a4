import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources

/// A pod that is only known from the runtime.
enum OrphanPod {
    /// What labels and annotations tell of a pod that nobody has a spec of, enough to stop and remove it; `nil` for one
    /// that is not this kubelet's to end: only static pods are, and those that it was assigned itself.
    static func reconstruct(_ state: PodRuntimeState) -> DesiredPod? {
        guard !state.name.isEmpty, !state.namespace.isEmpty else { return nil }
        let annotations = state.latestSandbox?.annotations ?? [:]
        var pod = Pod()
        pod.metadata.name = state.name
        pod.metadata.namespace = state.namespace
        pod.metadata.uid = state.uid.rawValue
        pod.metadata.annotations = annotations
        guard pod.isStatic || annotations[RuntimeLabels.assignedPod] != nil else { return nil }
        let names = Set(state.containers.map(\.name)).sorted()
        pod.spec.containers = names.compactMap { state.container(named: $0)?.rememberedSpec }
        pod.spec.terminationGracePeriodSeconds =
            state.containers.lazy
            .compactMap { $0.annotations[RuntimeLabels.podTerminationGracePeriod].flatMap { Int64($0) } }
            .first
        return DesiredPod(pod: pod, hash: PodHash(annotations[ConfigAnnotations.hash] ?? ""), origin: "")
    }
}
