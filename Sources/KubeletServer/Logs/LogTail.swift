/// Finds the place in a log file from which on there are a given number of lines, reading it from its end.
struct LogTail {
    private static let lineBreak = UInt8(ascii: "\n")
    /// Timestamp, stream and tags of a line are far shorter than this.
    private static let headSize = 128

    /// What was found.
    struct Place: Sendable, Hashable {
        /// Where the lines begin.
        var offset: Int64
        /// How many there are: fewer than asked for when the file has no more.
        var lines: Int64
    }

    /// Bytes from an offset on: at most `count`, and all of them when the file has them.
    private let read: (_ offset: Int64, _ count: Int) throws -> [UInt8]
    /// Bytes of the file that count.
    private let size: Int64
    private let blockSize: Int

    init(size: Int64, blockSize: Int, read: @escaping (Int64, Int) throws -> [UInt8]) {
        self.size = size
        self.blockSize = blockSize
        self.read = read
    }

    /// The place at which the last `count` lines begin.
    ///
    /// A line that the runtime cut into several counts once, so that the client gets whole lines. A last line without
    /// line break counts too, and so does the file's first line, though it may go on with one of another file.
    func start(ofLast count: Int64) throws -> Place {
        guard count > 0, size > 0 else { return Place(offset: size, lines: 0) }
        var lines: Int64 = 0
        // The line break found before, going backwards, at the end of the line that is looked at.
        var lineEnd: Int64?
        var blockEnd = size
        while blockEnd > 0 {
            let blockStart = max(0, blockEnd - Int64(blockSize))
            let block = try read(blockStart, Int(blockEnd - blockStart))
            for index in block.indices.reversed() where block[index] == Self.lineBreak {
                let offset = blockStart + Int64(index)
                if let end = lineEnd, try !isContinued(from: offset + 1, to: end, in: block, at: blockStart) {
                    lines += 1
                    if lines == count { return Place(offset: end + 1, lines: count) }
                }
                // The file's last byte ends its last line; no line begins after it.
                lineEnd = offset == size - 1 ? nil : offset
            }
            blockEnd = blockStart
        }
        if let end = lineEnd, try !isContinued(from: 0, to: end, in: [], at: 0) {
            lines += 1
            if lines == count { return Place(offset: end + 1, lines: count) }
        }
        return Place(offset: 0, lines: lines + 1)
    }

    /// Whether the file's last line is a part that the first line of the next file goes on with.
    func endsWithPart() throws -> Bool {
        // The last byte is a line break; the one before it ends the line before.
        var blockEnd = size - 1
        while blockEnd > 0 {
            let blockStart = max(0, blockEnd - Int64(blockSize))
            let block = try read(blockStart, Int(blockEnd - blockStart))
            if let index = block.lastIndex(of: Self.lineBreak) {
                return try isContinued(from: blockStart + Int64(index) + 1, to: size - 1, in: [], at: 0)
            }
            blockEnd = blockStart
        }
        return try size > 0 && isContinued(from: 0, to: size - 1, in: [], at: 0)
    }

    /// Whether the line at these offsets is a part that the next line goes on with.
    private func isContinued(from start: Int64, to end: Int64, in block: [UInt8], at blockStart: Int64) throws -> Bool {
        let count = Int(min(end - start, Int64(Self.headSize)))
        let index = Int(start - blockStart)
        if index >= 0, index + count <= block.count {
            return ContainerLogLine(block[index..<index + count])?.isPartial ?? false
        }
        return ContainerLogLine(try read(start, count)[...])?.isPartial ?? false
    }
}
