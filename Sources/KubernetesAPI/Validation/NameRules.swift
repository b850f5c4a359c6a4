internal import Glibc

/// The forms of names; each returns what is wrong with a text, or nil. Several faults are told at once.
///
/// Follows `k8s.io/apimachinery/pkg/util/validation`, word by word: people search for these messages.
package enum NameRules {
    /// A name that may be a part of a host name: lower case, at most 63 bytes.
    package static func dns1123Label(_ text: String) -> String? {
        let fault: String? =
            if isLabel(text.utf8[...]) {
                nil
            } else if isSubdomain(text, isLabel) {
                "must not contain dots"
            } else {
                labelFault
            }
        return joined(tooLong(text, 63), fault)
    }

    /// Labels joined by dots: at most 253 bytes.
    package static func dns1123Subdomain(_ text: String) -> String? {
        joined(tooLong(text, 253), isSubdomain(text, isLabel) ? nil : subdomainFault)
    }

    /// The beginning of a subdomain, to which the server adds something.
    package static func dns1123SubdomainPrefix(_ text: String) -> String? {
        dns1123Subdomain(text.utf8.count > 1 && text.hasSuffix("-") ? text.dropLast(2) + "a" : text)
    }

    /// A subdomain whose parts may have underscores, as DNS search paths do.
    package static func searchDomain(_ text: String) -> String? {
        joined(tooLong(text, 253), isSubdomain(text, isSearchPart) ? nil : searchFault)
    }

    /// `[prefix/]name`, as label and annotation keys have it.
    package static func qualifiedName(_ text: String) -> String? {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else {
            let prefix = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            return "a valid label key \(keyFault) \(prefix)"
        }
        var prefixFault: String?
        if parts.count == 2 {
            prefixFault = parts[0].isEmpty ? "must be non-empty" : dns1123Subdomain(String(parts[0]))
        }
        let sizeFault = name.isEmpty ? "must be non-empty" : tooLong(name, 63, unit: "bytes")
        return joined(
            prefixFault.map { "prefix part \($0)" }, sizeFault.map { "name part \($0)" },
            isQualifiedWord(name.utf8) ? nil : "name part \(keyFault)")
    }

    package static func labelValue(_ text: String) -> String? {
        joined(tooLong(text, 63, unit: "bytes"), text.isEmpty || isQualifiedWord(text.utf8) ? nil : valueFault)
    }

    /// At most 15 lower case letters, digits and single hyphens, one letter at least.
    package static func portName(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let isOfSet = !bytes.isEmpty && bytes.allSatisfy { isLowercaseAlphanumeric($0) || $0 == hyphen }
        let hasLetter = bytes.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        let isFramed = bytes.first == hyphen || bytes.last == hyphen
        return joined(
            tooLong(text, 15),
            isOfSet ? nil : "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
            hasLetter ? nil : "must contain at least one letter (a-z)",
            text.contains("--") ? "must not contain consecutive hyphens" : nil,
            isFramed ? "must not begin or end with a hyphen" : nil)
    }

    package static func portNumber(_ number: Int32) -> String? {
        (1...65535).contains(number) ? nil : inclusiveRange(1, 65535)
    }

    /// Anything printable but `=`, as upstream has it since relaxed names are the rule.
    package static func environmentName(_ text: String) -> String? {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
            ? nil : "a valid environment variable name must consist only of printable ASCII characters other than '='"
    }

    /// An IPv4 or IPv6 address in a form that every program reads the same way.
    package static func ipAddress(_ text: String) -> String? {
        let isMapped = text.lowercased().hasPrefix("::ffff:") && text.contains(".")
        if isIPAddress(text) { return isMapped ? "must not be an IPv4-mapped IPv6 address" : nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.map { part in part.drop { $0 == "0" }.isEmpty ? "0" : String(part.drop { $0 == "0" }) }
        return parts.allSatisfy { !$0.isEmpty } && isIPAddress(numbers.joined(separator: "."))
            ? "must not have leading 0s" : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    }

    /// Whether the text is an IPv4 or IPv6 address.
    package static func isIPAddress(_ text: String) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 4) { address in
            inet_pton(AF_INET, text, address.baseAddress) == 1 || inet_pton(AF_INET6, text, address.baseAddress) == 1
        }
    }

    package static func httpHeaderName(_ text: String) -> String? {
        !text.isEmpty && text.utf8.allSatisfy({ isAlphanumeric($0) || $0 == hyphen })
            ? nil
            : "a valid HTTP header must consist of alphanumeric characters or '-'"
                + form("[-A-Za-z0-9]+", "X-Header-Name")
    }

    /// Key of a ConfigMap or Secret.
    package static func configMapKey(_ text: String) -> String? {
        let stepFault: String? =
            if text == "." || text == ".." {
                "must not be '\(text)'"
            } else {
                text.hasPrefix("..") ? "must not start with '..'" : nil
            }
        let isOfSet = !text.isEmpty && text.utf8.allSatisfy(isQualifiedByte)
        return joined(tooLong(text, 253), isOfSet ? nil : configMapKeyFault, stepFault)
    }
}

