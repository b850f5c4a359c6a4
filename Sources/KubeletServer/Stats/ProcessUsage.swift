import Glibc
import HostSystem

/// What the kernel counts for this process. `nil` is what can't be read.
struct ProcessUsage: Sendable {
    var cpuSeconds: Double?
    /// Ticks from the machine's start to the process's.
    var startTicks: UInt64?
    var virtualBytes: UInt64?
    var residentBytes: UInt64?

    /// - Parameter stat: the text of `/proc/self/stat`.
    init(stat: String, ticksPerSecond: UInt64, pageSize: UInt64) {
        // The second field is a name in parentheses that may contain anything.
        guard let parenthesis = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return }
        let fields = stat[stat.index(after: parenthesis)...].split { $0 == " " || $0 == "\n" }
        // The third field of proc(5) is the first here: utime is 14, stime 15, starttime 22, vsize 23, rss 24.
        guard fields.count > 21 else { return }
        if let user = UInt64(fields[11]), let system = UInt64(fields[12]) {
            cpuSeconds = Double(user + system) / Double(ticksPerSecond)
        }
        startTicks = UInt64(fields[19])
        virtualBytes = UInt64(fields[20])
        residentBytes = UInt64(fields[21]).map { $0 * pageSize }
    }

    /// Reads the kernel's files.
    static func read() -> ProcessUsage {
        ProcessUsage(
            stat: (try? HostFiles.readText("/proc/self/stat")) ?? "", ticksPerSecond: clockTicksPerSecond,
            pageSize: UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))))
    }
}

/// The unit of the CPU times that the kernel tells programs.
let clockTicksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
