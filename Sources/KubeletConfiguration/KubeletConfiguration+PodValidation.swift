import KubernetesAPI

extension KubeletConfiguration {
    func validatePods(_ problems: inout ConfigurationProblems) {
        problems.requireNotNegative("syncFrequency", syncFrequency)
        problems.requireNotNegative("fileCheckFrequency", fileCheckFrequency)
        problems.requireNotNegative("httpCheckFrequency", httpCheckFrequency)
        problems.require(
            staticPodURL.isEmpty || staticPodURL.hasPrefix("http://") || staticPodURL.hasPrefix("https://"),
            "staticPodURL must begin with http:// or https://")
        problems.requireNotNegative("maxPods", maxPods)
        problems.requireNotNegative("podsPerCore", podsPerCore)
        problems.require(!runOnce, "runOnce (--runonce) is no longer a mode of the kubelet and must not be set")
        problems.requireWord("hairpinMode", hairpinMode, oneOf: "promiscuous-bridge", "hairpin-veth", "none")
        for server in clusterDNS {
            problems.require(NameRules.isIPAddress(server), "clusterDNS \"\(server)\" is not an IP address")
        }
        for pattern in allowedUnsafeSysctls {
            // As upstream's `NewAllowlist` in `pkg/kubelet/sysctl`, which names the regular expression instead.
            if !SysctlName.isValidPattern(pattern) {
                problems.require(
                    false, "allowedUnsafeSysctls \"\(pattern)\" is no name of a sysctl, nor one ending in *")
            } else {
                let start = SysctlName.normalized(pattern).prefix { $0 != "*" }
                problems.require(
                    SysctlName.namespace(of: String(start)) != nil,
                    "allowedUnsafeSysctls \"\(pattern)\" is not known to be namespaced")
            }
        }
        let period = crashLoopBackOff.maxContainerRestartPeriod
        if isGateOn("KubeletCrashLoopBackOffMax") {
            problems.require(
                (.seconds(1) ... .seconds(300)).contains(period ?? .zero),
                "crashLoopBackOff.maxContainerRestartPeriod \(period ?? .zero) must be between 1s and 300s")
        } else {
            problems.require(
                period == nil,
                "crashLoopBackOff.maxContainerRestartPeriod needs the feature gate KubeletCrashLoopBackOffMax")
        }
        if let length = userNamespaces?.idsPerPod {
            problems.require(
                length > 0 && length % 65536 == 0 && length < 1 << 32,
                "userNamespaces.idsPerPod \(length) must be a multiple of 65536 below 4294967296")
        }
    }

    func validateShutdown(_ problems: inout ConfigurationProblems) {
        let periods = [
            ("shutdownGracePeriod", shutdownGracePeriod),
            ("shutdownGracePeriodCriticalPods", shutdownGracePeriodCriticalPods),
        ]
        for (name, period) in periods {
            problems.require(
                period == .zero || period >= .seconds(1), "\(name) \(period) must be zero or at least 1s")
        }
        problems.require(
            shutdownGracePeriodCriticalPods <= shutdownGracePeriod,
            "shutdownGracePeriodCriticalPods \(shutdownGracePeriodCriticalPods) must not be longer than "
                + "shutdownGracePeriod \(shutdownGracePeriod)")
        problems.require(
            shutdownGracePeriodByPodPriority.isEmpty || periods.allSatisfy { $0.1 == .zero },
            "shutdownGracePeriodByPodPriority and shutdownGracePeriod exclude each other")
    }

