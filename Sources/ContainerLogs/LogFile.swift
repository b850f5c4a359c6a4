import Glibc
import HostSystem

/// An open log file, read at any place. All calls block.
package final class LogFile: Sendable {
    /// Which file it is, whatever its name is by now.
    struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ attributes: HostFiles.Attributes) {
            device = attributes.device
            inode = attributes.inode
        }
    }

    package static let blockSize = 65_536

    /// The path it was opened by; a rotation gives the path to another file.
    package let path: String
    let identity: Identity
    private let file: FileDescriptor

    /// - Throws: `HostSystemError` with code `notFound` when nothing is there, `wrongKind` when it isn't a file.
    package init(path: String) throws {
        // Not waiting for a writer if it should be a pipe.
        file = try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK)
        let attributes = try file.attributes(path: path)
        guard attributes.kind == .file else {
            throw HostSystemError(.wrongKind, "cannot read \(path): it is not a file")
        }
        self.path = path
        identity = Identity(attributes)
    }

    /// Bytes that are in the file now.
    package func size() throws -> Int64 { try file.attributes(path: path).size }

    /// When it was written to last, in nanoseconds since 1970.
    func modifiedAt() throws -> Int64 { try file.attributes(path: path).modifiedAt }

    /// Up to `count` bytes from `offset` on; none at the end.
    package func read(at offset: Int64, count: Int = LogFile.blockSize) throws -> [UInt8] {
        try file.read(at: offset, count: count, path: path)
    }

    /// Which file has a path now; `nil` when none has.
    static func identity(at path: String) throws -> Identity? { try HostFiles.attributes(path).map { Identity($0) } }

    /// Whether the runtime, or somebody else, can still write to it.
    package func isOpenForWriting() -> Bool { file.isOpenForWriting() }

    /// The name that the file has by now, or had when it was removed; `nil` when the system doesn't tell.
    func presentName() -> String? {
        guard let target = (try? HostFiles.target(ofLink: "/proc/self/fd/\(file.number)")) ?? nil else { return nil }
        let name = HostFiles.name(of: target)
        let removed = " (deleted)"
        return name.hasSuffix(removed) ? String(name.dropLast(removed.count)) : name
    }
}
