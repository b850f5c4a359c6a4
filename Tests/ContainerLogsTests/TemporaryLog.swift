import Glibc
import HostSystem

/// A log file's path in a directory that is gone with its owner.
final class TemporaryLog: Sendable {
    let directory: String
    var path: String { directory + "/0.log" }

    init() throws {
        directory = "/tmp/swiftlet-logs-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(directory, mode: 0o700)
    }

    deinit { try? HostFiles.removeTree(directory) }

    func write(_ text: String, to name: String = "0.log") throws {
        try HostFiles.write(Array(text.utf8), to: "\(directory)/\(name)", mode: 0o640)
    }

    func read(_ name: String = "0.log") throws -> String { try HostFiles.readText("\(directory)/\(name)") }

    var names: [String] { get throws { try HostFiles.list(directory) } }
}
