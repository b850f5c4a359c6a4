import Glibc

/// What a tree of files takes of its file system.
package struct DiskUsage: Sendable, Hashable {
    /// As blocks are counted: holes take nothing.
    package var bytes: Int64 = 0
    package var inodes: Int64 = 0

    package init(bytes: Int64 = 0, inodes: Int64 = 0) {
        self.bytes = bytes
        self.inodes = inodes
    }

    package static func + (left: DiskUsage, right: DiskUsage) -> DiskUsage {
        DiskUsage(bytes: left.bytes + right.bytes, inodes: left.inodes + right.inodes)
    }
}

/// Counts a tree of files in pieces, without what is mounted in it. Files that come and go meanwhile are counted or not.
package struct DiskUsageCount: Sendable {
    /// A directory, and what of it is to be counted.
    private struct Directory {
        var path: String
        var names: [String]
    }

    /// What was counted so far.
    package private(set) var usage = DiskUsage()
    private let device: dev_t
    private var open: [Directory] = []
    private var next: String?

    /// - Parameter path: a file or directory; nothing is counted where there is none.
    package init(tree path: String) {
        var status = stat()
        device = lstat(path, &status) == 0 ? status.st_dev : 0
        next = path
    }

    package var isComplete: Bool { next == nil && open.isEmpty }

    /// Counts on. Blocks.
    /// - Parameter limit: how many files more, at most.
    package mutating func proceed(limit: Int = 1000) {
        for _ in 0..<limit {
            guard let path = takeNext() else { return }
            count(path)
        }
    }

    /// As `proceed`, of a copy.
    package func proceeding() -> DiskUsageCount {
        var count = self
        count.proceed()
        return count
    }

    private mutating func takeNext() -> String? {
        if let path = next {
            next = nil
            return path
        }
        while let index = open.indices.last {
            if let name = open[index].names.popLast() { return "\(open[index].path)/\(name)" }
            open.removeLast()
        }
        return nil
    }

    private mutating func count(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device else { return }
        usage = usage + DiskUsage(bytes: Int64(status.st_blocks) * 512, inodes: 1)
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        open.append(Directory(path: path, names: (try? HostFiles.list(path)) ?? []))
    }
}
