import Glibc

/// An open file that closes itself with its scope.
struct FileDescriptor: ~Copyable {
    let number: Int32

    init(path: String, flags: Int32, mode: mode_t = 0, operation: String = "open") throws {
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

    deinit { close(number) }

    borrowing func attributes(path: String) throws -> HostFiles.Attributes {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw HostSystemError.system("look at", path) }
        guard let attributes = HostFiles.Attributes(status) else {
            throw HostSystemError(.wrongKind, "cannot look at \(path): it is of no known kind")
        }
        return attributes
    }

    /// Hands the open file to the caller, who closes it.
    consuming func release() -> Int32 {
        let kept = number
        discard self
        return kept
    }

    borrowing func writeAll(_ bytes: [UInt8], path: String) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(number, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw HostSystemError.system("write", path)
            }
            written += count
        }
    }

    /// Everything up to the end, or an error once more than `limit` bytes have come.
    borrowing func readAll(limit: Int, path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let chunk = 65_536
        while true {
            var (count, failure): (Int, Int32) = (0, 0)
            let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, filled in
                count = read(number, buffer.baseAddress, chunk)
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
}
