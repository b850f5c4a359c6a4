import StructuredData
import Testing

@testable import KubeletConfiguration

struct GoDurationTests {
    @Test(
        "text is read and printed as Go does",
        arguments: [
            ("0", "0s"), ("0s", "0s"), ("20s", "20s"), ("1m", "1m0s"), ("1m0s", "1m0s"), ("90s", "1m30s"),
            ("4h", "4h0m0s"), ("2h45m", "2h45m0s"), ("1.5h", "1h30m0s"), ("1.5s", "1.5s"), ("100ms", "100ms"),
            ("300ms", "300ms"), ("1500ms", "1.5s"), ("2us", "2µs"), ("2\u{B5}s", "2µs"), ("2\u{3BC}s", "2µs"),
            ("7ns", "7ns"), ("-1m30s", "-1m30s"), ("+5s", "5s"), (".5s", "500ms"), ("1.s", "1s"),
            ("1h1ms", "1h0m0.001s"), ("100h", "100h0m0s"), ("1.000000001s", "1.000000001s"),
        ])
    func canonical(text: String, expected: String) throws {
        #expect(try #require(GoDuration(text)).description == expected)
    }

    @Test(
        "what Go does not read is refused",
        arguments: [
            "", "20", "s", "-", "+", "1x", "1m 30s", " 1s", "1s ", "1.2.3s", ".s", "9223372036854775808ns", "1d",
        ])
    func refused(text: String) {
        #expect(GoDuration(text) == nil)
    }

    @Test func fieldNeedsAString() {
        #expect(throws: InvalidScalar("expected a duration such as \"20s\", found number 20")) {
            try GoDuration(scalar: 20)
        }
    }
}
