package import StructuredData

/// An exact amount such as `500m`, `1.5Gi` or `2e3`, as `k8s.io/apimachinery/pkg/api/resource` has it.
///
/// Amounts finer than a billionth are rounded away from zero; whole amounts beyond 64 bits are capped.
/// Two quantities are equal when their amounts are, whatever their notation.
package struct Quantity: Sendable, Comparable {
    /// The notation an amount is written in.
    package enum Format: Sendable {
        /// `1.5Gi`: powers of 1024.
        case binarySI
        /// `500m`, `2k`: powers of 1000.
        case decimalSI
        /// `2e3`.
        case decimalExponent
    }

    /// The amount in billionths.
    package private(set) var nanos: Int128
    package var format: Format

    private static let nanosPerUnit: Int128 = 1_000_000_000
    private static let largest = Int128(Int64.max) * nanosPerUnit

    package init() {
        self.init(nanos: 0, format: .decimalSI)
    }

    package init(_ value: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * Self.nanosPerUnit, format: format)
    }

    /// Thousandths, as CPUs are counted in.
    package init(milli: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(milli) * 1_000_000, format: format)
    }

    init(nanos: Int128, format: Format) {
        self.nanos = min(max(nanos, -Self.largest), Self.largest)
        self.format = format
    }

    /// The amount in whole units, rounded up.
    package var value: Int64 { Int64(clamping: roundedUp(Self.nanosPerUnit)) }

    /// The amount in thousandths, rounded up.
    package var milliValue: Int64 { Int64(clamping: roundedUp(1_000_000)) }

    /// The amount rounded up to thousandths.
    package var roundedUpToMilli: Quantity {
        nanos % 1_000_000 == 0 ? self : Quantity(nanos: roundedUp(1_000_000) * 1_000_000, format: format)
    }

    package var isZero: Bool { nanos == 0 }

    private func roundedUp(_ unit: Int128) -> Int128 {
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: unit)
        return remainder > 0 ? quotient + 1 : quotient
    }

    package static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
    package static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }

    /// The sum in the left one's notation, or the right one's where the left is zero.
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(nanos: left.nanos + right.nanos, format: left.isZero ? right.format : left.format)
    }

    package static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(nanos: left.nanos - right.nanos, format: left.isZero ? right.format : left.format)
    }

    package static func += (left: inout Quantity, right: Quantity) { left = left + right }
    package static func -= (left: inout Quantity, right: Quantity) { left = left - right }
}

extension Quantity: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

extension Quantity: ScalarFieldValue {
    package init(scalar: JSONValue) throws(InvalidScalar) {
        let text: String
        switch scalar {
        case .string(let string): text = string
        case .integer, .double: text = scalar.serializedString
        default: throw InvalidScalar("expected a quantity, found \(scalar.kindName)")
        }
        guard let quantity = Quantity(text) else {
            throw InvalidScalar("\"\(text)\" is not a quantity such as 500m, 1.5Gi or 2e3")
        }
        self = quantity
    }

    package var scalar: JSONValue { .string(description) }
}
