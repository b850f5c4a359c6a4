/// One line of a log file as the CRI lays it out: `TIMESTAMP STREAM TAGS CONTENT`, without its line break.
struct ContainerLogLine {
    enum Stream: Sendable, Hashable {
        case stdout, stderr
    }

    /// RFC 3339 text.
    let timestamp: ArraySlice<UInt8>
    let stream: Stream
    /// The writer's line was too long for one log line: the next one of the stream goes on with it.
    let isPartial: Bool
    let content: ArraySlice<UInt8>

    /// Reads a line; `nil` when it isn't one of a log file.
    init?(_ line: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space), first > line.startIndex else { return nil }
        let afterTimestamp = line[line.index(after: first)...]
        guard let second = afterTimestamp.firstIndex(of: space) else { return nil }
        let afterStream = line[line.index(after: second)...]
        // An empty content may come without the space before it.
        let third = afterStream.firstIndex(of: space) ?? afterStream.endIndex
        // Tags are separated by colons, and the first says whether the line is whole.
        let tag = afterStream[..<third].prefix { $0 != UInt8(ascii: ":") }
        switch tag {
        case [UInt8(ascii: "F")]: isPartial = false
        case [UInt8(ascii: "P")]: isPartial = true
        default: return nil
        }
        let name = afterTimestamp[..<second]
        if name.elementsEqual("stdout".utf8) {
            stream = .stdout
        } else if name.elementsEqual("stderr".utf8) {
            stream = .stderr
        } else {
            return nil
        }
        timestamp = line[..<first]
        content = third == afterStream.endIndex ? [] : line[line.index(after: third)...]
    }
}

extension ContainerLogLine {
    /// Bytes up to the second: `2026-01-01T00:00:01`.
    private static let secondLength = 19
    private static let digits = 9

    /// The time with nine digits behind its second, as upstream prints it (`RFC3339NanoFixed`): runtimes leave out
    /// zeros at the end, and then neither do columns align nor do texts sort by time.
    var fixedTimestamp: [UInt8] {
        let second = timestamp.prefix(Self.secondLength)
        guard second.count == Self.secondLength else { return Array(timestamp) }
        var zone = timestamp.dropFirst(Self.secondLength)
        var fraction: ArraySlice<UInt8> = []
        if zone.first == UInt8(ascii: ".") {
            fraction = zone.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            zone = zone.dropFirst(fraction.count + 1)
        }
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, Self.digits - fraction.count))
        return second + [UInt8(ascii: ".")] + fraction + zeros + zone
    }
}
