/// Finds the place in a log file from which on there are a given number of lines, reading it from its end.
struct LogTail {
    private static let lineBreak = UInt8(ascii: "\n")
    /// Timestamp, stream and tags of a line are far shorter than this.
    private static let headSize = 128

    /// Bytes from an offset on: at most `count`, and all of them when the file has them.
    private let read: (_ offset: Int64, _ count: Int) throws -> [UInt8]
    /// Bytes of the file that count.
    private let size: Int64
    private let blockSize: Int

    init(size: Int64, blockSize: Int = LogFile.blockSize, read: @escaping (Int64, Int) throws -> [UInt8]) {
        self.size = size
        self.blockSize = blockSize
        self.read = read
    }

    /// The offset at which the last `count` lines begin; 0 when there are no more than that.
    ///
    /// A line that the runtime cut into several counts once, so that the client gets whole lines. A last line without
    /// line break counts too.
    func start(ofLast count: Int64) throws -> Int64 {
        guard count > 0 else { return size }
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
                    if lines == count { return end + 1 }
                }
                // The file's last byte ends its last line; no line begins after it.
                lineEnd = offset == size - 1 ? nil : offset
            }
            blockEnd = blockStart
        }
        if let end = lineEnd, try !isContinued(from: 0, to: end, in: [], at: 0), lines + 1 == count { return end + 1 }
        return 0
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
