extension YAMLScalar {
    var isMergeKey: Bool {
        text == "<<" && (isPlain && tag == nil || tag == "tag:yaml.org,2002:merge")
    }

    /// What the scalar stands for by the rules of the YAML 1.1 library that sigs.k8s.io/yaml is built on.
    var resolved: DocumentNode.Value {
        switch tag {
        case nil: isPlain ? Self.resolve(text) : .string(text)
        case "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int": Self.resolve(text)
        case "tag:yaml.org,2002:float":
            // A whole number stays one: JSON makes no difference.
            Self.resolve(text)
        default: .string(text)
        }
    }

    private static func resolve(_ text: String) -> DocumentNode.Value {
        guard let first = text.utf8.first else { return .null }
        switch text {
        case "~", "null", "Null", "NULL": return .null
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .bool(true)
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .bool(false)
        default: break
        }
        let startsNumber =
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) || first == UInt8(ascii: "+")
            || first == UInt8(ascii: "-") || first == UInt8(ascii: ".")
        return (startsNumber ? number(text) : nil) ?? .string(text)
    }

    private static func number(_ text: String) -> DocumentNode.Value? {
        // Numbers may be grouped by underscores.
        let plain = text.contains("_") ? text.filter { $0 != "_" } : text
        if let whole = wholeNumber(plain) { return whole }
        guard isFraction(plain), let value = Double(plain), value.isFinite else { return nil }
        return .double(value)
    }

    /// Decimal, `0x`, `0o`, `0b`, and octal by a leading zero.
    private static func wholeNumber(_ text: String) -> DocumentNode.Value? {
        var digits = text[...]
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        var radix = 10
        if digits.count > 1, first == UInt8(ascii: "0") {
            digits.removeFirst()
            switch digits.first {
            case "x", "X": radix = 16
            case "o", "O": radix = 8
            case "b", "B": radix = 2
            default: radix = 8
            }
            if radix != 8 || digits.first == "o" || digits.first == "O" { digits.removeFirst() }
        }
        guard digits.utf8.first != UInt8(ascii: "+"), digits.utf8.first != UInt8(ascii: "-") else { return nil }
        let signed = (isNegative ? "-" : "") + digits
        if let value = Int64(signed, radix: radix) { return .integer(value) }
        return UInt64(signed, radix: radix).map { .double(Double($0)) }
    }

    /// Digits with an optional point and exponent.
    private static func isFraction(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = skipDigits(&rest)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = skipDigits(&rest)
        }
        guard whole + fraction > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
            guard skipDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func skipDigits(_ text: inout Substring.UTF8View) -> Int {
        let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        text = text[digits.endIndex...]
        return digits.count
    }
}
