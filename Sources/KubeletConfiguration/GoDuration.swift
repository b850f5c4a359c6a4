package import StructuredData

/// A span of time as Go programs write it: `20s`, `1m0s`, `1h30m`, `100ms`.
///
/// The kubelet's configuration files and flags use this form; see Go's `time.ParseDuration`.
package struct GoDuration: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var nanoseconds: Int64

    package static let zero = GoDuration(nanoseconds: 0)

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func milliseconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000) }
    package static func seconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000_000) }
    package static func minutes(_ count: Int64) -> Self { seconds(count * 60) }
    package static func hours(_ count: Int64) -> Self { minutes(count * 60) }

    /// The same span for Swift's clocks.
    package var duration: Duration { .nanoseconds(nanoseconds) }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension GoDuration {
    /// Reads `text`; nil when it isn't a Go duration or doesn't fit into 64 bits of nanoseconds.
    package init?(_ text: String) {
        var rest = text[...].utf8
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) {
            self.init(nanoseconds: 0)
            return
        }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = Self.takePart(&rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        self.init(nanoseconds: isNegative ? -total : total)
    }

    /// One number with its unit, in nanoseconds.
    private static func takePart(_ rest: inout Substring.UTF8View) -> Int64? {
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let unitText = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
        guard let unit = units[String(Substring(unitText))] else { return nil }
        rest = rest.dropFirst(unitText.count)
        guard let count = whole.isEmpty ? 0 : Int64(String(Substring(whole))) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let (sum, overflowed) = product.addingReportingOverflow(fractionOf(unit, digits: fraction))
        return overflowed ? nil : sum
    }

    private static func fractionOf(_ unit: Int64, digits: Substring.UTF8View) -> Int64 {
        var value = 0.0
        var scale = 0.1
        for digit in digits {
            value += Double(digit - UInt8(ascii: "0")) * scale
            scale /= 10
        }
        return Int64((value * Double(unit)).rounded())
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "\u{B5}s": 1_000, "\u{3BC}s": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
        "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]
}

extension GoDuration {
    /// As Go prints it: whole hours and minutes, then seconds with their fraction; below a second the largest unit.
    package var description: String {
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        switch magnitude {
        case 0: return "0s"
        case ..<1_000: return "\(sign)\(magnitude)ns"
        case ..<1_000_000: return sign + Self.decimal(magnitude, unit: 1_000) + "\u{B5}s"
        case ..<1_000_000_000: return sign + Self.decimal(magnitude, unit: 1_000_000) + "ms"
        default: break
        }
        let minute: UInt64 = 60_000_000_000
        let seconds = Self.decimal(magnitude % minute, unit: 1_000_000_000) + "s"
        let minutes = magnitude / minute
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: UInt64, unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction != 0 else { return String(value / unit) }
        let padded = String(String(unit + fraction).dropFirst())
        let trimmed = padded.reversed().drop { $0 == "0" }.reversed()
        return "\(value / unit).\(String(trimmed))"
    }
}

extension GoDuration: ScalarFieldValue {
    package init(scalar: JSONValue) throws(InvalidScalar) {
        guard case .string(let text) = scalar else {
            throw InvalidScalar(
                "expected a duration such as \"20s\", found \(scalar.kindName) \(scalar.serializedString)")
        }
        guard let duration = GoDuration(text) else {
            throw InvalidScalar("expected a duration such as \"20s\" or \"1m30s\", found \"\(text)\"")
        }
        self = duration
    }

    package var scalar: JSONValue { .string(description) }
    package var isEmptyField: Bool { nanoseconds == 0 }
}
