import ContainerLogs
import KubernetesAPI
import NIOPosix

/// Where in the files of a log a request begins.
struct LogStart: Sendable {
    /// Where in its file.
    enum Place: Sendable, Hashable {
        case offset(Int64)
        /// After so many lines: compressed files can only be read from their beginning.
        case line(Int64)
    }

    /// The files to read, oldest first; not empty.
    var parts: ArraySlice<LogPart>
    var place: Place = .offset(0)
}

/// Looks for the place where a request begins.
struct LogStartSearch: Sendable {
    /// The files of the log, oldest first; not empty.
    let parts: [LogPart]
    /// Where the last file ends for this request, though it may grow.
    let end: Int64
    let threads: NIOThreadPool

    /// The first file that may have lines of this time: those before it were written to for the last time earlier.
    func start(since time: Timestamp) async throws -> LogStart {
        let first = try await threads.runIfActive { [parts] in
            try parts.dropLast().firstIndex { try $0.modifiedAt() >= time } ?? parts.count - 1
        }
        return LogStart(parts: parts[first...])
    }

    /// Where the last `count` lines begin. A line that goes on in the next file counts once.
    func start(ofLast count: Int64) async throws -> LogStart {
        var missing = count
        var index = parts.count - 1
        var tail = try await self.tail(of: index, count: missing)
        while true {
            guard tail.isWhole, missing > 0, index > 0 else { break }
            missing -= tail.lines
            let older = try await self.tail(of: index - 1, count: missing)
            // The file's first line began in the one before.
            let goesOn = older.endsWithPart && tail.lines > 0
            if missing == 0 && !goesOn { break }
            index -= 1
            if goesOn { missing += 1 }
            tail = goesOn ? try await self.tail(of: index, count: missing) : older
        }
        return LogStart(parts: parts[index...], place: tail.place)
    }

    /// The last lines of one file.
    private struct Tail: Sendable {
        var place: LogStart.Place
        var lines: Int64
        var endsWithPart: Bool
        /// Whether it begins with the file, so that there may be more in the file before.
        var isWhole: Bool
    }

    private func tail(of index: Int, count: Int64) async throws -> Tail {
        switch parts[index] {
        case .plain(let file):
            let end = index == parts.count - 1 ? self.end : .max
            return try await threads.runIfActive {
                let size = min(try file.size(), end)
                let search = LogTail(size: size, blockSize: LogFile.blockSize) { try file.read(at: $0, count: $1) }
                let place = try search.start(ofLast: count)
                return Tail(
                    place: .offset(place.offset), lines: place.lines, endsWithPart: try search.endsWithPart(),
                    isWhole: place.offset == 0)
            }
        case .compressed(let file, _):
            var counter = LogLineCounter()
            while true {
                let text = try await threads.runIfActive { try file.read() }
                if text.isEmpty { break }
                _ = counter.count(text[...])
            }
            try await threads.runIfActive { file.rewind() }
            let skipped = max(0, counter.lines - count)
            return Tail(
                place: .line(skipped), lines: counter.lines - skipped, endsWithPart: counter.endsWithPart,
                isWhole: skipped == 0)
        }
    }
}
