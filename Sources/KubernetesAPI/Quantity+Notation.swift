extension Quantity {
    /// Reads `<signed number><suffix>`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        var reader = QuantityReader(rest: Array(text.utf8)[...])
        guard let mantissa = reader.mantissa(), let suffix = reader.suffix() else { return nil }
        guard !mantissa.digits.isEmpty else {
            self.init(nanos: 0, format: suffix.format)
            return
        }
        var amount = Amount(isNegative: mantissa.isNegative)
        for digit in mantissa.digits { amount.append(digit) }
        amount.multiply(by: 2, times: suffix.binaryExponent)
        let exponent = 9 + suffix.decimalExponent - mantissa.fractionDigits + amount.droppedDigits
        amount.multiply(by: 10, times: max(0, exponent))
        amount.divideByTen(times: max(0, -exponent))
        self.init(nanos: amount.signed, format: suffix.format)
    }

    /// The canonical form: the largest suffix that leaves a whole number.
    package var canonicalForm: String {
        guard nanos != 0 else { return "0" }
        switch format {
        case .binarySI where nanos.magnitude >= 1024 * 1_000_000_000 && nanos % 1_000_000_000 == 0:
            return binaryForm
        case .decimalExponent:
            return decimalForm { $0 == 0 ? "" : "e\($0)" }
        case .binarySI, .decimalSI:
            return decimalForm { Self.decimalSuffixes[$0 / 3 + 3] }
        }
    }

    private static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    private var binaryForm: String {
        var number = nanos / 1_000_000_000
        var suffix = 0
        while number % 1024 == 0, suffix < Self.binarySuffixes.count - 1 {
            number /= 1024
            suffix += 1
        }
        return "\(number)\(Self.binarySuffixes[suffix])"
    }

    private func decimalForm(_ suffix: (Int) -> String) -> String {
        var number = nanos
        var exponent = -9
        while number % 1000 == 0, exponent < 18 {
            number /= 1000
            exponent += 3
        }
        return "\(number)\(suffix(exponent))"
    }
}

extension Quantity: LosslessStringConvertible {
    package init?(_ description: String) {
        self.init(description[...])
    }

    package var description: String { canonicalForm }
}

extension Quantity: ExpressibleByStringLiteral {
    /// A literal that is no quantity is a mistake of the programmer, and zero.
    package init(stringLiteral value: String) {
        self = Quantity(value[...]) ?? Quantity()
    }
}

/// The parts of a quantity's text.
private struct QuantityReader {
    struct Mantissa {
        var isNegative: Bool
        /// Without leading zeros.
        var digits: [UInt8]
        var fractionDigits: Int
    }

    struct Suffix {
        var format: Quantity.Format
        var binaryExponent = 0
        var decimalExponent = 0
    }

    var rest: ArraySlice<UInt8>

    mutating func mantissa() -> Mantissa? {
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = takeDigits()
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits()
        }
        guard !(whole.isEmpty && fraction.isEmpty) else { return nil }
        let digits = (whole + fraction).map { $0 - UInt8(ascii: "0") }
        return Mantissa(
            isNegative: isNegative, digits: Array(digits.drop { $0 == 0 }), fractionDigits: fraction.count)
    }

    private mutating func takeDigits() -> ArraySlice<UInt8> {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        return digits
    }

    func suffix() -> Suffix? {
        let text = String(decoding: rest, as: UTF8.self)
        switch text {
        case "n": return Suffix(format: .decimalSI, decimalExponent: -9)
        case "u": return Suffix(format: .decimalSI, decimalExponent: -6)
        case "m": return Suffix(format: .decimalSI, decimalExponent: -3)
        case "": return Suffix(format: .decimalSI)
        case "k": return Suffix(format: .decimalSI, decimalExponent: 3)
        case "M": return Suffix(format: .decimalSI, decimalExponent: 6)
        case "G": return Suffix(format: .decimalSI, decimalExponent: 9)
        case "T": return Suffix(format: .decimalSI, decimalExponent: 12)
        case "P": return Suffix(format: .decimalSI, decimalExponent: 15)
        case "E": return Suffix(format: .decimalSI, decimalExponent: 18)
        case "Ki": return Suffix(format: .binarySI, binaryExponent: 10)
        case "Mi": return Suffix(format: .binarySI, binaryExponent: 20)
        case "Gi": return Suffix(format: .binarySI, binaryExponent: 30)
        case "Ti": return Suffix(format: .binarySI, binaryExponent: 40)
        case "Pi": return Suffix(format: .binarySI, binaryExponent: 50)
        case "Ei": return Suffix(format: .binarySI, binaryExponent: 60)
        default:
            guard let letter = text.first, letter == "e" || letter == "E", let exponent = Int32(text.dropFirst())
            else { return nil }
            // Beyond these bounds every amount is capped or the smallest one.
            return Suffix(format: .decimalExponent, decimalExponent: min(max(Int(exponent), -100), 100))
        }
    }
}

/// A magnitude that saturates far above the largest quantity instead of overflowing.
private struct Amount {
    let isNegative: Bool
    /// Digits that were left off at the end because they would not fit.
    private(set) var droppedDigits = 0
    private var magnitude: Int128 = 0
    private static let ceiling = Int128.max / 2048
    // Leaves room for the largest binary suffix.
    private static let mantissaCeiling = Int128(1) << 63

    init(isNegative: Bool) { self.isNegative = isNegative }

    var signed: Int128 { isNegative ? -magnitude : magnitude }

    mutating func append(_ digit: UInt8) {
        if magnitude < Self.mantissaCeiling {
            magnitude = magnitude * 10 + Int128(digit)
        } else {
            droppedDigits += 1
        }
    }

    mutating func multiply(by factor: Int128, times: Int) {
        for _ in 0..<times where magnitude < Self.ceiling { magnitude = min(magnitude * factor, Self.ceiling) }
    }

    /// Rounds away from zero once, at the end.
    mutating func divideByTen(times: Int) {
        var isExact = true
        for _ in 0..<times {
            isExact = isExact && magnitude % 10 == 0
            magnitude /= 10
            if magnitude == 0 { break }
        }
        if !isExact { magnitude += 1 }
    }
}
