import ContainerRuntime
import KubernetesAPI

/// Turns a pod's requests and limits into numbers for cgroups. Formulas and bounds are upstream's
/// (`pkg/kubelet/cm/helpers_linux.go`, `pkg/kubelet/qos/policy.go`).
enum ResourceTranslation {
    static let minimumShares: Int64 = 2
    static let maximumShares: Int64 = 262_144
    static let minimumQuota: Int64 = 1000

    static func shares(milliCPU: Int64) -> Int64 {
        guard milliCPU > 0 else { return minimumShares }
        return min(max(milliCPU * 1024 / 1000, minimumShares), maximumShares)
    }

    /// Microseconds in a period; 0 for no limit.
    static func quota(milliCPU: Int64, period: Int64) -> Int64 {
        guard milliCPU > 0 else { return 0 }
        return max(milliCPU * period / 1000, minimumQuota)
    }

    static func resources(of container: Container, in pod: Pod, on node: NodeFacts) -> LinuxResources {
        let limits = pod.spec.effectiveLimits(of: container)
        var resources = amounts(requests: container.resources.requests, limits: limits, node.limits)
        resources.oomScoreAdjustment = outOfMemoryScore(of: container, in: pod, memoryCapacity: node.memoryCapacity)
        resources.hugepageLimits = hugePageLimits(of: container, in: pod, sizes: node.limits.pageSizes)
        // As upstream (`pkg/kubelet/kuberuntime/kuberuntime_container_linux.go`).
        if node.limits.endsContainersWhole { resources.unified["memory.oom.group"] = "1" }
        switch node.limits.swapControl {
        case .withMemory: resources.memorySwapLimitBytes = resources.memoryLimitBytes
        case .separate: resources.unified["memory.swap.max"] = "0"
        case nil: break
        }
        return resources
    }

    /// Bytes by the kernel's names of page sizes: those of the container, else what the pod as a whole may have. Pages of a
    /// size without a limit can't be had (upstream: `GetHugepageLimitsFromResources` in
    /// `pkg/kubelet/kuberuntime/kuberuntime_container_linux.go`).
    private static func hugePageLimits(of container: Container, in pod: Pod, sizes: [Int64]) -> [String: UInt64] {
        var bytes = Dictionary(uniqueKeysWithValues: sizes.map { ($0, UInt64(0)) })
        for (name, limit) in (pod.spec.resources?.limits ?? [:]).merging(
            container.resources.limits, uniquingKeysWith: { $1 })
        {
            if let size = ResourceName.pageSize(of: name) { bytes[size] = UInt64(max(0, limit.value)) }
        }
        return Dictionary(uniqueKeysWithValues: bytes.map { (HugePageSize.kernelName(bytes: $0), $1) })
    }

    /// What a runtime that makes a machine for the sandbox has to make it for (upstream: `applySandboxResources` in
    /// `pkg/kubelet/kuberuntime/kuberuntime_sandbox_linux.go`).
    static func sandbox(_ pod: Pod, _ policy: LimitPolicy) -> (containers: LinuxResources, overhead: LinuxResources) {
        let overhead = pod.spec.overhead
        return (
            amounts(
                requests: pod.spec.requestsWithoutOverhead, limits: pod.spec.limitsWithoutOverhead, policy),
            overhead.isEmpty ? LinuxResources() : amounts(requests: overhead, limits: overhead, policy)
        )
    }

    private static func amounts(
        requests: ResourceList, limits: ResourceList, _ policy: LimitPolicy
    ) -> LinuxResources {
        var resources = LinuxResources()
        let cpuRequest = requests["cpu"] ?? limits["cpu"]
        resources.cpuShares = shares(milliCPU: cpuRequest?.milliValue ?? 0)
        if policy.enforcesCPULimits, let limit = limits["cpu"] {
            resources.cpuPeriod = policy.cpuPeriod
            resources.cpuQuota = quota(milliCPU: limit.milliValue, period: policy.cpuPeriod)
        }
        resources.memoryLimitBytes = limits["memory"]?.value ?? 0
        return resources
    }

    static func outOfMemoryScore(of container: Container, in pod: Pod, memoryCapacity: Int64) -> Int64 {
        // Static pods are critical: the node depends on them.
        if pod.isNodeCritical { return -997 }
        switch pod.qosClass {
        case .guaranteed: return -997
        case .bestEffort: return 1000
        default: break
        }
        guard memoryCapacity > 0 else { return 999 }
        var request = container.resources.requests["memory"]?.value ?? 0
        // A sidecar is killed no sooner than the regular container that asks for least.
        if pod.spec.sidecars.contains(where: { $0.name == container.name }) {
            request = max(request, pod.spec.containers.map { $0.resources.requests["memory"]?.value ?? 0 }.min() ?? 0)
        }
        request += unassignedMemory(of: pod.spec)
        let score = 1000 - 1000 * request / memoryCapacity
        return min(max(score, 3), 999)
    }

    /// Each container's part of what the pod requests of memory by itself, beyond its containers' requests.
    private static func unassignedMemory(of spec: PodSpec) -> Int64 {
        guard let own = spec.resources?.requests["memory"], !own.isZero else { return 0 }
        let assigned = spec.aggregateRequests["memory"]?.value ?? 0
        return (own.value - assigned) / Int64(max(1, spec.containers.count + spec.initContainers.count))
    }
}
