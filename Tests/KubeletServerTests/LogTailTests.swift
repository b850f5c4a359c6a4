import Testing

@testable import KubeletServer

@Suite struct LogTailTests {
    /// What the last `count` lines of a log are.
    private func tail(_ lines: [String], _ count: Int64, blockSize: Int, endsWithBreak: Bool = true) throws -> String {
        let bytes = Array((lines.joined(separator: "\n") + (endsWithBreak ? "\n" : "")).utf8)
        let tail = LogTail(size: Int64(bytes.count), blockSize: blockSize) { offset, count in
            Array(bytes[Int(offset)...].prefix(count))
        }
        return String(decoding: bytes[Int(try tail.start(ofLast: count).offset)...], as: UTF8.self)
    }

    private func line(_ content: String, tag: String = "F") -> String {
        "2026-01-01T00:00:00Z stdout \(tag) \(content)"
    }

    @Test(arguments: [1, 5, 33, 64, 65_536])
    func theLastLinesAreFoundWithBlocksOfAnySize(blockSize: Int) throws {
        let lines = (0..<20).map { line(String(repeating: "x", count: $0)) }
        for count in 0...25 {
            let expected = lines.suffix(count).map { $0 + "\n" }.joined()
            #expect(try tail(lines, Int64(count), blockSize: blockSize) == expected)
        }
    }

    @Test(arguments: [3, 40, 65_536])
    func aLineThatWasCutCountsOnce(blockSize: Int) throws {
        let whole = [line("a", tag: "P"), line("b", tag: "P"), line("c")]
        let lines = [line("first")] + whole + [line("d")] + whole
        #expect(try tail(lines, 1, blockSize: blockSize) == whole.map { $0 + "\n" }.joined())
        #expect(try tail(lines, 2, blockSize: blockSize) == lines[4...].map { $0 + "\n" }.joined())
        #expect(try tail(lines, 3, blockSize: blockSize) == lines[1...].map { $0 + "\n" }.joined())
        #expect(try tail(lines, 4, blockSize: blockSize) == lines.map { $0 + "\n" }.joined())
    }

    @Test func aLineThatIsCutAtTheVeryBeginningIsKeptWhole() throws {
        let lines = [line("a", tag: "P"), line("b")]
        #expect(try tail(lines, 1, blockSize: 16) == lines.map { $0 + "\n" }.joined())
    }

    @Test(arguments: [1, 30, 65_536])
    func aLastLineWithoutLineBreakCounts(blockSize: Int) throws {
        let lines = [line("a"), line("b"), line("c")]
        #expect(try tail(lines, 1, blockSize: blockSize, endsWithBreak: false) == lines[2])
        #expect(try tail(lines, 2, blockSize: blockSize, endsWithBreak: false) == lines[1] + "\n" + lines[2])
    }

    @Test func anEmptyFileHasNoLines() throws {
        let tail = LogTail(size: 0, blockSize: 16) { _, _ in [] }
        #expect(try tail.start(ofLast: 5) == LogTail.Place(offset: 0, lines: 0))
        #expect(try !tail.endsWithPart())
    }

    struct End: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var isPart: Bool
    }

    @Test(
        arguments: [
            End(testDescription: "a whole line", text: "2026-01-01T00:00:00Z stdout F one\n", isPart: false),
            End(testDescription: "the only line is a part", text: "2026-01-01T00:00:00Z stdout P one\n", isPart: true),
            End(
                testDescription: "the last line is a part",
                text: "2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:00Z stdout P two\n", isPart: true),
            End(
                testDescription: "a part that was completed",
                text: "2026-01-01T00:00:00Z stdout P one\n2026-01-01T00:00:00Z stdout F two\n", isPart: false),
            End(testDescription: "an empty part", text: "2026-01-01T00:00:00Z stdout P \n", isPart: true),
        ], [4, 40, 65_536])
    func whetherTheNextFileGoesOnWithTheLastLineIsTold(end: End, blockSize: Int) throws {
        let bytes = Array(end.text.utf8)
        let tail = LogTail(size: Int64(bytes.count), blockSize: blockSize) { offset, count in
            Array(bytes[Int(offset)...].prefix(count))
        }
        #expect(try tail.endsWithPart() == end.isPart)
    }
}
