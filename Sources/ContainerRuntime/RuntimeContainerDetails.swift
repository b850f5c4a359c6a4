/// What a container has of CPU and memory; 0 where nothing is set.
package struct RuntimeAmounts: Sendable, Hashable {
    /// Microseconds.
    package var cpuPeriod: Int64
    /// Microseconds of CPU time in a period; negative for no limit.
    package var cpuQuota: Int64
    package var cpuShares: Int64
    package var memoryLimitBytes: Int64

    package init(cpuPeriod: Int64 = 0, cpuQuota: Int64 = 0, cpuShares: Int64 = 0, memoryLimitBytes: Int64 = 0) {
        self.cpuPeriod = cpuPeriod
        self.cpuQuota = cpuQuota
        self.cpuShares = cpuShares
        self.memoryLimitBytes = memoryLimitBytes
    }
}

/// Whom a container's first process was started as.
package struct RuntimeUser: Sendable, Hashable {
    package var userID: Int64
    package var groupID: Int64
    package var supplementalGroups: [Int64]

    package init(userID: Int64, groupID: Int64, supplementalGroups: [Int64] = []) {
        self.userID = userID
        self.groupID = groupID
        self.supplementalGroups = supplementalGroups
    }
}
