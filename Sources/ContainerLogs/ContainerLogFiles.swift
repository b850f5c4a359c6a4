import HostSystem
package import KubernetesAPI

/// The files of one container's log in their directory, by the path that the runtime writes to. All calls block.
package enum ContainerLogFiles {
    /// What there is; nothing where the directory is gone.
    package static func list(_ path: String) throws -> LogFiles {
        var names: [String] = []
        do {
            names = try HostFiles.list(HostFiles.parent(of: path))
        } catch let error as HostSystemError where error.code == .notFound {}
        return LogFiles(named: HostFiles.name(of: path), among: names)
    }

    /// The number after the highest that a log in a container's directory has, each of its starts having one; 0 where
    /// there is none (upstream: `calcRestartCountByLogDir` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`).
    package static func nextNumber(in directory: String) throws -> Int32 {
        do {
            let numbers = try HostFiles.list(directory).compactMap { name -> Int32? in
                // N.log, N.log.20060102-150405, and the like
                let parts = name.split(separator: ".", omittingEmptySubsequences: false)
                return parts.dropFirst().first == "log" ? Int32(parts[0]) : nil
            }
            return numbers.max().map { $0 &+ 1 } ?? 0
        } catch let error as HostSystemError where error.code == .notFound {
            return 0
        }
    }

    /// Bytes in the present file; `nil` when there is none.
    package static func size(_ path: String) throws -> Int64? { try HostFiles.attributes(path)?.size }

    /// The last bytes of the log, at most `limit`. Right after a rotation they are in two files; older ones, which are
    /// compressed, are not read.
    package static func readEnd(_ path: String, limit: Int) throws -> [UInt8] {
        var end: [UInt8] = []
        do {
            end = try HostFiles.readEnd(path, limit: limit)
        } catch let error as HostSystemError where error.code == .notFound {}
        guard end.count < limit, let newest = try list(path).rotated.last, !newest.isCompressed else { return end }
        return try HostFiles.readEnd("\(HostFiles.parent(of: path))/\(newest.name)", limit: limit - end.count) + end
    }

    /// Removes the log with all that was made of it.
    package static func remove(_ path: String) throws {
        let directory = HostFiles.parent(of: path)
        try HostFiles.remove(path)
        // A compression that is under way may put a file there meanwhile; one that finds its source gone takes it away.
        while true {
            let files = try list(path)
            let names = files.rotated.map(\.name) + files.unused
            if names.isEmpty { return }
            for name in names { try HostFiles.remove("\(directory)/\(name)") }
        }
    }

    /// Makes room for one more rotated file, and gives the present file a name among those.
    ///
    /// The runtime writes on to that file until it is told to open the log anew.
    /// - Returns: the path it has now.
    /// - Throws: `HostSystemError` with code `notFound` when there is no present file.
    package static func setAside(_ path: String, keeping maxRotated: Int, at now: Timestamp) throws -> String {
        let directory = HostFiles.parent(of: path)
        guard HostFiles.exists(path) else {
            throw HostSystemError(.notFound, "cannot rename \(path): nothing is there")
        }
        let files = try list(path)
        for log in files.excess(keeping: maxRotated - 1) { try HostFiles.remove("\(directory)/\(log.name)") }
        let target = "\(directory)/\(files.next(at: now).name)"
        try HostFiles.renameWithoutReplacing(path, to: target)
        return target
    }

    /// Takes back `setAside`, unless the log has been opened anew after all.
    package static func putBack(_ rotated: String, to path: String) throws {
        do {
            try HostFiles.renameWithoutReplacing(rotated, to: path)
        } catch let error as HostSystemError where error.code == .alreadyExists {}
    }

    /// Removes what a compression that was cut short left, and what is too much.
    /// - Returns: paths of files to compress, in this order.
    package static func tidy(_ path: String, keeping maxRotated: Int) throws -> [String] {
        let directory = HostFiles.parent(of: path)
        let files = try list(path)
        for name in files.unused + files.excess(keeping: maxRotated).map(\.name) {
            try HostFiles.remove("\(directory)/\(name)")
        }
        let kept = Set(files.rotated.suffix(maxRotated))
        return files.compressible.filter(kept.contains).map { "\(directory)/\($0.name)" }
    }
}
