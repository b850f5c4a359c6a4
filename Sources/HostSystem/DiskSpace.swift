import Glibc

/// How much there is of a file system, and how much of that is free for those who aren't root.
package struct DiskSpace: Sendable, Hashable {
    /// Bytes.
    package var capacity: UInt64
    package var available: UInt64
    package var inodes: UInt64
    package var freeInodes: UInt64

    package init(capacity: UInt64, available: UInt64, inodes: UInt64 = 0, freeInodes: UInt64 = 0) {
        self.capacity = capacity
        self.available = available
        self.inodes = inodes
        self.freeInodes = freeInodes
    }

    /// Asks the file system that a path is on.
    package static func of(_ path: String) throws -> DiskSpace {
        var found = statvfs()
        guard statvfs(path, &found) == 0 else { throw HostSystemError.system("measure the file system of", path) }
        let unit = UInt64(found.f_frsize)
        return DiskSpace(
            capacity: UInt64(found.f_blocks) * unit, available: UInt64(found.f_bavail) * unit,
            inodes: UInt64(found.f_files), freeInodes: UInt64(found.f_favail))
    }
}
