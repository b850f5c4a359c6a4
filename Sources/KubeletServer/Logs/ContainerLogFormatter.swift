import KubernetesAPI

/// Turns the bytes of a log file into those that a client asked for: drops what is not wanted, joins lines that were
/// cut, and counts. Knows nothing of files.
struct ContainerLogFormatter {
    private static let lineBreak = UInt8(ascii: "\n")
    /// A line that is longer is sent in pieces, rather than kept in memory until its end.
    private static let longestKept = 1 << 20

    /// A line of which the beginning has been looked at and its end not been read yet.
    private struct LongLine {
        /// Whether its pieces are sent.
        var isWanted: Bool
        var isPartial: Bool
    }

    private let streams: ContainerLogOptions.Streams
    private let timestamps: Bool
    private let since: Timestamp?
    private var bytesLeft: Int64
    /// The beginning of a line whose end hasn't been read yet.
    private var unfinished: [UInt8] = []
    private var longLine: LongLine?
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
            if unfinished.isEmpty && longLine == nil {
                append(rest[..<end], to: &output)
            } else {
                finishLine(with: rest[..<end], to: &output)
            }
            rest = rest[rest.index(after: end)...]
        }
        keep(rest, output: &output)
        return output
    }

    /// What is left at the end of a file that nobody writes any more, before another file is read.
    mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        if !unfinished.isEmpty || longLine != nil { finishLine(with: [], to: &output) }
        return output
    }

    private mutating func finishLine(with end: ArraySlice<UInt8>, to output: inout [UInt8]) {
        if let line = longLine {
            longLine = nil
            guard line.isWanted else { return }
            put(end, to: &output)
            endLine(isPartial: line.isPartial, to: &output)
        } else {
            append(unfinished[...] + end, to: &output)
            unfinished.removeAll(keepingCapacity: true)
        }
    }

    /// Keeps the beginning of a line until there is more of it, or sends it if it is too long for that.
    private mutating func keep(_ rest: ArraySlice<UInt8>, output: inout [UInt8]) {
        if let line = longLine {
            if line.isWanted { put(rest, to: &output) }
            return
        }
        unfinished.append(contentsOf: rest)
        guard unfinished.count > Self.longestKept else { return }
        let line = beginLine(unfinished[...], to: &output)
        longLine = LongLine(isWanted: line != nil, isPartial: line?.isPartial ?? false)
        unfinished = []
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard let line = beginLine(bytes, to: &output) else { return }
        endLine(isPartial: line.isPartial, to: &output)
    }

    /// Sends what has been read of a line.
    /// - Returns: `nil` for what is no line, or one that nobody wants.
    private mutating func beginLine(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) -> ContainerLogLine? {
        guard !isExhausted, let line = ContainerLogLine(bytes), streams.contains(line.stream), isRecent(line) else {
            return nil
        }
        if timestamps && isAtLineStart { put(line.fixedTimestamp + [UInt8(ascii: " ")], to: &output) }
        put(line.content, to: &output)
        return line
    }

    private mutating func endLine(isPartial: Bool, to output: inout [UInt8]) {
        if !isPartial { put([Self.lineBreak], to: &output) }
        isAtLineStart = !isPartial
    }

    /// Sends bytes, as many as the client still wants.
    private mutating func put(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        let count = min(Int64(bytes.count), bytesLeft)
        output.append(contentsOf: bytes.prefix(Int(count)))
        bytesLeft -= count
    }

    /// A line whose time can't be read is not held back.
    private func isRecent(_ line: ContainerLogLine) -> Bool {
        guard let since, let time = Timestamp(rfc3339: String(decoding: line.timestamp, as: UTF8.self)) else {
            return true
        }
        return time >= since
    }
}
