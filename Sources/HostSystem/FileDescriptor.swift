import CLinux
import Glibc

/// An open file that closes itself with its scope.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    package init(path: String, flags: Int32, mode: UInt32 = 0, operation: String = "open") throws {
        var opened: Int32
        repeat { opened = open(path, flags | O_CLOEXEC, mode) } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw HostSystemError.system(operation, path) }
        number = opened
    }

    /// Opens a name in a directory that is open, without following a symbolic link.
    init(_ name: String, in directory: borrowing FileDescriptor, flags: Int32) throws {
        var opened: Int32
        repeat {
            opened = openat(directory.number, name, flags | O_NOFOLLOW | O_CLOEXEC)
        } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw HostSystemError.system("open", name) }
        number = opened
    }

    /// Makes a file in memory that has no name; it is gone when nobody has it open any more.
    init(inMemory purpose: String) throws {
        number = memfd_create(purpose, SWIFTLET_MFD_CLOEXEC)
        guard number >= 0 else { throw HostSystemError.system("make a file in memory for", purpose) }
    }

    deinit { close(number) }

    package borrowing func attributes(path: String) throws -> HostFiles.Attributes {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw HostSystemError.system("look at", path) }
        guard let attributes = HostFiles.Attributes(status) else {
            throw HostSystemError(.wrongKind, "cannot look at \(path): it is of no known kind")
        }
        return attributes
    }

    /// Hands the open file to the caller, who closes it.
    package consuming func release() -> Int32 {
        let kept = number
        discard self
        return kept
    }

    package borrowing func writeAll(_ bytes: [UInt8], path: String) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(number, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw HostSystemError.system("write", path)
            }
            written += count
        }
    }

    /// Up to `count` bytes from `offset` on; none at the end.
    package borrowing func read(at offset: Int64, count: Int, path: String) throws -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var got = 0
            repeat {
                got = pread(number, buffer.baseAddress, count, off_t(offset))
            } while got < 0 && errno == EINTR
            failure = got < 0 ? errno : 0
            initialized = max(0, got)
        }
        guard failure == 0 else { throw HostSystemError.system("read", path, errorNumber: failure) }
        return bytes
    }

    /// Everything up to the end, or an error once more than `limit` bytes have come.
    package borrowing func readAll(limit: Int, path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let chunk = 65_536
        while true {
            var (count, failure): (Int, Int32) = (0, 0)
            let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, filled in
                count = Glibc.read(number, buffer.baseAddress, chunk)
                failure = errno
                filled = max(0, count)
            }
            if count < 0 {
                if failure == EINTR { continue }
                throw HostSystemError.system("read", path, errorNumber: failure)
            }
            if count == 0 { return bytes }
            if bytes.isEmpty { bytes = part } else { bytes += part }
            if bytes.count > limit {
                throw HostSystemError(.tooLarge, "cannot read \(path): it is larger than \(limit) bytes")
            }
        }
    }

    /// Whether somebody can still write to the file, which must be open for reading only; false where the file system
    /// cannot tell.
    ///
    /// The kernel grants a read lease only when nobody has the file open for writing (fcntl(2), F_SETLEASE).
    package borrowing func isOpenForWriting() -> Bool {
        let setSignal: Int32 = 10
        let setLease: Int32 = 1024
        // Who opens the file during the lease makes the kernel send a signal. SIGIO, its choice, would end the
        // process; SIGURG is ignored unless somebody asks for it.
        guard fcntl(number, setSignal, SIGURG) == 0 else { return false }
        if fcntl(number, setLease, Int32(F_RDLCK)) == 0 {
            _ = fcntl(number, setLease, Int32(F_UNLCK))
            return false
        }
        return errno == EAGAIN
    }
}
