import Glibc
import HostSystem

/// An open log file, read at any place. All calls block.
final class LogFile: Sendable {
    /// Which file it is, whatever its name is by now.
    struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64
    }

    static let blockSize = 65_536

    let path: String
    let identity: Identity
    private let descriptor: Int32

    /// - Throws: `HostSystemError` with code `notFound` when nothing is there, `wrongKind` when it isn't a file.
    init(path: String) throws {
        // Not waiting for a writer if it should be a pipe.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw HostSystemError.system("open", path) }
        self.path = path
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = errno
            close(descriptor)
            throw HostSystemError.system("look at", path, errorNumber: failure)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw HostSystemError(.wrongKind, "cannot read \(path): it is not a file")
        }
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    deinit { close(descriptor) }

    /// Bytes that are in the file now.
    func size() throws -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw HostSystemError.system("look at", path) }
        return Int64(status.st_size)
    }

    /// Up to `count` bytes from `offset` on; none at the end.
    func read(at offset: Int64, count: Int = LogFile.blockSize) throws -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var got = 0
            repeat {
                got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            } while got < 0 && errno == EINTR
            failure = got < 0 ? errno : 0
            initialized = max(0, got)
        }
        guard failure == 0 else { throw HostSystemError.system("read", path, errorNumber: failure) }
        return bytes
    }

    /// Which file has the path now; `nil` when none has.
    func identityAtPath() throws -> Identity? {
        try HostFiles.attributes(path).map { Identity(device: $0.device, inode: $0.inode) }
    }
}
