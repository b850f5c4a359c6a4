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

    /// Counts a tree, without what is mounted in it. Blocks; files that come and go meanwhile are counted or not.
    package static func of(tree path: String) -> DiskUsage {
        var status = stat()
        guard lstat(path, &status) == 0 else { return DiskUsage() }
        return count(path, status, device: status.st_dev)
    }

    private static func count(_ path: String, _ status: stat, device: dev_t) -> DiskUsage {
        var usage = DiskUsage(bytes: Int64(status.st_blocks) * 512, inodes: 1)
        guard status.st_mode & S_IFMT == S_IFDIR else { return usage }
        for name in (try? HostFiles.list(path)) ?? [] {
            var child = stat()
            guard lstat("\(path)/\(name)", &child) == 0, child.st_dev == device else { continue }
            usage = usage + count("\(path)/\(name)", child, device: device)
        }
        return usage
    }
}
