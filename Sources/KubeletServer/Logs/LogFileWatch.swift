import HostSystem
import NIOCore

/// Tells when a log file grows, is rotated or is made anew, and when a rotated one is complete.
struct LogFileWatch: Sendable {
    private let inotify: Inotify
    private let name: String

    /// Watches from now on.
    /// - Throws: `HostSystemError`, above all when the host's limit of inotify instances is reached.
    init(path: String, on group: any EventLoopGroup) async throws {
        inotify = try await Inotify.open(on: group)
        name = HostFiles.name(of: path)
        _ = try inotify.watch(
            directory: HostFiles.parent(of: path), for: [.modified, .created, .movedIn, .closedAfterWriting])
    }

    /// Calls `body` after each change until cancelled, or until the directory is gone.
    func forEachChange(_ body: @Sendable () -> Void) async throws {
        try await inotify.forEachEvent { event in
            let isOfRotated = event.name.hasPrefix(name + ".") && event.kinds.contains(.closedAfterWriting)
            if event.name == name || isOfRotated || event.kinds.contains(.overflow) { body() }
        }
    }
}
