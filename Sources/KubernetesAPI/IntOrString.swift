package import StructuredData

/// A port or other number that may also be given by name or as a percentage.
package enum IntOrString: ScalarFieldValue, CustomStringConvertible {
    case int(Int32)
    case string(String)

    package init() { self = .int(0) }

    package init(scalar: JSONValue) throws(InvalidScalar) {
        switch scalar {
        case .string(let text):
            self = .string(text)
        case .integer(let number):
            guard let value = Int32(exactly: number) else {
                throw InvalidScalar("\(number) does not fit 32 bits")
            }
            self = .int(value)
        default:
            throw InvalidScalar("expected a whole number or a string, found \(scalar.kindName)")
        }
    }

    package var scalar: JSONValue {
        switch self {
        case .int(let value): .integer(Int64(value))
        case .string(let text): .string(text)
        }
    }

    package var description: String {
        switch self {
        case .int(let value): String(value)
        case .string(let text): text
        }
    }
}

extension IntOrString: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    package init(integerLiteral value: Int32) { self = .int(value) }
    package init(stringLiteral value: String) { self = .string(value) }
}
