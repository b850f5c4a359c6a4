import HostSystem

/// What the kernel says of cgroups.
extension CgroupHierarchies {
    /// What a cgroup is set to that limits those in it; of version 1 its shares too, for weights of version 2 don't tell
    /// of which shares they were made.
    func limits(of path: String) -> CgroupSettings {
        var settings = CgroupSettings()
        if isUnified {
            let quota = words("\(mountPoint)\(path)/cpu.max")
            if quota.count == 2, let period = Int64(quota[1]) {
                settings.cpuQuota = .init(time: .init(Int64(quota[0])), period: period)
            }
            settings.memory = words("\(mountPoint)\(path)/memory.max").first.map { .init(Int64($0)) }
            return settings
        }
        if let directory = directory(.cpu) {
            settings.cpuShares = number("\(directory)\(path)/cpu.shares")
            if let period = number("\(directory)\(path)/\(Self.period)"),
                let time = number("\(directory)\(path)/\(Self.quota)")
            {
                settings.cpuQuota = .init(time: time < 0 ? .unlimited : .amount(time), period: period)
            }
        }
        settings.memory = directory(.memory).flatMap { number("\($0)\(path)/memory.limit_in_bytes") }.map {
            // No limit is the largest number of whole pages.
            $0 >= 1 << 62 ? .unlimited : .amount($0)
        }
        return settings
    }

    /// The weight of a cgroup of version 2; `nil` in version 1.
    func weight(of path: String) -> Int64? { isUnified ? number("\(mountPoint)\(path)/cpu.weight") : nil }

    /// Bytes in use in a cgroup, caches included; `nil` when that can't be told.
    func memoryUsage(of path: String) -> Int64? {
        if isUnified { return number("\(mountPoint)\(path)/memory.current") }
        return directory(.memory).flatMap { number("\($0)\(path)/memory.usage_in_bytes") }
    }

    /// The memory that those in a cgroup use; `nil` where that isn't counted.
    func memoryUse(of path: String) -> MemoryUse? {
        let name = isUnified ? "inactive_file" : "total_inactive_file"
        guard let usage = memoryUsage(of: path), let directory = isUnified ? mountPoint : directory(.memory),
            let statistics = try? HostFiles.readText("\(directory)\(path)/memory.stat", limit: 1 << 20)
        else { return nil }
        let inactive = statistics.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            .flatMap { Int64($0.dropFirst(name.utf8.count + 1)) }
        var use = MemoryUse(workingSet: max(0, usage - (inactive ?? 0)))
        if case .amount(let limit) = limits(of: path).memory { use.limit = limit }
        return use
    }

    /// The cgroup in another whose name has a text in it; `nil` when there is none.
    func child(of path: String, containing text: String) -> String? {
        let places = isUnified ? [mountPoint] : [Controller.cpu, .memory].compactMap(directory)
        let names = places.lazy.flatMap { (try? HostFiles.list($0 + path)) ?? [] }
        return names.first { $0.contains(text) }.map { "\(path)/\($0)" }
    }
}
