/// Counts the lines of a log that is read from front to back. A line that the runtime cut into several counts once.
struct LogLineCounter {
    private static let lineBreak = UInt8(ascii: "\n")
    /// Timestamp, stream and tags of a line are far shorter than this.
    private static let headSize = 128

    /// Lines that have begun.
    private(set) var lines: Int64 = 0
    /// Whether the last line that ended is a part that the next one goes on with.
    private(set) var endsWithPart = false
    /// The first bytes of the line that is being read.
    private var head: [UInt8] = []
    private var isAtStart = true

    /// Takes the next bytes, and stops where a line would begin beyond `limit`.
    /// - Returns: the bytes from there on; none while there are no more lines than that.
    mutating func count(_ bytes: ArraySlice<UInt8>, upTo limit: Int64 = .max) -> ArraySlice<UInt8> {
        var rest = bytes
        while !rest.isEmpty {
            if isAtStart {
                if !endsWithPart {
                    guard lines < limit else { return rest }
                    lines += 1
                }
                isAtStart = false
            }
            let end = rest.firstIndex(of: Self.lineBreak)
            head += rest[..<(end ?? rest.endIndex)].prefix(Self.headSize - head.count)
            guard let end else { break }
            endsWithPart = ContainerLogLine(head[...])?.isPartial ?? false
            head.removeAll(keepingCapacity: true)
            isAtStart = true
            rest = rest[rest.index(after: end)...]
        }
        return []
    }
}
