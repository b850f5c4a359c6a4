import Glibc

extension HostFiles {
    /// Whether some process can still write to a file; false where that can't be told.
    package static func isOpenForWriting(_ path: String) -> Bool {
        guard let file = try? FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return false }
        return file.isOpenForWriting()
    }
}
