import KubernetesAPI
import StructuredData
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0), Int32(0)),
        ("2026-11-23T22:25:31Z", 1_795_472_731, 0),
        ("2024-02-29T12:00:00.5+01:00", 1_709_204_400, 500_000_000),
        ("1969-12-31T23:59:59.000000001Z", -1, 1),
        ("2000-03-01T00:00:00-00:30", 951_870_600, 0),
    ])
    func readsRFC3339(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: ["", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "x"])
    func refusesOtherTexts(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func writesSecondsAndMicroseconds() {
        let time = Timestamp(seconds: 1_795_472_731, nanoseconds: 123_456_789)
        #expect(time.rfc3339 == "2026-11-23T22:25:31Z")
        #expect(time.rfc3339Micro == "2026-11-23T22:25:31.123456Z")
        #expect(MicroTime(time).encoded() == "2026-11-23T22:25:31.123456Z")
        #expect(time.encoded() == "2026-11-23T22:25:31Z")
    }

    @Test func addsAndComparesDurations() {
        let time = Timestamp(seconds: 10, nanoseconds: 900_000_000)
        #expect(time.adding(.milliseconds(200)) == Timestamp(seconds: 11, nanoseconds: 100_000_000))
        #expect(time.adding(.milliseconds(-950)) == Timestamp(seconds: 9, nanoseconds: 950_000_000))
        #expect(time.since(Timestamp(seconds: 9)) == .milliseconds(1900))
    }
}
