import ContainerRuntime
import HostSystem
import Kubelet
import KubeletConfiguration
import KubernetesAPI
import Logging
import PodLifecycle

/// What pods may have of the machine.
extension KubeletComposition {
    /// - Throws: when the configuration reserves what the machine doesn't have.
    static func resources(_ configuration: KubeletConfiguration, _ inventory: HostInventory) throws -> NodeResources {
        var reservations = NodeResources.Reservations()
        reservations.system = configuration.systemReserved.compactMapValues { Quantity($0) }
        reservations.kube = configuration.kubeReserved.compactMapValues { Quantity($0) }
        reservations.hardEviction = configuration.evictionHard ?? [:]
        if let reserved = CPUList(configuration.reservedSystemCPUs), !reserved.isEmpty {
            guard reserved.isSubset(of: CPUList(inventory.onlineCPUs)) else {
                throw StartError(
                    "reservedSystemCPUs \(configuration.reservedSystemCPUs) names processors that aren't there: "
                        + "this machine has \(inventory.onlineCPUs)")
            }
            // As upstream has it, they count in place of other reservations of CPU.
            reservations.system["cpu"] = Quantity(Int64(reserved.count))
            reservations.kube["cpu"] = nil
        }
        return try NodeResources(inventory, reserving: reservations)
    }

    /// More starts at a time than these make each other slower, and every pod late. One that takes long is more likely
    /// to wait for something, as for an address, than to work.
    var starts: Turns {
        Turns(limit: max(4, 2 * Int(inventory.cpus)), patience: Turns.Patience(.seconds(5), on: clock))
    }

    var limitPolicy: LimitPolicy {
        var policy = LimitPolicy()
        policy.enforcesCPULimits = configuration.cpuCFSQuota
        policy.cpuPeriod =
            configuration.cpuCFSQuotaPeriod.duration.components.seconds * 1_000_000
            + configuration.cpuCFSQuotaPeriod.duration.components.attoseconds / 1_000_000_000_000
        policy.processes = configuration.podPidsLimit > 0 ? configuration.podPidsLimit : nil
        policy.endsContainersWhole = inventory.hasUnifiedCgroups && configuration.singleProcessOOMKill != true
        policy.swapControl = inventory.swapControl
        policy.pageSizes = inventory.hugePages.keys.sorted()
        return policy
    }

    func nodeCgroups(_ podCgroups: PodCgroups) -> NodeCgroups {
        var enforcement = NodeCgroups.Enforcement()
        enforcement.options = Set(configuration.enforceNodeAllocatable)
        enforcement.systemReservedCgroup = configuration.systemReservedCgroup
        enforcement.kubeReservedCgroup = configuration.kubeReservedCgroup
        return NodeCgroups(
            podCgroups, resources: resources, enforcement: enforcement, pageSizes: limitPolicy.pageSizes, clock: clock,
            logger: logger)
    }

    /// The cgroups of pods, made as the runtime makes those of containers, or as configured where it doesn't tell.
    /// - Throws: when that is systemd, which isn't there.
    func podCgroups(_ runtimeDriver: CgroupDriver?) throws -> PodCgroups {
        let configured = CgroupDriver(rawValue: configuration.cgroupDriver)
        if let runtimeDriver, runtimeDriver != configured {
            logger.info("cgroups are made as the runtime does", metadata: ["cgroupDriver": "\(runtimeDriver)"])
        }
        guard (runtimeDriver ?? configured) == .systemd else { return PodCgroups(root: configuration.cgroupRoot) }
        try HostChecks.checkSystemd()
        return PodCgroups(root: configuration.cgroupRoot, systemd: SystemdManager(threads: threads))
    }

    var maxPods: Int64 { inventory.maxPods(limit: configuration.maxPods, perCore: configuration.podsPerCore) }

    var room: NodeRoom {
        NodeRoom(
            maxPods: Int(maxPods),
            allocatable: resources.allocatable.reduce(into: [:]) { amounts, resource in
                amounts[resource.key] = resource.key == "cpu" ? resource.value.milliValue : resource.value.value
            })
    }
}
