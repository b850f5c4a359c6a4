import KubernetesAPI

/// Turns the bytes of a log file into those that a client asked for: drops what is not wanted, joins lines that were
/// cut, and counts. Knows nothing of files.
struct ContainerLogFormatter {
    private static let lineBreak = UInt8(ascii: "\n")
    /// A line that is longer than any runtime writes is not one; it is dropped rather than kept in memory.
    private static let longestLine = 1 << 20

    private let streams: ContainerLogOptions.Streams
    private let timestamps: Bool
    private let since: Timestamp?
    private var bytesLeft: Int64
    /// The beginning of a line whose end hasn't been read yet.
    private var unfinished: [UInt8] = []
    private var isTooLong = false
    private var isAtLineStart = true

    init(_ options: ContainerLogOptions, now: Timestamp) {
        streams = options.streams
        timestamps = options.timestamps
        since = options.since(now: now)
        bytesLeft = options.limitBytes ?? .max
    }

    /// Whether the client has got as many bytes as it wants.
    var isExhausted: Bool { bytesLeft <= 0 }

    /// Takes the next bytes of the file and returns what they give.
    mutating func format(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var rest = bytes
        while !isExhausted, let end = rest.firstIndex(of: Self.lineBreak) {
            if unfinished.isEmpty && !isTooLong {
                append(rest[..<end], to: &output)
            } else {
                finishLine(with: rest[..<end], to: &output)
            }
            rest = rest[rest.index(after: end)...]
        }
        keep(rest)
        return output
    }

    /// What is left at the end of a file that nobody writes any more, or forgets it before another file is read.
    mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        if !unfinished.isEmpty { finishLine(with: [], to: &output) }
        isTooLong = false
        return output
    }

    private mutating func finishLine(with end: ArraySlice<UInt8>, to output: inout [UInt8]) {
        if !isTooLong { append(unfinished[...] + end, to: &output) }
        unfinished.removeAll(keepingCapacity: true)
        isTooLong = false
    }

    private mutating func keep(_ rest: ArraySlice<UInt8>) {
        guard unfinished.count + rest.count <= Self.longestLine else {
            unfinished = []
            isTooLong = true
            return
        }
        if !isTooLong { unfinished.append(contentsOf: rest) }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard !isExhausted, let line = ContainerLogLine(bytes), streams.contains(line.stream), isRecent(line) else {
            return
        }
        let start = output.count
        if timestamps && isAtLineStart {
            output.append(contentsOf: line.timestamp)
            output.append(UInt8(ascii: " "))
        }
        output.append(contentsOf: line.content)
        if !line.isPartial { output.append(Self.lineBreak) }
        isAtLineStart = !line.isPartial
        let count = Int64(output.count - start)
        if count > bytesLeft { output.removeLast(Int(count - bytesLeft)) }
        bytesLeft -= min(count, bytesLeft)
    }

    /// A line whose time can't be read is not held back.
    private func isRecent(_ line: ContainerLogLine) -> Bool {
        guard let since, let time = Timestamp(rfc3339: String(decoding: line.timestamp, as: UTF8.self)) else {
            return true
        }
        return time >= since
    }
}
