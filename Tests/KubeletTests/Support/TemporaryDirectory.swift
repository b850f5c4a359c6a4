import Glibc
import HostSystem

/// A directory that is gone with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/swiftlet-kubelet-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(path, mode: 0o700)
    }

    /// Makes what looks like the root of a cgroup hierarchy.
    func makeHierarchy(_ name: String) throws {
        try HostFiles.createDirectory("\(path)/\(name)")
        try HostFiles.createFile("\(path)/\(name)/cgroup.procs", mode: 0o644)
    }

    deinit { try? HostFiles.removeTree(path) }
}
