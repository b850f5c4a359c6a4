import HostSystem
import Testing

/// What the kernel lets a container have, from the files of its cgroup.
struct ContainerLimits: Sendable, Hashable {
    /// Microseconds in each tenth of a second.
    var cpuQuota: Int64
    /// Bytes.
    var memory: Int64

    init(cpuQuota: Int64, memory: Int64) { (self.cpuQuota, self.memory) = (cpuQuota, memory) }

    init(ofProcess processID: Int32) throws {
        var cgroups: [String: String] = [:]
        for line in try HostFiles.readText("/proc/\(processID)/cgroup").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for controller in parts[1].split(separator: ",") { cgroups[String(controller)] = String(parts[2]) }
            if parts[1].isEmpty { cgroups[""] = String(parts[2]) }
        }
        if let cpu = cgroups["cpu"], let memory = cgroups["memory"] {
            self.init(
                cpuQuota: try Self.number("/sys/fs/cgroup/cpu\(cpu)/cpu.cfs_quota_us"),
                memory: try Self.number("/sys/fs/cgroup/memory\(memory)/memory.limit_in_bytes"))
        } else {
            let unified = try #require(cgroups[""])
            self.init(
                cpuQuota: try Self.number("/sys/fs/cgroup\(unified)/cpu.max"),
                memory: try Self.number("/sys/fs/cgroup\(unified)/memory.max"))
        }
    }

    /// Those of cgroups of the two controllers, which are one in version 2.
    init(cpu: String, memory: String, isUnified: Bool) throws {
        self.init(
            cpuQuota: try Self.number("\(cpu)/\(isUnified ? "cpu.max" : "cpu.cfs_quota_us")"),
            memory: try Self.number("\(memory)/\(isUnified ? "memory.max" : "memory.limit_in_bytes")"))
    }

    /// The number that a file begins with.
    private static func number(_ path: String) throws -> Int64 {
        let text = try HostFiles.readText(path)
        return try #require(text.split(whereSeparator: \.isWhitespace).first.flatMap { Int64($0) }, "\(path): \(text)")
    }
}
