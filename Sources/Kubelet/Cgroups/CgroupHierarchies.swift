import HostSystem

/// The cgroup hierarchies of a machine: one of version 2, or one of version 1 for each controller.
///
/// Only what is set here is made here; the runtime makes what else its containers need.
package struct CgroupHierarchies: Sendable, Hashable {
    let mountPoint: String

    package init(mountPoint: String = "/sys/fs/cgroup") { self.mountPoint = mountPoint }

    /// Whether there is version 2 only. With both, the controllers are version 1's.
    var isUnified: Bool { HostFiles.exists("\(mountPoint)/cgroup.controllers") }

    /// The mount points of all hierarchies.
    func all() throws -> [String] {
        let names = try HostFiles.list(mountPoint)
        return Set(([mountPoint] + names.map { "\(mountPoint)/\($0)" }).compactMap(HostFiles.resolved)).sorted()
    }

    func exists(_ path: String) -> Bool {
        isUnified
            ? HostFiles.exists(mountPoint + path)
            : Controller.allCases.compactMap(directory).contains { HostFiles.exists($0 + path) }
    }

    /// Makes a cgroup unless it is there, and sets it.
    /// - Parameter path: of the cgroup in each hierarchy.
    func set(_ path: String, to settings: CgroupSettings) throws {
        if isUnified {
            try enableControllers(above: path)
            try HostFiles.createDirectory(mountPoint + path)
            for (file, value) in Self.unifiedFiles(settings) { try write(value, "\(mountPoint)\(path)/\(file)") }
            return
        }
        for controller in Controller.allCases {
            guard let directory = directory(controller) else { continue }
            try HostFiles.createDirectory(directory + path)
            for (file, value) in Self.files(settings, of: controller) {
                if file == Self.period { try change(period: value, "\(directory)\(path)") }
                try write(value, "\(directory)\(path)/\(file)")
            }
        }
    }

    // MARK: Version 1

    /// The controllers that are set.
    enum Controller: String, CaseIterable { case cpu, memory, pids, hugetlb }

    static let period = "cpu.cfs_period_us"
    static let quota = "cpu.cfs_quota_us"

    /// Where a controller is mounted, often together with another: `cpu,cpuacct`. There may be a directory for one that
    /// isn't mounted, with nothing in it.
    func directory(_ controller: Controller) -> String? {
        let names = (try? HostFiles.list(mountPoint)) ?? []
        return names.filter { $0.split(separator: ",").contains { $0 == controller.rawValue } }
            .map { "\(mountPoint)/\($0)" }.first { HostFiles.exists("\($0)/cgroup.procs") }
    }

    private static func files(_ settings: CgroupSettings, of controller: Controller) -> [(String, String)] {
        switch controller {
        case .cpu:
            let shares = settings.cpuShares.map { [("cpu.shares", "\($0)")] } ?? []
            return shares
                + (settings.cpuQuota.map { [(period, "\($0.period)"), (quota, text($0.time, unlimited: "-1"))] } ?? [])
        case .memory: return settings.memory.map { [("memory.limit_in_bytes", text($0, unlimited: "-1"))] } ?? []
        case .pids: return settings.processes.map { [("pids.max", text($0))] } ?? []
        case .hugetlb:
            return settings.hugePages.sorted { $0.key < $1.key }.map { size, limit in
                ("hugetlb.\(size).limit_in_bytes", text(limit, unlimited: "\(Int64(1) << 62)"))
            }
        }
    }

    /// Another period with the quota of before may be more than the cgroup above has, so that one goes first.
    private func change(period: String, _ directory: String) throws {
        guard words("\(directory)/\(Self.period)").first.map({ $0 != period }) ?? false else { return }
        try write("-1", "\(directory)/\(Self.quota)")
    }

    // MARK: Version 2

    private static let controllers = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"]

    private static func unifiedFiles(_ settings: CgroupSettings) -> [(String, String)] {
        var files: [(String, String)] = []
        if let shares = settings.cpuShares { files.append(("cpu.weight", "\(CgroupSettings.weight(shares: shares))")) }
        if let quota = settings.cpuQuota { files.append(("cpu.max", "\(text(quota.time)) \(quota.period)")) }
        if let memory = settings.memory { files.append(("memory.max", text(memory))) }
        if let processes = settings.processes { files.append(("pids.max", text(processes))) }
        for (size, limit) in settings.hugePages.sorted(by: { $0.key < $1.key }) {
            files.append(("hugetlb.\(size).max", text(limit)))
        }
        return files
    }

    /// Has every cgroup on the way pass its controllers on: a cgroup has the files of those only that the one above it
    /// enables.
    private func enableControllers(above path: String) throws {
        var directory = mountPoint
        for component in [""] + path.split(separator: "/").dropLast().map({ "/\($0)" }) {
            directory += component
            try HostFiles.createDirectory(directory)
            let available = words("\(directory)/cgroup.controllers")
            let enabled = words("\(directory)/cgroup.subtree_control")
            let missing = Self.controllers.filter { available.contains($0) && !enabled.contains($0) }
            guard !missing.isEmpty else { continue }
            try write(missing.map { "+\($0)" }.joined(separator: " "), "\(directory)/cgroup.subtree_control")
        }
    }

    // MARK: Files

    private static func text(_ limit: CgroupSettings.Limit, unlimited: String = "max") -> String {
        switch limit {
        case .amount(let amount): "\(amount)"
        case .unlimited: unlimited
        }
    }

    func words(_ path: String) -> [String] {
        ((try? HostFiles.readText(path, limit: 4096)) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    func number(_ path: String) -> Int64? { words(path).first.flatMap { Int64($0) } }

    private func write(_ value: String, _ path: String) throws {
        try HostFiles.write(Array(value.utf8), to: path, mode: 0o644)
    }
}

/// Bytes of memory.
struct MemoryUse: Sendable, Hashable {
    /// Without files that were not looked at for long, as upstream's working set leaves out.
    var workingSet: Int64
    var limit: Int64?
}
