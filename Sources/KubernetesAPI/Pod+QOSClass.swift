extension Pod {
    /// How the pod is treated when resources run short, computed from requests and limits of CPU and memory
    /// (upstream: `pkg/apis/core/v1/helper/qos/qos.go`).
    package var qosClass: PodQOSClass {
        let computed = ["cpu", "memory"]
        var requestsAny = false
        var isGuaranteed = true
        for container in spec.initContainers + spec.containers {
            for resource in computed {
                let limit = container.resources.limits[resource].flatMap { $0.isZero ? nil : $0 }
                // A request that isn't given equals the limit.
                let request = container.resources.requests[resource].flatMap { $0.isZero ? nil : $0 } ?? limit
                if request != nil { requestsAny = true }
                if limit == nil || request != limit { isGuaranteed = false }
            }
        }
        if !requestsAny { return .bestEffort }
        return isGuaranteed ? .guaranteed : .burstable
    }
}