/// Paths.
extension NameRules {
    /// A path below some directory.
    package static func localDescendingPath(_ text: String) -> String? {
        joined(text.hasPrefix("/") ? "must be a relative path" : nil, pathWithoutBacksteps(text))
    }

    package static func pathWithoutBacksteps(_ text: String) -> String? {
        text.split(separator: "/").contains("..") ? "must not contain '..'" : nil
    }

    /// A path below a volume whose first part is not reserved for the volume's writer.
    static func volumeFilePath(_ text: String) -> String? {
        let isReserved = text.hasPrefix("..") && !text.hasPrefix("../")
        return joined(localDescendingPath(text), isReserved ? "must not start with '..'" : nil)
    }
}

/// Upstream's words, each put together once.
extension NameRules {
    private static let frame = "and must start and end with an alphanumeric character"
    private static let labelForm = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    private static let labelFault =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \(frame)"
        + form(labelForm, "my-name", "123-abc")
    private static let subdomainFault =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \(frame)"
        + form("\(labelForm)(\\.\(labelForm))*", "example.com")
    private static let searchFault =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', \(frame)"
        + form("\(searchForm)(\\.\(searchForm))*", "example.com")
    private static let searchForm = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
    private static let keyForm = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
    private static let keyFault =
        "must consist of alphanumeric characters, '-', '_' or '.', \(frame)"
        + form(keyForm, "MyName", "my.name", "123-abc")
    private static let valueFault =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \(frame)"
        + form("(\(keyForm))?", "MyValue", "my_value", "12345")
    private static let configMapKeyFault =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        + form("[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name")

    /// Upstream's words about the regular expression that a text did not match.
    private static func form(_ expression: String, _ examples: String...) -> String {
        let list = examples.map { "'\($0)', " }.joined(separator: " or ")
        return " (e.g. \(list)regex used for validation is '\(expression)')"
    }
}

extension NameRules {
    static let notNegative = "must be greater than or equal to 0"

    static func inclusiveRange(_ low: Int, _ high: Int) -> String {
        "must be between \(low) and \(high), inclusive"
    }

    private static func joined(_ faults: String?...) -> String? {
        let found = faults.compactMap { $0 }
        return found.isEmpty ? nil : found.joined(separator: "; ")
    }

    private static func tooLong(_ text: some StringProtocol, _ limit: Int, unit: String = "characters") -> String? {
        text.utf8.count > limit ? "must be no more than \(limit) \(unit)" : nil
    }

    private static let hyphen = UInt8(ascii: "-")
    private static let underscore = UInt8(ascii: "_")

    private static func isSubdomain(_ text: String, _ isPart: (Substring.UTF8View) -> Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isPart($0.utf8) }
    }

    private static func isLabel(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isLowercaseAlphanumeric(first) && isLowercaseAlphanumeric(last)
            && bytes.allSatisfy { isLowercaseAlphanumeric($0) || $0 == hyphen }
    }

    private static func isSearchPart(_ bytes: Substring.UTF8View) -> Bool {
        let rest = bytes.first == underscore ? bytes.dropFirst() : bytes
        guard let first = rest.first, let last = rest.last else { return false }
        return isLowercaseAlphanumeric(first) && isLowercaseAlphanumeric(last)
            && rest.allSatisfy { isLowercaseAlphanumeric($0) || $0 == hyphen || $0 == underscore }
    }

    private static func isQualifiedWord(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && bytes.allSatisfy(isQualifiedByte)
    }

    private static func isQualifiedByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == hyphen || byte == underscore || byte == UInt8(ascii: ".")
    }

    private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseAlphanumeric(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
