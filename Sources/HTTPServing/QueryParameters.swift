/// The parameters of a request's query: decoded, in their order, each name as often as it was given.
package struct QueryParameters: Sendable, Hashable {
    package struct Item: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var items: [Item]

    package init(_ items: [Item] = []) { self.items = items }

    /// Reads a query as it stands behind the `?`; an escape that is none is kept as it is written.
    package init(parsing raw: Substring) {
        items = raw.split(separator: "&").map { pair in
            guard let equals = pair.firstIndex(of: "=") else {
                return Item(name: Self.decode(pair), value: "")
            }
            return Item(name: Self.decode(pair[..<equals]), value: Self.decode(pair[pair.index(after: equals)...]))
        }
    }

    /// The first value of a name.
    package subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// All values of a name, in their order.
    package func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    package func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

    private static func decode(_ text: Substring) -> String {
        PercentEncoding.decode(text, plusIsSpace: true) ?? String(text)
    }
}

/// Percent encoding of URI parts (RFC 3986, section 2).
package enum PercentEncoding {
    /// The decoded text, or `nil` when a `%` isn't followed by two hexadecimal digits.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        let source = Array(text.utf8)
        let percent = UInt8(ascii: "%")
        let plus = UInt8(ascii: "+")
        guard source.contains(percent) || (plusIsSpace && source.contains(plus)) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            let byte = source[index]
            index += 1
            guard byte == percent else {
                bytes.append(plusIsSpace && byte == plus ? UInt8(ascii: " ") : byte)
                continue
            }
            guard index + 1 < source.count, let high = hexValue(source[index]), let low = hexValue(source[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 2
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text with everything but unreserved characters escaped, fit for a path segment or a query value.
    package static func encode(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
