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

extension ResourceList {
    package mutating func add(_ other: ResourceList) {
        merge(other) { $0 + $1 }
    }

    /// Raises every amount to the other's where that is larger.
    package mutating func raise(to other: ResourceList) {
        merge(other) { Swift.max($0, $1) }
    }
}
