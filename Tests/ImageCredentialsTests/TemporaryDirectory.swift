import Glibc
import HostSystem

/// A directory that is gone with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/swiftlet-credentials-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(path, mode: 0o700)
    }

    deinit { try? HostFiles.removeTree(path) }
}
