import Glibc
import HostSystem

/// The mounts of this machine.
package protocol MountTable: Sendable {
    /// Mount points at or below a path, parents before children.
    func mountPoints(below path: String) throws -> [String]
    /// Mounts a new file system that is kept in memory.
    func mountMemory(at path: String, _ options: MemoryOptions) throws
    /// Shows what is at one path at another too, which must be of its kind: both directories, or neither.
    func bind(_ source: String, at target: String) throws
    func unmount(_ path: String) throws
}

/// What a file system in memory is to be like.
package struct MemoryOptions: Sendable, Hashable {
    /// Bytes of the huge pages that it is made of; `nil` for a tmpfs.
    package var pageSize: Int64?
    /// Bytes of a tmpfs; `nil` for the kernel's default of half the memory.
    package var sizeLimit: Int64?
    /// Permission bits of its root.
    package var mode: UInt32
    /// The group of its root; `nil` for root's.
    package var group: UInt32?
}

/// The kernel's mount table.
package struct KernelMountTable: MountTable {
    package init() {}

    package func mountPoints(below path: String) throws -> [String] {
        // The kernel knows them by paths without links.
        let real = HostFiles.resolved(path) ?? path
        return try HostFiles.readText("/proc/self/mountinfo").split(separator: "\n")
            .compactMap { line in
                let fields = line.split(separator: " ", maxSplits: 5)
                return fields.count > 4 ? Self.unescaped(fields[4]) : nil
            }
            .filter { $0 == real || $0.hasPrefix(real + "/") }
            .map { path + $0.dropFirst(real.count) }
            .sorted { $0.utf8.count < $1.utf8.count }
    }

    package func mountMemory(at path: String, _ options: MemoryOptions) throws {
        var text = "mode=\(String(options.mode, radix: 8))"
        if let group = options.group { text += ",gid=\(group)" }
        if let size = options.pageSize { return try mountNew("hugetlbfs", at: path, "\(text),pagesize=\(size)") }
        if let limit = options.sizeLimit { text += ",size=\(limit)" }
        do {
            try mountNew("tmpfs", at: path, text + ",noswap")
        } catch let error as HostSystemError where error.errorNumber == EINVAL {
            // Unknown before Linux 6.4, and not for everybody: what can't be had is not asked for.
            try mountNew("tmpfs", at: path, text)
        }
    }

    private func mountNew(_ type: String, at path: String, _ options: String) throws {
        guard mount(type, path, type, 0, options) == 0 else {
            throw HostSystemError.system("mount a \(type) at", path)
        }
    }

    package func bind(_ source: String, at target: String) throws {
        guard mount(source, target, nil, UInt(MS_BIND), nil) == 0 else {
            throw HostSystemError.system("bind \(HostFiles.resolved(source) ?? source) to", target)
        }
    }

    package func unmount(_ path: String) throws {
        guard umount2(path, Int32(UMOUNT_NOFOLLOW)) == 0 || errno == EINVAL || errno == ENOENT else {
            throw HostSystemError.system("unmount", path)
        }
    }

    /// The kernel writes blanks and backslashes as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x5C, rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest.removeFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
