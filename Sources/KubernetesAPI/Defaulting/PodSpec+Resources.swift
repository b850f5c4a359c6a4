extension PodSpec {
    /// What all containers together request, following `k8s.io/component-helpers/resource`: regular containers and
    /// sidecars run at the same time; an init container runs beside the sidecars that started before it.
    package var aggregateRequests: ResourceList {
        aggregate(\.requests)
    }

    /// What all containers together may use; containers without a limit count as nothing.
    package var aggregateLimits: ResourceList {
        aggregate(\.limits)
    }

    private func aggregate(_ list: KeyPath<ResourceRequirements, ResourceList>) -> ResourceList {
        var running: ResourceList = [:]
        for container in containers { running.add(container.resources[keyPath: list]) }
        var sidecars: ResourceList = [:]
        var peak: ResourceList = [:]
        for container in initContainers {
            let own = container.resources[keyPath: list]
            if container.restartPolicy == .always {
                running.add(own)
                sidecars.add(own)
                peak.raise(to: sidecars)
            } else {
                var momentary = sidecars
                momentary.add(own)
                peak.raise(to: momentary)
            }
        }
        running.raise(to: peak)
        return running
    }
}

/// Amounts of whole pods, in which the pod's own count for those of its containers (upstream: `PodRequests` and
/// `PodLimits` in `k8s.io/component-helpers/resource`).
extension PodSpec {
    /// What is reserved for the pod.
    package var podRequests: ResourceList {
        var requests = requestsWithoutOverhead
        requests.add(overhead)
        return requests
    }

    /// What the pod may use at most; what comes on top of the containers' counts where there is a limit.
    package var podLimits: ResourceList {
        let limits = limitsWithoutOverhead
        return limits.merging(overhead.filter { limits[$0.key] != nil }) { $0 + $1 }
    }

    package var requestsWithoutOverhead: ResourceList { replaced(aggregateRequests, by: resources?.requests) }

    package var limitsWithoutOverhead: ResourceList { replaced(aggregateLimits, by: resources?.limits) }

    private func replaced(_ aggregate: ResourceList, by own: ResourceList?) -> ResourceList {
        aggregate.merging((own ?? [:]).filter { ResourceName.isPodLevel($0.key) }) { $1 }
    }

    /// The limits of a container: for CPU and memory its pod's, where it has none itself.
    package func effectiveLimits(of container: Container) -> ResourceList {
        var limits = container.resources.limits
        for name in [ResourceName.cpu, ResourceName.memory] where limits[name]?.isZero ?? true {
            if let own = resources?.limits[name] { limits[name] = own }
        }
        return limits
    }
}

extension ResourceList {
    package mutating func add(_ other: ResourceList) {
        merge(other) { $0 + $1 }
    }

    /// Raises every amount to the other's where that is larger.
    package mutating func raise(to other: ResourceList) {
        merge(other) { Swift.max($0, $1) }
    }
}
