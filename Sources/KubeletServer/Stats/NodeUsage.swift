import HostSystem
import KubernetesAPI

/// What the kernel counts for the whole machine. `nil` is what can't be read.
struct NodeUsage: Sendable {
    /// Nanoseconds that the CPUs were not idle since the start.
    var cpuNanoseconds: UInt64?
    var bootTime: Timestamp?
    var memoryTotalBytes: UInt64?
    /// What could be had without swapping.
    var memoryAvailableBytes: UInt64?

    /// - Parameters:
    ///   - stat: the text of `/proc/stat`.
    ///   - ticksPerSecond: the unit of the kernel's CPU times.
    init(stat: String, memory: MemoryInformation, ticksPerSecond: UInt64) {
        for line in stat.split(separator: "\n") {
            let fields = line.split(separator: " ")
            switch fields.first {
            case "cpu":
                // user nice system idle iowait irq softirq steal; guest time is in user's already.
                let ticks = fields.dropFirst().prefix(8).compactMap { UInt64($0) }
                guard ticks.count == 8, ticksPerSecond > 0 else { break }
                cpuNanoseconds = (ticks.reduce(0, +) - ticks[3] - ticks[4]) * (1_000_000_000 / ticksPerSecond)
            case "btime":
                bootTime = fields.dropFirst().first.flatMap { Int64($0) }.map { Timestamp(seconds: $0) }
            default: break
            }
        }
        memoryTotalBytes = memory["MemTotal"].map { UInt64(clamping: $0) }
        memoryAvailableBytes = memory["MemAvailable"].map { UInt64(clamping: $0) }
    }

    /// Reads the kernel's files.
    static func read() -> NodeUsage {
        NodeUsage(
            stat: (try? HostFiles.readText("/proc/stat")) ?? "", memory: .read(),
            ticksPerSecond: clockTicksPerSecond)
    }
}
