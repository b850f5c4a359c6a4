import KubernetesAPI
package import Logging
package import PodLifecycle

/// The cgroups above those of pods: what all pods together may have, and how they share it by their QoS class (upstream:
/// `qos_container_manager_linux.go` and `node_container_manager_linux.go` of `pkg/kubelet/cm`).
package struct NodeCgroups: Sendable {
    /// `enforceNodeAllocatable`, with the cgroups it may name.
    package struct Enforcement: Sendable, Hashable {
        package var options: Set<String> = ["pods"]
        package var systemReservedCgroup = ""
        package var kubeReservedCgroup = ""

        package init() {}
    }

    /// Upstream's pause between two attempts to give all pods less than they use.
    private static let pause = Duration.seconds(60)

    private let pods: PodCgroups
    private let resources: NodeResources
    private let enforcement: Enforcement
    private let pageSizes: [Int64]
    private let clock: any KubeletClock
    private let logger: Logger

    /// - Parameter pageSizes: sizes of the machine's huge pages in bytes.
    package init(
        _ pods: PodCgroups, resources: NodeResources, enforcement: Enforcement, pageSizes: [Int64],
        clock: any KubeletClock, logger: Logger
    ) {
        self.pods = pods
        self.resources = resources
        self.enforcement = enforcement
        self.pageSizes = pageSizes
        self.clock = clock
        self.logger = logger
    }

    /// Makes the cgroups of all pods and of the QoS classes, and limits those of the system where that is asked for.
    /// - Throws: when a cgroup can't be made, or one isn't there that is to be limited.
    package func establish() async throws {
        var all = podLimits
        // What is in use already may be more: that is for later, and no reason not to start.
        all.memory = nil
        try await pods.set(pods.all, to: all)
        var shared = CgroupSettings()
        for size in pageSizes { shared.hugePages[HugePageSize.kernelName(bytes: size)] = .unlimited }
        // Its weight comes with its pods, of which some may run.
        try await pods.set(pods.name(of: .burstable), to: shared)
        shared.cpuShares = ResourceTranslation.minimumShares
        try await pods.set(pods.name(of: .bestEffort), to: shared)
        try await limit("system-reserved", enforcement.systemReservedCgroup, to: resources.reservations.system)
        try await limit("kube-reserved", enforcement.kubeReservedCgroup, to: resources.reservations.kube)
    }

    private var podLimits: CgroupSettings {
        CgroupSettings(resources.limits(isEnforced: enforcement.options.contains("pods")), pageSizes: pageSizes)
    }

    /// - Parameter option: the one of `enforceNodeAllocatable` that asks for all of it; with `-compressible` at its
    ///   end it asks for the CPU alone.
    private func limit(_ option: String, _ cgroup: String, to reserved: ResourceList) async throws {
        let isWhole = enforcement.options.contains(option)
        guard isWhole || enforcement.options.contains("\(option)-compressible") else { return }
        let name = CgroupName(cgroup, of: pods.driver)
        guard pods.hierarchies.exists(name.path(pods.driver)) else {
            throw NodeSetupError("cannot enforce \(option): there is no cgroup \(cgroup)")
        }
        try await pods.set(name, to: CgroupSettings(isWhole ? reserved : reserved.filter { $0.key == "cpu" }))
    }

    /// Limits the memory of all pods. As long as they use more, the kernel refuses: then it is tried again each minute,
    /// until done or cancelled.
    func limitPods() async {
        while !Task.isCancelled {
            do {
                return try await pods.set(pods.all, to: podLimits)
            } catch {
                logger.warning("cannot limit the memory of all pods", metadata: ["error": "\(error)"])
            }
            try? await clock.sleep(for: Self.pause)
        }
    }

    /// Gives pods with requests and without guarantees the weight that they have together.
    /// - Parameter milliCPU: the sum of their requests.
    func weighBurstable(_ milliCPU: Int64) async {
        var settings = CgroupSettings()
        settings.cpuShares = ResourceTranslation.shares(milliCPU: milliCPU)
        do {
            try await pods.set(pods.name(of: .burstable), to: settings)
        } catch {
            logger.warning("cannot set the weight of burstable pods", metadata: ["error": "\(error)"])
        }
    }
}
