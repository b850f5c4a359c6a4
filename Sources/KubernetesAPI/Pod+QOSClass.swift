extension Pod {
    /// How the pod is treated when resources run short, computed from requests and limits of CPU and memory
    /// (upstream: `pkg/apis/core/v1/helper/qos/qos.go`).
    package var qosClass: PodQOSClass {
        let computed = ["cpu", "memory"]
        var requestsAny = false
        var isGuaranteed = true
        // With resources of its own, those of its containers don't matter.
        for resources in spec.resources.map({ [$0] }) ?? (spec.initContainers + spec.containers).map(\.resources) {
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
