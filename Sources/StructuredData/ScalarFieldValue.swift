/// Why a text or number is no value of a type; the message names what was expected.
package struct InvalidScalar: Error, Sendable, Hashable {
    package var message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// A leaf type with its own notation: quantity, time, word of a fixed set….
package protocol ScalarFieldValue: FieldValue {
    /// - Throws: `InvalidScalar` when the value, never null, is none of this type.
    init(scalar: JSONValue) throws(InvalidScalar)

    var scalar: JSONValue { get }
}

extension ScalarFieldValue {
    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Self? {
        guard let scalar = input.scalar, !scalar.isNull else {
            return decoder.wrongType(expected: "a single value", input)
        }
        do {
            return try Self(scalar: scalar)
        } catch {
            decoder.report(.invalidValue, error.message, at: input.mark)
            return nil
        }
    }

    package func encoded() -> JSONValue { scalar }
}

/// A word; upstream checks in validation, not in decoding, whether it is one of the known ones.
package protocol StringFieldValue: ScalarFieldValue, RawRepresentable, ExpressibleByStringLiteral,
    CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension StringFieldValue {
    package init(scalar: JSONValue) throws(InvalidScalar) {
        guard case .string(let text) = scalar else {
            throw InvalidScalar(
                "expected a string, found \(scalar.kindName) \(scalar.serializedString): put it in quotes")
        }
        self.init(rawValue: text)
    }

    package init(stringLiteral value: String) { self.init(rawValue: value) }
    package var scalar: JSONValue { .string(rawValue) }
    package var isEmptyField: Bool { rawValue.isEmpty }
    package var description: String { rawValue }
    package static var fromNull: Self? { Self(rawValue: "") }
}
