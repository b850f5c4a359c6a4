import ContainerRuntime
import HTTPServing
import HostSystem
import KubernetesAPI
import NIOPosix
import PodLifecycle
import Synchronization

/// Reads one container's log for one request.
struct ContainerLogReader: Sendable {
    /// How far a request has come.
    private struct Cursor: Sendable {
        var file: LogFile
        var offset: Int64
        var formatter: ContainerLogFormatter
    }

    private let host: KubeletServerHost
    private let exits: any ContainerExits
    private let container: ContainerID
    private let options: ContainerLogOptions
    private let file: LogFile
    private let now: Timestamp

    /// Opens the log, so that a missing one can be answered with an error.
    /// - Throws: `KubeletServerError` with code `failed`.
    init(
        of container: RuntimeContainer, _ options: ContainerLogOptions, exits: any ContainerExits,
        host: KubeletServerHost
    ) async throws {
        self.host = host
        self.exits = exits
        self.container = container.id
        self.options = options
        now = host.clock.now()
        do {
            file = try await host.threads.runIfActive { try LogFile(path: container.logPath) }
        } catch let error as HostSystemError {
            throw KubeletServerError(
                .failed, "failed to open log file \"\(container.logPath)\": \(error)", cause: error)
        }
    }

    /// Sends what was asked for; with `follow`, until the container has ended and all of its output was sent.
    func copy(to writer: BodyWriter) async throws {
        if options.follow { try await follow(writer) } else { try await copyOnce(writer) }
    }

    /// Sends what is in the file now; what is written meanwhile could go on forever.
    private func copyOnce(_ writer: BodyWriter) async throws {
        let size = try await host.threads.runIfActive { try file.size() }
        var cursor = try await start(size: size)
        while try await advance(&cursor, upTo: size, writer) {}
        try await writer.write(cursor.formatter.finish())
    }

    private func follow(_ writer: BodyWriter) async throws {
        // Watching comes first, so that what is written while the file is read is told.
        let watch = try await LogFileWatch(path: file.path, on: host.group)
        let signal = FollowSignal()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await watch.forEachChange { signal.changed() }
                return false
            }
            group.addTask {
                try await exits.waitForExit(of: container)
                signal.end()
                return false
            }
            group.addTask {
                try await copy(to: writer, following: signal)
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
    }

    private func copy(to writer: BodyWriter, following signal: FollowSignal) async throws {
        let size = try await host.threads.runIfActive { try file.size() }
        var cursor = try await start(size: size)
        for await _ in signal.wakes {
            // Looked at first: what the container wrote before it ended is in the file by now.
            let isComplete = signal.hasEnded
            while !cursor.formatter.isExhausted {
                if try await !advance(&cursor, upTo: .max, writer), try await !goToNextFile(&cursor, writer) { break }
            }
            if cursor.formatter.isExhausted { return }
            if isComplete { return try await writer.write(cursor.formatter.finish()) }
        }
    }

    private func start(size: Int64) async throws -> Cursor {
        let formatter = ContainerLogFormatter(options, now: now)
        guard let lines = options.tailLines else { return Cursor(file: file, offset: 0, formatter: formatter) }
        let offset = try await host.threads.runIfActive { [file] in
            try LogTail(size: size) { try file.read(at: $0, count: $1) }.start(ofLast: lines)
        }
        return Cursor(file: file, offset: offset, formatter: formatter)
    }

    /// Sends one block. Returns whether there may be more before `end`.
    private func advance(_ cursor: inout Cursor, upTo end: Int64, _ writer: BodyWriter) async throws -> Bool {
        let count = Int(min(Int64(LogFile.blockSize), end - cursor.offset))
        guard count > 0, !cursor.formatter.isExhausted else { return false }
        let bytes = try await host.threads.runIfActive { [cursor] in
            try cursor.file.read(at: cursor.offset, count: count)
        }
        guard !bytes.isEmpty else { return false }
        cursor.offset += Int64(bytes.count)
        try await writer.write(cursor.formatter.format(bytes[...]))
        return true
    }

    /// At the end of a file: goes on with the one that has its name after a rotation, or from the start when it was
    /// truncated. Returns whether there may be something to read.
    private func goToNextFile(_ cursor: inout Cursor, _ writer: BodyWriter) async throws -> Bool {
        let (successor, size) = try await host.threads.runIfActive { [file = cursor.file] in
            let identity = try file.identityAtPath()
            let isOther = identity != nil && identity != file.identity
            return (isOther ? try Self.openIfThere(file.path) : nil, try file.size())
        }
        if size < cursor.offset {
            cursor.offset = 0
            return true
        }
        guard let successor else { return false }
        // The last lines before the rotation may have come after the end was seen.
        while try await advance(&cursor, upTo: .max, writer) {}
        try await writer.write(cursor.formatter.finish())
        cursor.file = successor
        cursor.offset = 0
        return true
    }

    private static func openIfThere(_ path: String) throws -> LogFile? {
        do {
            return try LogFile(path: path)
        } catch let error as HostSystemError where error.code == .notFound {
            return nil
        }
    }
}

/// Tells a follower that there may be something to read, and when there will be no more.
private final class FollowSignal: Sendable {
    /// One wake for any number of changes since the last.
    let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let ended = Mutex(false)

    init() {
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        // What is there at the beginning is read without a change.
        wake.yield()
    }

    var hasEnded: Bool { ended.withLock { $0 } }

    func changed() { wake.yield() }

    func end() {
        ended.withLock { $0 = true }
        wake.yield()
    }
}
