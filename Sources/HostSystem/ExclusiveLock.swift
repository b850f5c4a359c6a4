import Glibc

/// A lock between processes that the kernel gives back however its holder ends.
package final class ExclusiveLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Locks a directory for this process.
    /// - Throws: `HostSystemError` with code `locked` when another process holds it.
    package static func directory(_ path: String) throws -> ExclusiveLock {
        let directory = try FileDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY, operation: "lock")
        guard flock(directory.number, LOCK_EX | LOCK_NB) == 0 else { throw HostSystemError.system("lock", path) }
        return ExclusiveLock(descriptor: directory.release())
    }

    /// Locks a name: an abstract socket of this network namespace, which leaves no file behind.
    /// - Throws: `HostSystemError` with code `locked` when another process holds it.
    package static func name(_ name: String) throws -> ExclusiveLock {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HostSystemError.system("lock", name) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        let bytes = Array(name.utf8)
        guard bytes.count <= room else {
            close(descriptor)
            throw HostSystemError(.failed, "cannot lock \(name): the name is longer than \(room) bytes")
        }
        // The leading zero byte makes the name abstract.
        withUnsafeMutableBytes(of: &address.sun_path) { $0[1...].copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + bytes.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0 else {
            let failure = errno
            close(descriptor)
            if failure == EADDRINUSE { throw HostSystemError(.locked, "cannot lock \(name): it is held already") }
            throw HostSystemError.system("lock", name, errorNumber: failure)
        }
        return ExclusiveLock(descriptor: descriptor)
    }
}
