import Testing

@testable import KubeletServer

@Suite struct LogLineCounterTests {
    private static let lines = [
        "2026-01-01T00:00:00Z stdout F one", "2026-01-01T00:00:00Z stdout P two ",
        "2026-01-01T00:00:00Z stdout P and ", "2026-01-01T00:00:00Z stdout F a half",
        "2026-01-01T00:00:00Z stdout F " + String(repeating: "x", count: 300), "2026-01-01T00:00:00Z stdout F four",
    ]
    private static let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)

    /// What is left after the first `limit` lines, with the bytes coming in blocks.
    private func rest(after limit: Int64, blockSize: Int, counter: inout LogLineCounter) -> [UInt8] {
        for start in stride(from: 0, to: Self.bytes.count, by: blockSize) {
            let block = Self.bytes[start..<min(start + blockSize, Self.bytes.count)]
            let rest = counter.count(block, upTo: limit)
            if !rest.isEmpty { return Array(Self.bytes[rest.startIndex...]) }
        }
        return []
    }

    @Test(arguments: [1, 2, 7, 64, 10_000], [(0, 0), (1, 1), (2, 4), (3, 5), (4, 6), (9, 6)])
    func linesAreCountedInBlocksOfAnySize(blockSize: Int, cut: (lines: Int64, parts: Int)) {
        var counter = LogLineCounter()
        let rest = rest(after: cut.lines, blockSize: blockSize, counter: &counter)
        #expect(String(decoding: rest, as: UTF8.self) == Self.lines[cut.parts...].map { $0 + "\n" }.joined())
        #expect(counter.lines == min(cut.lines, 4))
    }

    @Test func aLastPartIsTold() {
        var counter = LogLineCounter()
        _ = counter.count(Array("2026-01-01T00:00:00Z stdout F one\n".utf8)[...])
        #expect(!counter.endsWithPart)
        _ = counter.count(Array("2026-01-01T00:00:00Z stdout P two\n".utf8)[...])
        #expect(counter.endsWithPart && counter.lines == 2)
    }
}
