/// A type a field of a `FieldTable` may have.
package protocol FieldValue: Sendable, Hashable {
    /// The decoded value, or nil after reporting why there is none. Never called with null.
    static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Self?

    /// What null stands for as an element of a list or map, as in Go; nil where that is an error.
    static var fromNull: Self? { get }

    /// The value as JSON.
    func encoded() -> JSONValue

    /// Whether Go's `omitempty` would leave the field out.
    var isEmptyField: Bool { get }
}

extension FieldValue {
    package static var fromNull: Self? { nil }
    package var isEmptyField: Bool { false }
}

extension String: FieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> String? {
        switch input.scalar {
        case .string(let text)?: return text
        case .bool?, .integer?, .double?:
            decoder.report(.wrongType, "expected a string, found \(input.found): put it in quotes", at: input.mark)
            return nil
        default: return decoder.wrongType(expected: "a string", input)
        }
    }

    package static var fromNull: String? { "" }
    package func encoded() -> JSONValue { .string(self) }
    package var isEmptyField: Bool { isEmpty }
}

extension Bool: FieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Bool? {
        input.scalar?.boolValue ?? decoder.wrongType(expected: "true or false", input)
    }

    package func encoded() -> JSONValue { .bool(self) }
    package var isEmptyField: Bool { !self }
}

extension Double: FieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Double? {
        input.scalar?.doubleValue ?? decoder.wrongType(expected: "a number", input)
    }

    package func encoded() -> JSONValue { .double(self) }
    package var isEmptyField: Bool { self == 0 }
}

extension FieldValue where Self: FixedWidthInteger {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Self? {
        guard let wide = input.scalar?.integerValue else {
            return decoder.wrongType(expected: "a whole number", input)
        }
        guard let value = Self(exactly: wide) else {
            decoder.report(.invalidValue, "\(wide) is not between \(Self.min) and \(Self.max)", at: input.mark)
            return nil
        }
        return value
    }

    package func encoded() -> JSONValue { .integer(Int64(clamping: self)) }
    package var isEmptyField: Bool { self == 0 }
}

extension Int: FieldValue {}
extension Int32: FieldValue {}
extension Int64: FieldValue {}
extension UInt16: FieldValue {}

/// Any value at all, kept as it is.
extension JSONValue: FieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> JSONValue? { input.json }
    package static var fromNull: JSONValue? { .null }
    package func encoded() -> JSONValue { self }
    package var isEmptyField: Bool { isNull }
}

extension Array: FieldValue where Element: FieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> [Element]? {
        guard let elements = input.elements else { return decoder.wrongType(expected: "a list", input) }
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let value = decoder.within(.index(index)) { decodeElement(element, &$0) }
            if let value { result.append(value) }
        }
        return result
    }

    package func encoded() -> JSONValue { .array(map { $0.encoded() }) }
    package var isEmptyField: Bool { isEmpty }
}

/// A map with free keys; encoded sorted, as Go does.
extension Dictionary: FieldValue where Key == String, Value: FieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> [String: Value]? {
        guard input.isMapping else { return decoder.wrongType(expected: "a mapping", input) }
        var result: [String: Value] = [:]
        input.forEachMember { key, keyMark, member in
            decoder.within(.key(key)) { decoder in
                if result[key] != nil { decoder.report(.duplicateField, "duplicate key \"\(key)\"", at: keyMark) }
                if let value = Value.decodeElement(member, &decoder) { result[key] = value }
            }
        }
        return result
    }

    package func encoded() -> JSONValue { .object(JSONObject(sorting: mapValues { $0.encoded() })) }
    package var isEmptyField: Bool { isEmpty }
}

extension FieldValue {
    /// Decodes an element of a list or map, where null may stand for an empty value.
    fileprivate static func decodeElement(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Self? {
        if input.isNull, let value = fromNull { return value }
        return decode(input, &decoder)
    }
}

extension Array where Element: FieldValue {
    fileprivate static func decodeElement(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Element? {
        Element.decodeElement(input, &decoder)
    }
}
