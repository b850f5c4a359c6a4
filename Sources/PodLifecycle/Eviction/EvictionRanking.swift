package import KubernetesAPI

/// What a pod uses of something that is short.
package struct EvictionCandidate: Sendable, Hashable {
    package var pod: Pod
    /// In bytes or as a count, by container; empty where only the pod's is known.
    package var containers: [String: Int64]
    /// `nil` where it isn't known.
    package var usage: Int64?

    package init(pod: Pod, usage: Int64?, containers: [String: Int64] = [:]) {
        self.pod = pod
        self.usage = usage
        self.containers = containers
    }
}

/// Which pod goes first (upstream: `rankMemoryPressure` and its like in `pkg/kubelet/eviction/helpers.go`).
package struct EvictionRanking: Sendable {
    private let signal: EvictionSignal

    package init(for signal: EvictionSignal) { self.signal = signal }

    /// The candidates in the order in which they go: those of which nothing is known, those that use more than they asked
    /// for, those of lesser priority, those that exceed it most. Critical pods are not among them.
    package func ranked(_ candidates: [EvictionCandidate]) -> [EvictionCandidate] {
        candidates.filter { !PodImportance(of: $0.pod).isCritical }.sorted { first, second in
            let (one, other) = (manner(first), manner(second))
            if one != other { return one > other }
            let (mine, yours) = (first.pod.spec.priority ?? 0, second.pod.spec.priority ?? 0)
            if mine != yours { return mine < yours }
            let (less, more) = (excess(first), excess(second))
            return less == more ? first.pod.fullName < second.pod.fullName : less > more
        }
    }

    /// How a pod stands to what it asked for.
    private enum Manner: Comparable {
        case modest, greedy, unknown
    }

    private func manner(_ candidate: EvictionCandidate) -> Manner {
        // Nobody asks for inodes or processes.
        guard signal.resource == "memory" || signal.resource == "ephemeral-storage" else { return .modest }
        if candidate.usage == nil { return .unknown }
        return excess(candidate) > 0 ? .greedy : .modest
    }

    private func excess(_ candidate: EvictionCandidate) -> Int64 {
        guard let usage = candidate.usage else { return .max }
        return usage - (candidate.pod.spec.podRequests[signal.resource]?.value ?? 0)
    }

    // MARK: What is said of it

    /// What is said of a pod that is evicted, in upstream's words (`evictionMessage`).
    package func ending(
        of candidate: EvictionCandidate, _ threshold: EvictionThreshold, _ observation: SignalObservation
    ) -> PodEnding {
        let resource = signal.resource
        let available = Quantity(observation.available, format: isCount ? .decimalSI : .binarySI)
        var message =
            "The node was low on resource: \(resource). "
            + "Threshold quantity: \(threshold.quantity(of: observation)), available: \(available). "
        var annotations: [String: String] = [:]
        if let usage = candidate.usage {
            if let request = ownRequest(of: candidate.pod) {
                let used = Quantity(usage, format: .binarySI)
                message += blame("Pod", candidate.pod.metadata.name, used, request)
                annotations["offending_pod"] = candidate.pod.metadata.name
                annotations["offending_pod_usage"] = "\(used)"
            }
            let offenders = offenders(candidate)
            message += offenders.map { blame("Container", $0.name, $0.usage, $0.request) }.joined()
            annotations["offending_containers"] = offenders.map(\.name).joined(separator: ",")
            annotations["offending_containers_usage"] = offenders.map { "\($0.usage)" }.joined(separator: ",")
            annotations["starved_resource"] = resource
        }
        var ending = PodEnding(
            reason: "Evicted", message: message, disruption: PodEnding.Disruption(message: message))
        ending.annotations = annotations
        return ending
    }

    private var isCount: Bool { signal.resource == "inodes" || signal.resource == "pids" }

    private func blame(_ kind: String, _ name: String, _ usage: Quantity, _ request: Quantity) -> String {
        "\(kind) \(name) was using \(usage), request is \(request), has larger consumption of \(signal.resource). "
    }

    /// What a pod asks for by itself, of memory.
    private func ownRequest(of pod: Pod) -> Quantity? {
        guard signal.resource == "memory", let own = pod.spec.resources, own.isOfPodLevel else { return nil }
        return own.requests["memory"]
    }

    /// The containers that use more than they asked for. Ephemeral ones can't ask for anything, so they aren't blamed.
    private func offenders(_ candidate: EvictionCandidate) -> [(name: String, usage: Quantity, request: Quantity)] {
        let spec = candidate.pod.spec
        return (spec.containers + spec.initContainers).compactMap { container in
            let request = container.resources.requests[signal.resource] ?? Quantity(0)
            guard let usage = candidate.containers[container.name], usage > request.value else { return nil }
            return (container.name, Quantity(usage, format: .binarySI), request)
        }
    }
}
