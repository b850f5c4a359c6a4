import ContainerLogs
import ContainerRuntime
import HTTPServing
import HostSystem
import KubernetesAPI
import NIOPosix
import PodLifecycle
import Synchronization

/// Reads one container's log for one request, over all files that rotations made of it.
struct ContainerLogReader: Sendable {
    /// How far a request has come.
    private struct Cursor: Sendable {
        var part: LogPart
        /// In a plain file.
        var offset: Int64 = 0
        /// Lines to leave out at first.
        var skipping: (lines: Int64, counter: LogLineCounter)?
        /// Files to go on with that are open already, oldest first.
        var rest: ArraySlice<LogPart>
        var formatter: ContainerLogFormatter

        mutating func go(on part: LogPart) {
            self.part = part
            offset = 0
            skipping = nil
            rest = rest.dropFirst()
        }
    }

    private let host: KubeletServerHost
    private let exits: any ContainerExits
    private let container: ContainerID
    private let options: ContainerLogOptions
    private let path: String
    /// All files as they were when the request came, oldest first; not empty.
    private let parts: [LogPart]
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
        path = container.logPath
        now = host.clock.now()
        do {
            parts = try await host.threads.runIfActive { try LogPart.all(of: container.logPath) }
        } catch let error as HostSystemError {
            throw KubeletServerError(
                .failed, "failed to open log file \"\(container.logPath)\": \(error)", cause: error)
        }
    }

    /// Sends what was asked for; with `follow`, until the container has ended and all of its output was sent.
    func copy(to writer: BodyWriter) async throws {
        if options.follow { try await follow(writer) } else { try await copyOnce(writer) }
    }

    /// Sends what is in the files now; what is written meanwhile could go on forever.
    private func copyOnce(_ writer: BodyWriter) async throws {
        let end = try await host.threads.runIfActive { [parts] in try parts.last?.plainFile?.size() ?? .max }
        var cursor = try await start(upTo: end)
        while !cursor.formatter.isExhausted {
            guard let next = cursor.rest.first else {
                while try await advance(&cursor, upTo: end, writer) {}
                break
            }
            _ = try await isComplete(cursor.part)
            while try await advance(&cursor, upTo: .max, writer) {}
            try await writer.write(cursor.formatter.finish())
            cursor.go(on: next)
        }
        try await writer.write(cursor.formatter.finish())
    }

    private func follow(_ writer: BodyWriter) async throws {
        // Watching comes first, so that what is written while the file is read is told.
        let watch = try await LogFileWatch(path: path, on: host.group)
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
        var cursor = try await start(upTo: .max)
        for await _ in signal.wakes {
            // Looked at first: what the container wrote before it ended is in the file by now.
            let hasEnded = signal.hasEnded
            while !cursor.formatter.isExhausted {
                if try await advance(&cursor, upTo: .max, writer) { continue }
                if try await !goToNextFile(&cursor, hasEnded: hasEnded, writer) { break }
            }
            if cursor.formatter.isExhausted { return }
            if hasEnded { return try await writer.write(cursor.formatter.finish()) }
        }
    }

    /// - Parameter end: where the last file ends for this request.
    private func start(upTo end: Int64) async throws -> Cursor {
        let search = LogStartSearch(parts: parts, end: end, threads: host.threads)
        var start = LogStart(parts: parts[...])
        if let lines = options.tailLines {
            start = try await search.start(ofLast: lines)
        } else if let time = options.since(now: now) {
            start = try await search.start(since: time)
        }
        var cursor = Cursor(
            part: start.parts[start.parts.startIndex], rest: start.parts.dropFirst(),
            formatter: ContainerLogFormatter(options, now: now))
        switch start.place {
        case .offset(let offset): cursor.offset = offset
        case .line(let lines): if lines > 0 { cursor.skipping = (lines, LogLineCounter()) }
        }
        return cursor
    }

    /// Sends one block. Returns whether there may be more before `end`.
    private func advance(_ cursor: inout Cursor, upTo end: Int64, _ writer: BodyWriter) async throws -> Bool {
        guard !cursor.formatter.isExhausted else { return false }
        let bytes: [UInt8]
        switch cursor.part {
        case .plain(let file):
            let count = Int(min(Int64(LogFile.blockSize), end - cursor.offset))
            guard count > 0 else { return false }
            bytes = try await host.threads.runIfActive { [offset = cursor.offset] in
                try file.read(at: offset, count: count)
            }
            cursor.offset += Int64(bytes.count)
        case .compressed(let file, _): bytes = try await host.threads.runIfActive { try file.read() }
        }
        guard !bytes.isEmpty else { return false }
        var wanted = bytes[...]
        if var skipping = cursor.skipping {
            wanted = skipping.counter.count(bytes[...], upTo: skipping.lines)
            cursor.skipping = wanted.isEmpty ? skipping : nil
        }
        try await writer.write(cursor.formatter.format(wanted))
        return true
    }

    /// At the end of a file: goes on with the one that the log was written to after it, or from the start when it was
    /// truncated. Returns whether there may be something to read.
    private func goToNextFile(_ cursor: inout Cursor, hasEnded: Bool, _ writer: BodyWriter) async throws -> Bool {
        let (size, next) = try await host.threads.runIfActive {
            [part = cursor.part, opened = cursor.rest.first, path] in
            (try part.plainFile?.size() ?? .max, try opened ?? part.successor(of: path))
        }
        if size < cursor.offset {
            cursor.offset = 0
            return true
        }
        guard let next, try await isComplete(cursor.part) || hasEnded else { return false }
        // The last lines before the rotation may have come after the end was seen.
        while try await advance(&cursor, upTo: .max, writer) {}
        try await writer.write(cursor.formatter.finish())
        cursor.go(on: next)
        return true
    }

    /// Waits, though not for ever, until the runtime has written its last to a rotated file: containerd begins a new file
    /// first, and what it had in its hands still goes to the old one.
    private func isComplete(_ part: LogPart) async throws -> Bool {
        guard let file = part.plainFile else { return true }
        var pause = Duration.milliseconds(2)
        while try await host.threads.runIfActive({ file.isOpenForWriting() }) {
            guard pause < .seconds(1) else { return false }
            try await host.clock.sleep(for: pause)
            pause *= 2
        }
        return true
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
