package import ContainerRuntime
package import KubernetesAPI

/// The version that a pod is to be, with what tells its containers from those of other versions.
package struct PodTarget: Sendable, Hashable {
    package let pod: Pod
    private let revisions: [String: ContainerRevision]
    /// Containers to be made anew whatever they are: the operator asked for a restart, or it can't be told from the
    /// container itself that its spec has changed.
    package var doomed: Set<ContainerID>
    /// What there was of containers when a restart rule had all of the pod start over: for its init containers it is as
    /// if these had never been.
    package var startedOver: Set<ContainerID>
    /// The amounts that containers were given since they were created, where they differ.
    package var resized: [ContainerID: ContainerAmounts] = [:]

    package init(_ pod: Pod, doomed: Set<ContainerID> = [], startedOver: Set<ContainerID> = []) {
        self.pod = pod
        self.doomed = doomed
        self.startedOver = startedOver
        revisions = ContainerRevision.all(of: pod)
    }

    package func revision(of container: String) -> ContainerRevision? { revisions[container] }

    /// Whether the container is not the one that the spec asks for, though it has its name.
    package func isOutdated(_ container: RuntimeContainer) -> Bool {
        if isToRunAgain(container) { return true }
        guard let spec = pod.spec.container(named: container.name) else { return true }
        if let revision = container.annotations[RuntimeLabels.containerRevision] {
            return revision != revisions[container.name]?.rawValue
        }
        // Made by upstream's kubelet, which compares nothing else either.
        guard let hash = container.annotations[RuntimeLabels.containerHash] else { return false }
        return hash != UpstreamContainerHash.hexadecimal(of: spec)
    }

    /// Whether another is to come after the container whatever becomes of this one.
    func isToRunAgain(_ container: RuntimeContainer) -> Bool {
        doomed.contains(container.id) || startedOver.contains(container.id)
    }

    /// Whether a running container is to be given other amounts of CPU or memory.
    package func isToBeResized(_ container: RuntimeContainer) -> Bool {
        guard let spec = pod.spec.container(named: container.name) else { return false }
        let amounts =
            resized[container.id]
            ?? container.annotations[RuntimeLabels.containerAmounts]
            .map { ContainerAmounts(rawValue: $0) }
        // One that doesn't say what it has is left with it.
        return amounts.map { $0 != ContainerAmounts(of: spec, in: pod.spec) } ?? false
    }
}

/// The amounts of CPU and memory in a container's spec, as an annotation keeps them.
package struct ContainerAmounts: Sendable, Hashable, RawRepresentable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// A container without a limit has its pod's.
    package init(of container: Container, in spec: PodSpec) {
        let limits = spec.effectiveLimits(of: container)
        let parts = ["cpu", "memory"].flatMap { name in
            [container.resources.requests[name] ?? limits[name], limits[name]].map { amount in
                amount.map { name == "cpu" ? $0.milliValue : $0.value }.map(String.init) ?? "-"
            }
        }
        rawValue = parts.joined(separator: "/")
    }
}
