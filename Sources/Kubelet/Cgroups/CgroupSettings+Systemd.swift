import HostSystem

extension CgroupSettings {
    /// The settings as properties of a slice (upstream: `cgroups/systemd` of runc's library). What systemd has no
    /// property for, or rounds, is in the cgroup's files alone.
    func properties(isUnified: Bool) -> [SystemdManager.Property] {
        var properties: [SystemdManager.Property] = []
        func add(_ name: String, _ value: UInt64) { properties.append(.init(name, .uint64(value))) }
        if let shares = cpuShares {
            if isUnified {
                add("CPUWeight", UInt64(Self.weight(shares: shares)))
            } else {
                add("CPUShares", UInt64(max(0, shares)))
            }
        }
        if let quota = cpuQuota {
            add("CPUQuotaPerSecUSec", quota.microsecondsEachSecond)
            if quota.period != Self.usualPeriod { add("CPUQuotaPeriodUSec", UInt64(max(0, quota.period))) }
        }
        if let memory { add(isUnified ? "MemoryMax" : "MemoryLimit", memory.forSystemd) }
        if let processes { add("TasksMax", processes.forSystemd) }
        return properties
    }

    /// systemd's own.
    private static let usualPeriod: Int64 = 100_000
}

extension CgroupSettings.Limit {
    fileprivate var forSystemd: UInt64 {
        switch self {
        case .amount(let amount): UInt64(max(0, amount))
        case .unlimited: .max
        }
    }
}

extension CgroupSettings.Quota {
    /// systemd counts in steps of a hundredth of a CPU; more is better than less, as the files then say less.
    fileprivate var microsecondsEachSecond: UInt64 {
        guard case .amount(let time) = time, period > 0 else { return .max }
        let step: UInt64 = 10_000
        return (UInt64(max(0, time)) * 1_000_000 / UInt64(period) + step - 1) / step * step
    }
}
