/// What the node's configuration says of limits, whatever pods ask for.
package struct LimitPolicy: Sendable, Hashable {
    /// `cpuCFSQuota`: whether limits of CPU are enforced.
    package var enforcesCPULimits = true
    /// `cpuCFSQuotaPeriod`, in microseconds.
    package var cpuPeriod: Int64 = 100_000
    /// `podPidsLimit`: how many processes a pod may have; `nil` for no limit.
    package var processes: Int64?
    /// Whether all of a container ends when its memory runs out, and not the one process that the kernel chooses: what
    /// `singleProcessOOMKill` turns off. Only cgroups of version 2 can.
    package var endsContainersWhole = false
    /// How containers are kept from swapping; `nil` where the kernel doesn't count swap by cgroup.
    package var swapControl: SwapControl?
    /// Sizes of the machine's huge pages in bytes.
    package var pageSizes: [Int64] = []

    package init() {}
}

/// How a cgroup is kept from swapping.
package enum SwapControl: Sendable, Hashable {
    /// Version 1 limits memory and swap together.
    case withMemory
    /// Version 2 limits swap by itself.
    case separate
}
