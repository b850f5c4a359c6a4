import CLinux
import Glibc

/// Files and directories of the host. All calls block; paths are absolute or relative to the working directory.
package enum HostFiles {
    /// What `stat` tells of a path.
    package struct Attributes: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case file, directory, symbolicLink, socket, characterDevice, blockDevice, fifo
        }

        package var kind: Kind
        package var device: UInt64
        package var inode: UInt64
        package var size: Int64
        /// Permission bits.
        package var mode: UInt32
        package var userID: UInt32
        package var groupID: UInt32
        /// Nanoseconds since 1970.
        package var modifiedAt: Int64
        /// Nanoseconds since 1970 of the last change of contents or metadata.
        package var changedAt: Int64

        /// Whether both are of one file or directory, whatever paths lead there.
        package func isSameFile(as other: Attributes) -> Bool { device == other.device && inode == other.inode }
    }

    /// The bytes of a file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int = 64 << 20) throws -> [UInt8] {
        let file = try FileDescriptor(path: path, flags: O_RDONLY, operation: "read")
        return try file.readAll(limit: limit, path: path)
    }

    /// The last bytes of a file, at most `limit`.
    package static func readEnd(_ path: String, limit: Int) throws -> [UInt8] {
        let file = try FileDescriptor(path: path, flags: O_RDONLY | O_NOFOLLOW, operation: "read")
        let size = lseek(file.number, 0, SEEK_END)
        guard size >= 0, lseek(file.number, max(0, size - off_t(limit)), SEEK_SET) >= 0 else {
            throw HostSystemError.system("read", path)
        }
        // A file that grows meanwhile may bring some more.
        return Array(try file.readAll(limit: 64 << 20, path: path).prefix(limit))
    }

    /// The text of a file; bytes that aren't UTF-8 are replaced.
    package static func readText(_ path: String, limit: Int = 64 << 20) throws -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Replaces a file in one step that survives a crash: a reader sees the old bytes or the new ones, never a part.
    package static func writeAtomically(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws {
        let directory = parent(of: path)
        let temporary = "\(directory)/.\(name(of: path)).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        do {
            let file = try FileDescriptor(
                path: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, operation: "write")
            guard fchmod(file.number, mode_t(mode)) == 0 else { throw HostSystemError.system("set the mode of", path) }
            try file.writeAll(bytes, path: path)
            guard fsync(file.number) == 0 else { throw HostSystemError.system("sync", path) }
            guard Glibc.rename(temporary, path) == 0 else { throw HostSystemError.system("replace", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectory(directory)
    }

    package static func writeAtomically(_ text: String, to path: String, mode: UInt32 = 0o600) throws {
        try writeAtomically(Array(text.utf8), to: path, mode: mode)
    }

    /// Writes a file in place: one that is mounted elsewhere stays the same file.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws {
        let file = try FileDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode, operation: "write")
        guard fchmod(file.number, mode_t(mode)) == 0 else { throw HostSystemError.system("set the mode of", path) }
        try file.writeAll(bytes, path: path)
    }

    /// Makes an empty file; one that is there stays as it is.
    /// - Parameter mode: permission bits of a new file, whatever the umask.
    package static func createFile(_ path: String, mode: UInt32) throws {
        do {
            let file = try FileDescriptor(
                path: path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode, operation: "create")
            guard fchmod(file.number, mode_t(mode)) == 0 else { throw HostSystemError.system("set the mode of", path) }
        } catch let error as HostSystemError where error.code == .alreadyExists {}
    }

    /// Makes a directory and its missing parents; one that is there keeps its mode.
    /// - Parameter mode: permission bits of the last directory, whatever the umask; parents get 0755.
    package static func createDirectory(_ path: String, mode: UInt32 = 0o755) throws {
        if mkdir(path, mode_t(mode)) == 0 {
            guard chmod(path, mode_t(mode)) == 0 else { throw HostSystemError.system("set the mode of", path) }
            return
        }
        switch errno {
        case EEXIST:
            guard try attributes(path)?.kind == .directory else {
                throw HostSystemError(.wrongKind, "cannot create directory \(path): something else is there")
            }
        case ENOENT where parent(of: path) != path:
            try createDirectory(parent(of: path))
            try createDirectory(path, mode: mode)
        default:
            throw HostSystemError.system("create directory", path)
        }
    }

    /// What is at a path, or `nil` for nothing. Follows symbolic links unless told not to.
    package static func attributes(_ path: String, followingLinks: Bool = true) throws -> Attributes? {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
            if errno == ENOENT { return nil }
            throw HostSystemError.system("look at", path)
        }
        return Attributes(status)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether it is a file that we may run.
    package static func isExecutable(_ path: String) -> Bool {
        (try? attributes(path))?.kind == .file && access(path, X_OK) == 0
    }

    /// The names in a directory, sorted by their bytes, without `.` and `..`.
    package static func list(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw HostSystemError.system("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw HostSystemError.system("list", path) }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// Removes a file or an empty directory; nothing there is success.
    package static func remove(_ path: String) throws {
        guard Glibc.remove(path) == 0 || errno == ENOENT else { throw HostSystemError.system("remove", path) }
    }

    /// Removes a directory and all in it without crossing into other file systems or following links; nothing there
    /// is success.
    package static func removeTree(_ path: String) throws {
        guard let found = try attributes(path, followingLinks: false) else { return }
        try removeTree(path, found, device: found.device)
    }

    private static func removeTree(_ path: String, _ found: Attributes, device: UInt64) throws {
        if found.kind == .directory {
            // Not of files: on an overlay those may have the device of the file system below. The kernel refuses to remove
            // one that something is mounted on.
            guard found.device == device else {
                throw HostSystemError(.failed, "cannot remove \(path): something is mounted there")
            }
            for name in try list(path) {
                let child = path + "/" + name
                if let inner = try attributes(child, followingLinks: false) {
                    try removeTree(child, inner, device: device)
                }
            }
        }
        try remove(path)
    }

    package static func rename(_ source: String, to target: String) throws {
        guard Glibc.rename(source, target) == 0 else { throw HostSystemError.system("rename", source) }
    }

    /// Renames a file to a name that nothing has yet.
    /// - Throws: `HostSystemError` with code `alreadyExists` when something has it.
    package static func renameWithoutReplacing(_ source: String, to target: String) throws {
        if renameat2(AT_FDCWD, source, AT_FDCWD, target, UInt32(SWIFTLET_RENAME_NOREPLACE)) == 0 { return }
        // Some file systems can't look and rename in one step.
        guard errno == EINVAL, !exists(target) else { throw HostSystemError.system("rename", source) }
        try rename(source, to: target)
    }

    package static func symbolicLink(_ path: String, to target: String) throws {
        guard symlink(target, path) == 0 else { throw HostSystemError.system("create link", path) }
    }

    /// Where a symbolic link points; `nil` when nothing is there.
    package static func target(ofLink path: String) throws -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else {
            if errno == ENOENT { return nil }
            throw HostSystemError.system("read link", path)
        }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Gives a path to a group; a symbolic link itself, not what it points to.
    package static func setGroup(_ path: String, _ group: UInt32) throws {
        guard lchown(path, uid_t.max, gid_t(group)) == 0 else { throw HostSystemError.system("set the group of", path) }
    }

    package static func setMode(_ path: String, _ mode: UInt32) throws {
        guard chmod(path, mode_t(mode)) == 0 else { throw HostSystemError.system("set the mode of", path) }
    }

    /// The absolute path without links; `nil` when nothing is there.
    package static func resolved(_ path: String) -> String? { try? resolve(path) }

    /// As `resolved`, but tells why there is none.
    static func resolve(_ path: String) throws -> String {
        guard let real = realpath(path, nil) else { throw HostSystemError.system("open", path) }
        defer { free(real) }
        return String(cString: real)
    }

    /// The directory part of a path.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last part of a path.
    package static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    private static func syncDirectory(_ path: String) throws {
        let directory = try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
        guard fsync(directory.number) == 0 else { throw HostSystemError.system("sync", path) }
    }
}

extension HostFiles.Attributes {
    init?(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFSOCK: kind = .socket
        case S_IFCHR: kind = .characterDevice
        case S_IFBLK: kind = .blockDevice
        case S_IFIFO: kind = .fifo
        default: return nil
        }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        mode = UInt32(status.st_mode & 0o7777)
        userID = status.st_uid
        groupID = status.st_gid
        modifiedAt = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changedAt = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
