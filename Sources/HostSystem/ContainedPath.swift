import CLinux
import Glibc

/// Something below a directory, opened in a way that leads nowhere else.
///
/// Whoever can write to the directory may put symbolic links into it, at any moment. Links that lead to another place below
/// it are followed; one that leads out is an error. What was found is opened name by name without following any link
/// that came meanwhile.
package struct ContainedPath: ~Copyable {
    private let file: FileDescriptor
    package let attributes: HostFiles.Attributes

    /// Opens a path below a directory, and makes the directories that are missing.
    /// - Parameters:
    ///   - path: relative, without `..`.
    ///   - base: the directory; it may be a link itself.
    ///   - mode: permission bits of the directories that are made, whatever the umask.
    package init(_ path: String, below base: String, makingDirectories mode: UInt32) throws {
        try self.init(path, below: base, mode: mode)
    }

    /// Opens a path below a directory; the error is `notFound` when it isn't there.
    package init(_ path: String, below base: String) throws { try self.init(path, below: base, mode: nil) }

    private init(_ path: String, below base: String, mode: UInt32?) throws {
        let file = try Self.open(path, below: base, makingDirectories: mode)
        let attributes = try file.attributes(path: "\(base)/\(path)")
        guard attributes.kind != .symbolicLink else { throw Self.leadsOut(path, base) }
        self.attributes = attributes
        self.file = file
    }

    private static func open(
        _ path: String, below base: String, makingDirectories mode: UInt32?
    ) throws -> FileDescriptor {
        let names = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        guard !path.hasPrefix("/"), !names.contains("..") else { throw leadsOut(path, base) }
        let root = try HostFiles.resolve(base)
        let (found, missing) = try longestPrefix(of: names, below: root)
        guard let inside = Self.names(of: found, below: root) else { throw leadsOut(path, base) }
        var file = try FileDescriptor(path: root, flags: SWIFTLET_O_PATH | O_DIRECTORY | O_NOFOLLOW)
        for name in inside { file = try FileDescriptor(name, in: file, flags: SWIFTLET_O_PATH) }
        // A link whose target is missing tells no more than one that leads out: both are there, and lead to nothing here.
        if let next = missing.first,
            try HostFiles.attributes("\(found)/\(next)", followingLinks: false)?.kind == .symbolicLink
        {
            throw leadsOut(path, base)
        }
        for name in missing {
            guard let mode else { throw HostSystemError(.notFound, "cannot open \(path): it is not there") }
            file = try makeDirectory(name, in: file, mode: mode)
        }
        return file
    }

    /// A path that leads to what was opened as long as it is open, whatever happens to its own.
    package var descriptorPath: String { "/proc/self/fd/\(file.number)" }

    /// The content of what has to be a file.
    package borrowing func read(limit: Int) throws -> [UInt8] {
        guard attributes.kind == .file else { throw HostSystemError(.wrongKind, "cannot read what is not a file") }
        return try HostFiles.read(descriptorPath, limit: limit)
    }

    private static func leadsOut(_ path: String, _ base: String) -> HostSystemError {
        HostSystemError(.wrongKind, "cannot open \(path): it leads out of \(base)")
    }

    /// How much of the path is there.
    /// - Returns: that part without links, and the names behind it.
    private static func longestPrefix(of names: [String], below root: String) throws -> (String, [String]) {
        var present = names.count
        while present > 0 {
            do {
                let prefix = names.prefix(present).joined(separator: "/")
                return (try HostFiles.resolve("\(root)/\(prefix)"), Array(names.dropFirst(present)))
            } catch let error as HostSystemError where error.code == .notFound {
                present -= 1
            }
        }
        return (root, names)
    }

    /// The names that lead from one path without links to another, or `nil` if it is not below.
    private static func names(of path: String, below root: String) -> [String]? {
        let prefix = root == "/" ? "/" : root + "/"
        guard path == root || path.hasPrefix(prefix) else { return nil }
        return path.dropFirst(root.utf8.count).split(separator: "/").map(String.init)
    }

    private static func makeDirectory(
        _ name: String, in parent: borrowing FileDescriptor, mode: UInt32
    ) throws -> FileDescriptor {
        let isNew = mkdirat(parent.number, name, 0o700) == 0
        guard isNew || errno == EEXIST else { throw HostSystemError.system("create directory", name) }
        let made = try FileDescriptor(name, in: parent, flags: O_RDONLY | O_DIRECTORY)
        guard !isNew || fchmod(made.number, mode_t(mode)) == 0 else {
            throw HostSystemError.system("set the mode of", name)
        }
        return made
    }
}
