import ContainerRuntime
import KubernetesAPI

/// Turns a pod's requests and limits into numbers for cgroups. Formulas and bounds are upstream's
/// (`pkg/kubelet/cm/helpers_linux.go`, `pkg/kubelet/qos/policy.go`).
enum ResourceTranslation {
    static let minimumShares: Int64 = 2
    static let maximumShares: Int64 = 262_144
    static let cpuPeriod: Int64 = 100_000
    static let minimumQuota: Int64 = 1000

    static func shares(milliCPU: Int64) -> Int64 {
        guard milliCPU > 0 else { return minimumShares }
        return min(max(milliCPU * 1024 / 1000, minimumShares), maximumShares)
    }

    /// Microseconds in a period; 0 for no limit.
    static func quota(milliCPU: Int64) -> Int64 {
        guard milliCPU > 0 else { return 0 }
        return max(milliCPU * cpuPeriod / 1000, minimumQuota)
    }

    static func resources(of container: Container, in pod: Pod, memoryCapacity: Int64) -> LinuxResources {
        let requests = container.resources.requests
        let limits = container.resources.limits
        var resources = amounts(requests: requests, limits: limits)
        resources.oomScoreAdjustment = outOfMemoryScore(of: container, in: pod, memoryCapacity: memoryCapacity)
        for (name, quantity) in limits where name.hasPrefix("hugepages-") {
            let size = name.dropFirst("hugepages-".count)
            resources.hugepageLimits[pageSizeName(String(size))] = UInt64(max(0, quantity.value))
        }
        return resources
    }

    /// What a runtime that makes a machine for the sandbox has to make it for (upstream: `applySandboxResources` in
    /// `pkg/kubelet/kuberuntime/kuberuntime_sandbox_linux.go`).
    static func sandbox(_ pod: Pod) -> (containers: LinuxResources, overhead: LinuxResources) {
        let overhead = pod.spec.overhead
        return (
            amounts(requests: pod.spec.aggregateRequests, limits: pod.spec.aggregateLimits),
            overhead.isEmpty ? LinuxResources() : amounts(requests: overhead, limits: overhead)
        )
    }

    private static func amounts(requests: ResourceList, limits: ResourceList) -> LinuxResources {
        var resources = LinuxResources()
        let cpuRequest = requests["cpu"] ?? limits["cpu"]
        resources.cpuShares = shares(milliCPU: cpuRequest?.milliValue ?? 0)
        if let limit = limits["cpu"] {
            resources.cpuPeriod = cpuPeriod
            resources.cpuQuota = quota(milliCPU: limit.milliValue)
        }
        resources.memoryLimitBytes = limits["memory"]?.value ?? 0
        return resources
    }

    /// `2Mi` as runc spells it: `2MB`.
    private static func pageSizeName(_ size: String) -> String {
        size.hasSuffix("i") ? size.dropLast() + "B" : size
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
        let score = 1000 - 1000 * request / memoryCapacity
        return min(max(score, 3), 999)
    }
}
