import KubernetesAPI
import StructuredData

/// Why a flag can't have a value, as the end of a message: `not a whole number`.
struct InvalidFlagValue: Error, Sendable, Hashable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A type a flag may have, read as Go's flag packages read it.
protocol FlagValue: Sendable {
    /// What stands for the value in the help; nil when the flag needs none.
    static var placeholder: String? { get }

    /// Takes a value from the command line; `isFirst` tells a list or map to drop what the file said.
    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue)

    /// The value as it would be given; nil when the help needn't show it as a default.
    var flagText: String? { get }
}

extension Bool: FlagValue {
    static let placeholder: String? = nil

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": self = true
        case "0", "f", "F", "false", "FALSE", "False": self = false
        default: throw InvalidFlagValue("neither true nor false")
        }
    }

    var flagText: String? { self ? "true" : nil }
}

extension Bool?: FlagValue {
    static let placeholder: String? = nil

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        var value = false
        try value.take(text, isFirst: isFirst)
        self = value
    }

    var flagText: String? { self?.flagText }
}

extension String: FlagValue {
    static let placeholder: String? = "string"

    mutating func take(_ text: String, isFirst: Bool) { self = text }

    var flagText: String? { isEmpty ? nil : "\"\(self)\"" }
}

extension FlagValue where Self: FixedWidthInteger {
    static var placeholder: String? { "int" }

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
        guard let wide = isHexadecimal ? Int64(text.dropFirst(2), radix: 16) : Int64(text) else {
            throw InvalidFlagValue("not a whole number")
        }
        guard let value = Self(exactly: wide) else {
            throw InvalidFlagValue("not between \(Self.min) and \(Self.max)")
        }
        self = value
    }

    var flagText: String? { self == 0 ? nil : String(self) }
}

extension Int32: FlagValue {}
extension Int64: FlagValue {}

extension GoDuration: FlagValue {
    static let placeholder: String? = "duration"

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        guard let value = GoDuration(text) else {
            throw InvalidFlagValue("not a duration such as 20s, 1m30s or 100ms")
        }
        self = value
    }

    var flagText: String? { self == .zero ? nil : description }
}

extension FlushFrequency: FlagValue {
    static let placeholder: String? = "duration"

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        try duration.take(text, isFirst: isFirst)
    }

    var flagText: String? { duration.flagText }
}

extension Quantity: FlagValue {
    static let placeholder: String? = "quantity"

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        guard let value = try? Quantity(scalar: .string(text)) else {
            throw InvalidFlagValue("not a quantity such as 512 or 1Mi")
        }
        self = value
    }

    var flagText: String? { isZero ? nil : "\(self)" }
}

/// A type that a list flag may have elements of.
protocol FlagListElement: FlagValue {
    static var listPlaceholder: String { get }
    static var blank: Self { get }
}

extension String: FlagListElement {
    static let listPlaceholder = "strings"
    static let blank = ""
}

extension Int32: FlagListElement {
    static let listPlaceholder = "ints"
    static let blank: Int32 = 0
}

/// A list: values separated by commas, the flag may be repeated.
extension Array: FlagValue where Element: FlagListElement {
    static var placeholder: String? { Element.listPlaceholder }

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        if isFirst { removeAll() }
        for part in text.split(separator: ",") {
            var element = Element.blank
            try element.take(String(part), isFirst: true)
            append(element)
        }
    }

    var flagText: String? { isEmpty ? nil : "[\(map { "\($0)" }.joined(separator: ","))]" }
}

/// A map: pairs `key=value` separated by commas, the flag may be repeated.
extension [String: String]: FlagValue {
    static let placeholder: String? = "key=value,…"

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        try take(text, isFirst: isFirst, separator: "=")
    }

    /// Takes pairs with another character between key and value, such as `<` of eviction thresholds.
    mutating func take(_ text: String, isFirst: Bool, separator: Character) throws(InvalidFlagValue) {
        if isFirst { removeAll() }
        for pair in text.split(separator: ",") {
            let (key, value) = try splitPair(pair, separator: separator)
            self[key] = value
        }
    }

    var flagText: String? { nil }
}

extension KubeletFlags.StaticPodPrecedence: FlagValue {}
extension KubeletFlags.FieldValidation: FlagValue {}

extension FlagValue where Self: CaseIterable & RawRepresentable<String> {
    static var placeholder: String? { allCases.map(\.rawValue).joined(separator: "|") }

    mutating func take(_ text: String, isFirst: Bool) throws(InvalidFlagValue) {
        guard let value = Self(rawValue: text) else {
            throw InvalidFlagValue("must be " + Self.allCases.map(\.rawValue).joined(separator: " or "))
        }
        self = value
    }

    var flagText: String? { rawValue }
}

/// Key and value of `key=value` without the blanks around them.
func splitPair(_ pair: Substring, separator: Character) throws(InvalidFlagValue) -> (key: String, value: String) {
    guard let end = pair.firstIndex(of: separator), end != pair.startIndex else {
        throw InvalidFlagValue("\"\(pair)\" is not of the form key\(separator)value")
    }
    return (trimmed(pair[..<end]), trimmed(pair[pair.index(after: end)...]))
}

private func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " }
    guard let last = start.lastIndex(where: { $0 != " " }) else { return "" }
    return String(start[...last])
}
