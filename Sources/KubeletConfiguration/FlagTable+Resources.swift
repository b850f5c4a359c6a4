import KubernetesAPI
import StructuredData

extension FlagTable {
    static let resources: [FlagDefinition] = [
        .flag("cgroup-driver", \.configuration.cgroupDriver, "cgroupfs or systemd, if the runtime doesn't tell."),
        .flag("cgroup-root", \.configuration.cgroupRoot, "Cgroup below which pods run."),
        .flag("cgroups-per-qos", \.configuration.cgroupsPerQOS, "One cgroup for each class of service."),
        .flag("kubelet-cgroups", \.configuration.kubeletCgroups, "Cgroup of the kubelet itself."),
        .flag("system-cgroups", \.configuration.systemCgroups, "Cgroup of processes that are in none."),
        .flag("fail-swap-on", \.configuration.failSwapOn, "Don't start while the host swaps."),
        .flag("oom-score-adj", \.configuration.oomScoreAdj, "The kubelet's own oom_score_adj."),
        .flag("cpu-cfs-quota", \.configuration.cpuCFSQuota, "Enforce CPU limits by quota."),
        .flag("cpu-cfs-quota-period", \.configuration.cpuCFSQuotaPeriod, "Period of that quota."),
        .flag("cpu-manager-policy", \.configuration.cpuManagerPolicy, "none or static."),
        .flag("cpu-manager-policy-options", \.configuration.cpuManagerPolicyOptions, "Its options."),
        .flag("cpu-manager-reconcile-period", \.configuration.cpuManagerReconcilePeriod, "How often it is applied."),
        .flag("memory-manager-policy", \.configuration.memoryManagerPolicy, "None or Static."),
        .flag(
            "reserved-memory", placeholder: "node:type=quantity,…",
            "Memory of a NUMA node that pods don't get. The flag is repeated for further nodes.",
            apply: takeReservedMemory),
        .flag(
            "topology-manager-policy", \.configuration.topologyManagerPolicy,
            "none, best-effort, restricted or single-numa-node."),
        .flag("topology-manager-policy-options", \.configuration.topologyManagerPolicyOptions, "Its options."),
        .flag("topology-manager-scope", \.configuration.topologyManagerScope, "container or pod."),
        .flag("qos-reserved", \.configuration.qosReserved, "Share of requests reserved by class, memory=50%."),
        .flag("system-reserved", \.configuration.systemReserved, "Resources kept for the system."),
        .flag("kube-reserved", \.configuration.kubeReserved, "Resources kept for Kubernetes itself."),
        .flag("reserved-cpus", \.configuration.reservedSystemCPUs, "CPUs kept for the system, such as 0-1,4."),
        .flag("system-reserved-cgroup", \.configuration.systemReservedCgroup, "Cgroup that system-reserved limits."),
        .flag("kube-reserved-cgroup", \.configuration.kubeReservedCgroup, "Cgroup that kube-reserved limits."),
        .flag(
            "enforce-node-allocatable", \.configuration.enforceNodeAllocatable,
            "What is enforced: none, pods, system-reserved, kube-reserved…"),
        .flag("max-open-files", \.configuration.maxOpenFiles, "Files the kubelet may have open."),
        .flag(
            "protect-kernel-defaults", \.configuration.protectKernelDefaults,
            "Don't start when kernel settings differ from what the kubelet wants."),
        .flag("make-iptables-util-chains", \.configuration.makeIPTablesUtilChains, "Make upstream's hint chain."),
        .flag("iptables-masquerade-bit", \.configuration.iptablesMasqueradeBit, "Without effect, as upstream."),
        .flag("iptables-drop-bit", \.configuration.iptablesDropBit, "Without effect, as upstream."),
        .flag(
            "feature-gates", placeholder: "name=bool,…", "Upstream's feature gates.",
            apply: { (text, settings, _) throws(InvalidFlagValue) in
                // Gates of the file that the flag doesn't name stay, as upstream has it.
                for pair in text.split(separator: ",") {
                    let (gate, word) = try splitPair(pair, separator: "=")
                    var isOn = false
                    try isOn.take(word, isFirst: true)
                    settings.configuration.featureGates[gate] = isOn
                }
            }),
    ]

    static let eviction: [FlagDefinition] = [
        thresholds("eviction-hard", "Thresholds that evict at once, such as memory.available<100Mi.") {
            (text, settings, isFirst) throws(InvalidFlagValue) in
            var thresholds = settings.configuration.evictionHard ?? [:]
            try thresholds.take(text, isFirst: isFirst, separator: "<")
            settings.configuration.evictionHard = thresholds
        },
        thresholds("eviction-soft", "Thresholds that evict when they last.") {
            (text, settings, isFirst) throws(InvalidFlagValue) in
            try settings.configuration.evictionSoft.take(text, isFirst: isFirst, separator: "<")
        },
        .flag("eviction-soft-grace-period", \.configuration.evictionSoftGracePeriod, "How long they must last."),
        .flag("eviction-minimum-reclaim", \.configuration.evictionMinimumReclaim, "How much an eviction sets free."),
        .flag(
            "eviction-pressure-transition-period", \.configuration.evictionPressureTransitionPeriod,
            "How long a node that was short is held to be short."),
        .flag(
            "eviction-max-pod-grace-period", \.configuration.evictionMaxPodGracePeriod,
            "Grace in seconds of a pod evicted by a lasting threshold."),
        .flag(
            "kernel-memcg-notification", \.configuration.kernelMemcgNotification,
            "Let the kernel tell when memory is short."),
    ]

    private static func thresholds(
        _ name: String, _ help: String, apply: @escaping FlagDefinition.Apply
    ) -> FlagDefinition {
        .flag(name, placeholder: "signal<quantity,…", help, apply: apply)
    }

    /// `0:memory=1Gi,hugepages-2Mi=64Mi`; the flag may be repeated.
    private static func takeReservedMemory(
        _ text: String, _ settings: inout KubeletSettings, _ isFirst: Bool
    ) throws(InvalidFlagValue) {
        if isFirst { settings.configuration.reservedMemory = [] }
        guard let colon = text.firstIndex(of: ":"), let node = Int32(text[..<colon]) else {
            throw InvalidFlagValue("not of the form node:type=quantity")
        }
        var reservation = MemoryReservation()
        reservation.numaNode = node
        for pair in text[text.index(after: colon)...].split(separator: ",") {
            let (type, amount) = try splitPair(pair, separator: "=")
            guard let quantity = try? Quantity(scalar: .string(amount)) else {
                throw InvalidFlagValue("\"\(amount)\" is not a quantity such as 1Gi")
            }
            reservation.limits[type] = quantity
        }
        settings.configuration.reservedMemory.append(reservation)
    }
}
