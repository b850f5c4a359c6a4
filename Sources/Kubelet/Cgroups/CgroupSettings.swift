/// What a cgroup allows those in it, in the kernel's units; what is `nil` stays as it is.
struct CgroupSettings: Sendable, Hashable {
    /// The most of something that can be had.
    enum Limit: Sendable, Hashable, Comparable {
        case amount(Int64)
        case unlimited

        init(_ amount: Int64?) { self = amount.map(Limit.amount) ?? .unlimited }
    }

    /// CPU time of a period.
    struct Quota: Sendable, Hashable {
        /// Microseconds.
        var time: Limit
        /// Microseconds.
        var period: Int64
    }

    /// Weight against the cgroups beside it: 1024 for a CPU.
    var cpuShares: Int64?
    var cpuQuota: Quota?
    /// Bytes.
    var memory: Limit?
    var processes: Limit?
    /// Bytes, by the page size as the kernel spells it: `2MB`.
    var hugePages: [String: Limit] = [:]

    /// What shares are in version 2, whose weights go from 1 to 10000 (upstream: `getCPUWeight` in
    /// `pkg/kubelet/cm/cgroup_manager_linux.go`).
    static func weight(shares: Int64) -> Int64 {
        if shares >= ResourceTranslation.maximumShares { return 10_000 }
        return 1 + (max(shares, ResourceTranslation.minimumShares) - 2) * 9999 / 262_142
    }

    /// The settings with no limit below that of others: where a pod has to have room for what it has and what it gets.
    func raised(to other: CgroupSettings) -> CgroupSettings {
        var raised = self
        if let mine = cpuQuota, let theirs = other.cpuQuota, mine.period == theirs.period {
            raised.cpuQuota?.time = max(mine.time, theirs.time)
        }
        if let mine = memory, let theirs = other.memory { raised.memory = max(mine, theirs) }
        return raised
    }
}

/// The sizes of huge pages.
enum HugePageSize {
    /// As the kernel's cgroup files have it: `2MB`, `1GB`, `64KB`.
    static func kernelName(bytes: Int64) -> String {
        var (size, unit) = (bytes, 0)
        while size >= 1024, size % 1024 == 0, unit < units.count - 1 { (size, unit) = (size / 1024, unit + 1) }
        return "\(size)\(units[unit])"
    }

    private static let units = ["B", "KB", "MB", "GB", "TB", "PB"]
}
