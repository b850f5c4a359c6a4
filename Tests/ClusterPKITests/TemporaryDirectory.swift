import Glibc
import HostSystem

/// A new directory, removed by `remove`.
struct TemporaryDirectory {
    let path: String

    init() throws {
        path = "/tmp/swiftlet-pki-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(path, mode: 0o700)
    }

    func remove() { try? HostFiles.removeTree(path) }

    func mode(_ name: String) throws -> UInt32? { try HostFiles.attributes("\(path)/\(name)")?.mode }
}

let now: Int64 = 1_800_000_000
let day: Int64 = 86_400
