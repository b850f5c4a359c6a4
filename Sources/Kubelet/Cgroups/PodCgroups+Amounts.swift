import ContainerRuntime
import Glibc
import KubernetesAPI
import PodLifecycle

/// What pods and their containers have, as the kernel says.
extension PodCgroups {
    /// What all of a pod has.
    func amounts(of pod: Pod) -> RuntimeAmounts { RuntimeAmounts(hierarchies.limits(of: path(of: pod))) }

    /// What a container has; `nil` when it has no cgroup.
    func amounts(of container: ContainerID, in pod: Pod) -> RuntimeAmounts? {
        path(of: container, in: pod).map { RuntimeAmounts(hierarchies.limits(of: $0)) }
    }

    /// The memory limit that is to change of a pod.
    func memoryChange(of pod: Pod, to settings: CgroupSettings) -> MemoryLimitChange {
        let path = path(of: pod)
        return MemoryLimitChange(
            of: .pod, from: hierarchies.limits(of: path).memory?.amount, to: settings.memory?.amount,
            usage: hierarchies.memoryUsage(of: path))
    }

    /// The memory limit that is to change of a container; `nil` when it has no cgroup.
    func memoryChange(
        of container: ContainerID, named name: String, in pod: Pod, to resources: LinuxResources
    ) -> MemoryLimitChange? {
        guard let path = path(of: container, in: pod) else { return nil }
        let wanted = resources.memoryLimitBytes
        return MemoryLimitChange(
            of: .container(name), from: hierarchies.limits(of: path).memory?.amount, to: wanted > 0 ? wanted : nil,
            usage: hierarchies.memoryUsage(of: path))
    }

    /// Whether the kernel says that a container has all that these resources set of CPU and memory.
    func has(_ container: ContainerID, in pod: Pod, _ resources: LinuxResources) -> Bool {
        guard let path = path(of: container, in: pod) else { return false }
        let found = hierarchies.limits(of: path)
        let hasShares =
            found.cpuShares.map { $0 == resources.cpuShares }
            ?? (hierarchies.weight(of: path) == CgroupSettings.weight(shares: resources.cpuShares))
        guard hasShares else { return false }
        if resources.cpuQuota > 0 {
            let quota = CgroupSettings.Quota(time: .amount(resources.cpuQuota), period: resources.cpuPeriod)
            guard found.cpuQuota == quota else { return false }
        }
        guard resources.memoryLimitBytes > 0 else { return true }
        // The kernel counts whole pages.
        let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
        return found.memory?.amount.map { $0 / page == resources.memoryLimitBytes / page } ?? false
    }

    private func path(of container: ContainerID, in pod: Pod) -> String? {
        hierarchies.child(of: path(of: pod), containing: container.rawValue)
    }
}

extension CgroupSettings.Limit {
    /// `nil` for no limit.
    fileprivate var amount: Int64? {
        switch self {
        case .amount(let amount): amount
        case .unlimited: nil
        }
    }
}

extension RuntimeAmounts {
    fileprivate init(_ settings: CgroupSettings) {
        self.init(
            cpuPeriod: settings.cpuQuota?.period ?? 0, cpuQuota: settings.cpuQuota?.time.amount ?? 0,
            cpuShares: settings.cpuShares ?? 0, memoryLimitBytes: settings.memory?.amount ?? 0)
    }
}
