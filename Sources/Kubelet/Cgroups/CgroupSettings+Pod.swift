import KubernetesAPI

extension CgroupSettings {
    /// What all of a pod may have (upstream: `ResourceConfigForPod` in `pkg/kubelet/cm/helpers_linux.go`).
    ///
    /// A container without a limit is limited by the node alone, so its pod is too unless it has a limit of its own.
    init(of pod: Pod, _ policy: LimitPolicy) {
        let requests = pod.spec.podRequests
        let limits = pod.spec.podLimits
        cpuShares = ResourceTranslation.shares(milliCPU: requests["cpu"]?.milliValue ?? 0)
        var time = Limit.unlimited
        if policy.enforcesCPULimits, pod.limitsAll("cpu"), let limit = limits["cpu"]?.milliValue, limit > 0 {
            time = .amount(ResourceTranslation.quota(milliCPU: limit, period: policy.cpuPeriod))
        }
        cpuQuota = Quota(time: time, period: policy.cpuPeriod)
        memory = .unlimited
        if pod.limitsAll("memory"), let limit = limits["memory"]?.value, limit > 0 { memory = .amount(limit) }
        processes = Limit(policy.processes)
        hugePages = Self.hugePages(limits, sizes: policy.pageSizes)
    }

    /// What cgroups may have to which those of many pods belong.
    /// - Parameter resources: amounts of `cpu`, `memory`, `pid` and huge pages; what isn't named isn't limited.
    init(_ resources: ResourceList, pageSizes: [Int64] = []) {
        cpuShares = resources["cpu"].map { ResourceTranslation.shares(milliCPU: $0.milliValue) }
        memory = resources["memory"].map { .amount($0.value) }
        processes = resources["pid"].map { .amount($0.value) }
        hugePages = Self.hugePages(resources, sizes: pageSizes)
    }

    /// Pages of a size that isn't named can't be had.
    private static func hugePages(_ limits: ResourceList, sizes: [Int64]) -> [String: Limit] {
        var bySize: [Int64: Int64] = [:]
        for (name, amount) in limits where ResourceName.isHugePages(name) {
            if let size = ResourceName.pageSize(of: name) { bySize[size] = amount.value }
        }
        return Dictionary(
            uniqueKeysWithValues: sizes.map { (HugePageSize.kernelName(bytes: $0), .amount(bySize[$0] ?? 0)) })
    }
}

extension Pod {
    /// Whether a limit of all of the pod limits no container that has none.
    fileprivate func limitsAll(_ resource: String) -> Bool {
        if qosClass == .bestEffort { return false }
        if let own = spec.resources?.limits[resource], !own.isZero { return true }
        return (spec.containers + spec.initContainers).allSatisfy { $0.resources.limits[resource]?.isZero == false }
    }
}
