extension Pod {
    /// How the pod is treated when resources run short, computed from requests and limits of CPU and memory
    /// (upstream: `pkg/apis/core/v1/helper/qos/qos.go`).
    package var qosClass: PodQOSClass {
        let computed = ["cpu", "memory"]
        var requestsAny = false
        var isGuaranteed = true
        // With resources of its own, those of its containers don't matter.
        let own = spec.resources.flatMap { $0.isOfPodLevel ? [$0] : nil }
        for resources in own ?? (spec.initContainers + spec.containers).map(\.resources) {
            for resource in computed {
                let limit = resources.limits[resource].flatMap { $0.isZero ? nil : $0 }
                // A request that isn't given equals the limit.
                let request = resources.requests[resource].flatMap { $0.isZero ? nil : $0 } ?? limit
                if request != nil { requestsAny = true }
                if limit == nil || request != limit { isGuaranteed = false }
            }
        }
        if !requestsAny { return .bestEffort }
        return isGuaranteed ? .guaranteed : .burstable
    }
}

extension ResourceRequirements {
    /// Whether it says anything for a whole pod (upstream: `IsPodLevelResourcesSet` in `component-helpers/resource`).
    package var isOfPodLevel: Bool {
        requests.keys.contains(where: Self.counts) || limits.keys.contains(where: Self.counts)
    }

    private static func counts(_ name: String) -> Bool { ResourceName.isPodLevel(name) }
}
