import HTTPServing
import KubernetesAPI
import Testing

@testable import KubeletServer

private let log = """
    2026-01-01T00:00:01.000000001Z stdout F one
    2026-01-01T00:00:02.000000002Z stderr F two
    2026-01-01T00:00:03.000000003+01:00 stdout P thr
    2026-01-01T00:00:03.000000004+01:00 stdout P e
    2026-01-01T00:00:03.000000005+01:00 stdout F e
    2026-01-01T00:00:04.000000006Z stdout F:extra 
    2026-01-01T00:00:05.000000007Z stdout F five

    """

struct FormatterCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let query: String
    let expected: String
}

private let cases: [FormatterCase] = [
    .init(
        testDescription: "everything, cut lines joined", query: "", expected: "one\ntwo\nthree\n\nfive\n"),
    .init(
        testDescription: "timestamps stand before whole lines only", query: "timestamps=true",
        expected: """
            2026-01-01T00:00:01.000000001Z one
            2026-01-01T00:00:02.000000002Z two
            2026-01-01T00:00:03.000000003+01:00 three
            2026-01-01T00:00:04.000000006Z 
            2026-01-01T00:00:05.000000007Z five

            """),
    .init(testDescription: "one stream", query: "stream=Stderr", expected: "two\n"),
    .init(testDescription: "the other stream", query: "stream=Stdout", expected: "one\nthree\n\nfive\n"),
    .init(testDescription: "since a time, inclusively", query: "sinceTime=2026-01-01T00:00:04Z", expected: "\nfive\n"),
    .init(
        testDescription: "a time zone counts", query: "sinceTime=2025-12-31T23:00:03Z",
        expected: "one\ntwo\nthree\n\nfive\n"),
    .init(testDescription: "since seconds before now", query: "sinceSeconds=5", expected: "five\n"),
    .init(testDescription: "bytes are cut within a line", query: "limitBytes=6", expected: "one\ntw"),
    .init(testDescription: "bytes may end with a line", query: "limitBytes=4", expected: "one\n"),
    .init(testDescription: "timestamps count as bytes", query: "limitBytes=3&timestamps=1", expected: "202"),
]

@Suite struct ContainerLogFormatterTests {
    private let now = Timestamp(rfc3339: "2026-01-01T00:00:10Z") ?? Timestamp(seconds: 0)

    private func format(_ text: String, query: String, blockSize: Int) throws -> String {
        let options = try ContainerLogOptions(QueryParameters(parsing: Substring(query)))
        var formatter = ContainerLogFormatter(options, now: now)
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            output += formatter.format(rest.prefix(blockSize))
            rest = rest.dropFirst(blockSize)
        }
        output += formatter.finish()
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: cases, [1, 7, 64, 4_096])
    func blocksOfAnySizeGiveTheSame(_ example: FormatterCase, blockSize: Int) throws {
        #expect(try format(log, query: example.query, blockSize: blockSize) == example.expected)
    }

    @Test func whatIsNoLogLineIsLeftOut() throws {
        let text =
            "nonsense\n\n2026-01-01T00:00:01Z stdin F x\n2026-01-01T00:00:01Z stdout X x\n"
            + "2026-01-01T00:00:01Z stdout F ok\n2026-01-01T00:00:01Z stdout\n"
        #expect(try format(text, query: "", blockSize: 4_096) == "ok\n")
    }

    @Test func anEmptyLineMayComeWithoutItsSpace() throws {
        #expect(try format("2026-01-01T00:00:01Z stdout F\n", query: "", blockSize: 4_096) == "\n")
    }

    @Test func aLastLineWithoutLineBreakIsSentAtTheEnd() throws {
        #expect(try format("2026-01-01T00:00:01Z stdout F last", query: "", blockSize: 3) == "last\n")
    }

    @Test(arguments: [
        ("2026-01-01T00:00:01Z", "2026-01-01T00:00:01.000000000Z"),
        ("2026-01-01T00:00:01.5Z", "2026-01-01T00:00:01.500000000Z"),
        ("2026-01-01T00:00:01.12345678+01:00", "2026-01-01T00:00:01.123456780+01:00"),
        ("2026-01-01T00:00:01.123456789-07:00", "2026-01-01T00:00:01.123456789-07:00"),
        ("long-ago", "long-ago"),
    ])
    func timestampsHaveNineDigits(_ written: String, _ shown: String) throws {
        #expect(try format("\(written) stdout F x\n", query: "timestamps=1", blockSize: 4_096) == "\(shown) x\n")
    }

    @Test(arguments: ["", "stream=Stderr", "timestamps=true", "limitBytes=2500000", "limitBytes=1000"])
    func aLineThatIsTooLongToKeepIsSentInPieces(_ query: String) throws {
        let long = String(repeating: "x", count: 3 << 20)
        let times = query.hasPrefix("timestamps") ? "2026-01-01T00:00:01.000000000Z " : ""
        let all = [long, "\(long)end", "ok", "cut"].map { "\(times)\($0)\n" }.joined()
        let text =
            "2026-01-01T00:00:01Z stdout F \(long)\n2026-01-01T00:00:01Z stdout P \(long)\n"
            + "2026-01-01T00:00:01Z stdout F end\n2026-01-01T00:00:01Z stderr X \(long)\n"
            + "2026-01-01T00:00:01Z stdout F ok\n2026-01-01T00:00:01Z stdout F cut"
        let limit = query.hasPrefix("limitBytes=") ? Int(query.dropFirst("limitBytes=".count)) : nil
        let expected = query.hasPrefix("stream") ? "" : String(all.prefix(limit ?? .max))
        // Nobody wants to see megabytes when it fails.
        let isAsExpected = try format(text, query: query, blockSize: 65_536) == expected
        #expect(isAsExpected)
    }
}

@Suite struct ContainerLogOptionsTests {
    private func options(_ query: String) throws -> ContainerLogOptions {
        try ContainerLogOptions(QueryParameters(parsing: Substring(query)))
    }

    @Test func flagsAndNumbersAreRead() throws {
        let read = try options("follow=true&previous=1&timestamps=false&tailLines=0&limitBytes=5&sinceSeconds=7")
        #expect(read.follow && read.previous && !read.timestamps)
        #expect(read.tailLines == 0 && read.limitBytes == 5 && read.sinceSeconds == 7)
    }

    @Test func theOldNameOfTailLinesWins() throws {
        #expect(try options("tail=3&tailLines=4").tailLines == 3)
        #expect(try options("tail=all&tailLines=4").tailLines == nil)
    }

    @Test(arguments: ["tailLines=x", "limitBytes=1.5", "sinceTime=yesterday", "sinceSeconds=-"])
    func whatCannotBeReadIsABadRequest(query: String) {
        let error = #expect(throws: KubeletServerError.self) { try options(query) }
        #expect(error?.code == .badRequest)
    }

    @Test(arguments: [
        "tailLines=-1", "limitBytes=0", "sinceSeconds=0", "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
        "stream=stdout", "stream=Stdout&tailLines=1",
    ])
    func whatIsNotAllowedIsUnprocessable(query: String) {
        let error = #expect(throws: KubeletServerError.self) { try options(query) }
        #expect(error?.code == .invalidParameters)
    }
}
