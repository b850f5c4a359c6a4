/// What the node's configuration says of limits, whatever pods ask for.
package struct LimitPolicy: Sendable, Hashable {
    /// `cpuCFSQuota`: whether limits of CPU are enforced.
    package var enforcesCPULimits = true
    /// `cpuCFSQuotaPeriod`, in microseconds.
    package var cpuPeriod: Int64 = 100_000
    /// `podPidsLimit`: how many processes a pod may have; `nil` for no limit.
    package var processes: Int64?
    /// Sizes of the machine's huge pages in bytes.
    package var pageSizes: [Int64] = []

    package init() {}
}