    func validateResources(_ problems: inout ConfigurationProblems) {
        problems.require(systemCgroups.isEmpty || !cgroupRoot.isEmpty, "systemCgroups needs cgroupRoot")
        problems.requireWord("cgroupDriver", cgroupDriver, oneOf: "cgroupfs", "systemd")
        problems.require("oomScoreAdj", oomScoreAdj, in: -1000...1000)
        problems.requireNotNegative("maxOpenFiles", maxOpenFiles)
        problems.require("iptablesDropBit", iptablesDropBit, in: 0...31)
        problems.require("iptablesMasqueradeBit", iptablesMasqueradeBit, in: 0...31)
        if featureGates["CustomCPUCFSQuotaPeriod"] == true {
            problems.require(
                (.milliseconds(1) ... .seconds(1)).contains(cpuCFSQuotaPeriod),
                "cpuCFSQuotaPeriod \(cpuCFSQuotaPeriod) must be between 1ms and 1s")
        } else {
            problems.require(
                cpuCFSQuotaPeriod == .milliseconds(100),
                "cpuCFSQuotaPeriod \(cpuCFSQuotaPeriod) needs the feature gate CustomCPUCFSQuotaPeriod")
        }
        problems.require(
            memoryThrottlingFactor > 0 && memoryThrottlingFactor <= 1,
            "memoryThrottlingFactor \(memoryThrottlingFactor) must be greater than 0 and at most 1")
        validateReservations(&problems)
        problems.require(
            CPUList(reservedSystemCPUs) != nil,
            "reservedSystemCPUs \"\(reservedSystemCPUs)\" is no list of processors such as 0-1,4")
        problems.require(
            reservedSystemCPUs.isEmpty || (systemReservedCgroup.isEmpty && kubeReservedCgroup.isEmpty),
            "reservedSystemCPUs excludes systemReservedCgroup and kubeReservedCgroup")
    }

    /// As upstream's `parseResourceList` in `cmd/kubelet/app/server.go`.
    private func validateReservations(_ problems: inout ConfigurationProblems) {
        for (field, amounts) in [("systemReserved", systemReserved), ("kubeReserved", kubeReserved)] {
            for (name, text) in amounts.sorted(by: { $0.key < $1.key }) {
                problems.require(
                    ["cpu", "memory", "ephemeral-storage", "pid"].contains(name),
                    "\(field): \(name) cannot be reserved, only cpu, memory, ephemeral-storage and pid")
                let amount = Quantity(text)
                problems.require(amount != nil, "\(field): \(name) \"\(text)\" is not a quantity such as 500m or 1Gi")
                problems.require(amount ?? Quantity() >= Quantity(), "\(field): \(name) \(text) must not be negative")
            }
        }
    }

    func validateEnforcement(_ problems: inout ConfigurationProblems) {
        var seen = Set<String>()
        for option in enforceNodeAllocatable {
            problems.require(
                seen.insert(option).inserted, "enforceNodeAllocatable has \"\(option)\" twice")
            switch option {
            case "none":
                problems.require(enforceNodeAllocatable.count == 1, "enforceNodeAllocatable: none excludes all others")
                continue
            case "pods": break
            case "system-reserved", "system-reserved-compressible":
                problems.require(!systemReservedCgroup.isEmpty, "\(option) needs systemReservedCgroup")
            case "kube-reserved", "kube-reserved-compressible":
                problems.require(!kubeReservedCgroup.isEmpty, "\(option) needs kubeReservedCgroup")
            default:
                problems.require(
                    false,
                    "enforceNodeAllocatable \"\(option)\" must be one of none, pods, system-reserved, "
                        + "system-reserved-compressible, kube-reserved, kube-reserved-compressible")
                continue
            }
            problems.require(cgroupsPerQOS, "enforceNodeAllocatable: \(option) needs cgroupsPerQOS: true")
        }
        for kind in ["system-reserved", "kube-reserved"] {
            problems.require(
                !seen.isSuperset(of: [kind, "\(kind)-compressible"]),
                "enforceNodeAllocatable: \(kind) and \(kind)-compressible exclude each other")
        }
    }

    func validatePolicies(_ problems: inout ConfigurationProblems) {
        problems.requireWord("cpuManagerPolicy", cpuManagerPolicy, oneOf: "none", "static")
        problems.requireWord("memoryManagerPolicy", memoryManagerPolicy, oneOf: "None", "Static")
        problems.requireWord(
            "topologyManagerPolicy", topologyManagerPolicy,
            oneOf: "none", "best-effort", "restricted", "single-numa-node")
        problems.requireWord("topologyManagerScope", topologyManagerScope, oneOf: "container", "pod")
        problems.requireWord("memoryReservationPolicy", memoryReservationPolicy, oneOf: "None", "TieredReservation")
        problems.require(
            memoryReservationPolicy != "TieredReservation" || featureGates["MemoryQoS"] == true,
            "memoryReservationPolicy TieredReservation needs the feature gate MemoryQoS")
        let swap = memorySwap.swapBehavior
        problems.require(
            ["", "NoSwap", "LimitedSwap"].contains(swap),
            "memorySwap.swapBehavior \"\(swap)\" must be one of NoSwap, LimitedSwap")
    }
}
