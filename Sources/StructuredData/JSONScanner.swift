/// Why a text is not JSON, and where: line and column count from 1, columns in bytes.
package struct JSONParseError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var line: Int
    package var column: Int

    package init(message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column): \(message)" }
}

/// Reads the tokens of a JSON text; the parsers of values and of marked documents share it.
///
/// Must not outlive the buffer it was made from.
struct JSONScanner {
    /// The deepest nesting accepted: parsing and releasing a value recurse.
    static let depthLimit = 256

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var line = 1
    private var lineStart = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // A byte order mark is no part of the text.
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            position = 3
            lineStart = 3
        }
    }

    /// Where the next byte stands.
    var mark: SourceMark { SourceMark(line: line, column: position - lineStart + 1) }

    /// The next byte that is not white space, left unread; nil at the end.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                position += 1
            case UInt8(ascii: "\n"):
                position += 1
                line += 1
                lineStart = position
            case let byte:
                return byte
            }
        }
        return nil
    }

    /// Reads past white space and that byte, or reads nothing but white space.
    mutating func consume(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8, _ place: String) throws(JSONParseError) {
        guard consume(byte) else { throw unexpected(place) }
    }

    mutating func expectEnd() throws(JSONParseError) {
        guard peek() == nil else { throw unexpected("after the value") }
    }

    mutating func expectWord(_ word: StaticString) throws(JSONParseError) {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw unexpected("in a word") }
        for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] {
            throw unexpected("at the beginning of a value")
        }
        position = end
    }

    func error(_ message: String) -> JSONParseError {
        JSONParseError(message: message, line: line, column: position - lineStart + 1)
    }

    func unexpected(_ place: String) -> JSONParseError {
        guard position < bytes.count else { return error("unexpected end of text \(place)") }
        let byte = bytes[position]
        let shown =
            (0x21..<0x7F).contains(byte)
            ? "character '\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
        return error("unexpected \(shown) \(place)")
    }
}

extension JSONScanner {
    /// A number as written: whole if it has neither fraction nor exponent and fits 64 bits.
    mutating func number() throws(JSONParseError) -> JSONValue {
        let start = position
        var isWhole = true
        _ = skip(UInt8(ascii: "-"))
        let leadingZero = position < bytes.count && bytes[position] == UInt8(ascii: "0")
        let digits = try skipDigits()
        if leadingZero, digits > 1 {
            position = start
            throw error("number with a leading zero")
        }
        if skip(UInt8(ascii: ".")) {
            isWhole = false
            _ = try skipDigits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isWhole = false
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            _ = try skipDigits()
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            position = start
            throw error("number \(text) is out of range")
        }
        return .double(value)
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipDigits() throws(JSONParseError) -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else { throw unexpected("in a number") }
        return position - start
    }

    /// A quoted string; invalid UTF-8 and lone surrogates become U+FFFD, as Go's decoder has it.
    mutating func string() throws(JSONParseError) -> String {
        try expect(UInt8(ascii: "\""), "where a string is expected")
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let run = UnsafeBufferPointer(rebasing: bytes[start..<position])
                position += 1
                return String(decoding: run, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw unexpected("in a string") }
            position += 1
        }
        throw error("string without an end")
    }

    /// The rest of a string that has an escape, with what was read of it before.
    private mutating func escapedString(from start: Int) throws(JSONParseError) -> String {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                try unescape(into: &text)
            case ..<0x20:
                throw unexpected("in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("string without an end")
    }

    private mutating func unescape(into text: inout [UInt8]) throws(JSONParseError) {
        guard position < bytes.count else { throw error("string without an end") }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            text.append(contentsOf: String(try unicodeEscape()).utf8)
            return
        default: throw unexpected("in an escape")
        }
        position += 1
    }

    private mutating func unicodeEscape() throws(JSONParseError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let high = try hexadecimalUnit()
        guard high & 0xFC00 == 0xD800 else { return Unicode.Scalar(high) ?? replacement }
        let next = position
        guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else {
            position = next
            return replacement
        }
        let low = try hexadecimalUnit()
        guard low & 0xFC00 == 0xDC00 else {
            // Two escapes that are no pair: the second is read again on its own.
            position = next
            return replacement
        }
        return Unicode.Scalar(0x10000 + (high & 0x3FF) << 10 + (low & 0x3FF)) ?? replacement
    }

    private mutating func hexadecimalUnit() throws(JSONParseError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
            else { throw unexpected("in a \\u escape") }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
