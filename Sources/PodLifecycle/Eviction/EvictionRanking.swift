package import KubernetesAPI

/// What a pod uses of something that is short.
package struct EvictionCandidate: Sendable, Hashable {
    package var pod: Pod
    /// In bytes or as a count, by container; empty where only the pod's is known.
    package var containers: [String: Int64]
    package var usage: Int64

    package init(pod: Pod, usage: Int64, containers: [String: Int64] = [:]) {
        self.pod = pod
        self.usage = usage
        self.containers = containers
    }
}

/// Which pod goes first (upstream: `rankMemoryPressure` and its like in `pkg/kubelet/eviction/helpers.go`).
package struct EvictionRanking: Sendable {
    private let signal: EvictionSignal

    package init(for signal: EvictionSignal) { self.signal = signal }

    /// The candidates in the order in which they go: those that use more than they asked for, those of lesser priority,
    /// those that exceed it most. Critical pods are not among them.
    package func ranked(_ candidates: [EvictionCandidate]) -> [EvictionCandidate] {
        candidates.filter { !PodImportance(of: $0.pod).isCritical }.sorted { first, second in
            let (one, other) = (exceedsRequest(first), exceedsRequest(second))
            if one != other { return one }
            let (mine, yours) = (first.pod.spec.priority ?? 0, second.pod.spec.priority ?? 0)
            if mine != yours { return mine < yours }
            let (less, more) = (excess(first), excess(second))
            return less == more ? first.pod.fullName < second.pod.fullName : less > more
        }
    }

    private func exceedsRequest(_ candidate: EvictionCandidate) -> Bool {
        // Nobody asks for inodes or processes.
        guard signal.resource == "memory" || signal.resource == "ephemeral-storage" else { return false }
        return excess(candidate) > 0
    }

    private func excess(_ candidate: EvictionCandidate) -> Int64 {
        candidate.usage - (candidate.pod.spec.podRequests[signal.resource]?.value ?? 0)
    }

    /// What is said of a pod that is evicted, in upstream's words (`evictionMessage`).
    package func ending(
        of candidate: EvictionCandidate, _ threshold: EvictionThreshold, _ observation: SignalObservation
    ) -> PodEnding {
        let resource = signal.resource
        var message = "The node was low on resource: \(resource). "
        if resource != "pids" {
            message +=
                "Threshold quantity: \(quantity(threshold.value(of: observation))), "
                + "available: \(kibibytes(observation.available)). "
        }
        for container in candidate.pod.spec.allContainers {
            guard let usage = candidate.containers[container.name] else { continue }
            let request = container.resources.requests[resource] ?? Quantity(0)
            guard usage > request.value else { continue }
            message +=
                "Container \(container.name) was using \(kibibytes(usage)), request is \(request), "
                + "has larger consumption of \(resource). "
        }
        return PodEnding(reason: "Evicted", message: message, disruption: PodEnding.Disruption(message: message))
    }

    private var isCount: Bool { signal.resource == "inodes" }

    private func quantity(_ value: Int64) -> Quantity {
        Quantity(value, format: isCount ? .decimalSI : .binarySI)
    }

    private func kibibytes(_ value: Int64) -> String { isCount ? "\(value)" : "\(value / 1024)Ki" }
}
