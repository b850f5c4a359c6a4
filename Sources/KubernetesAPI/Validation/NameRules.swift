internal import Glibc

/// The forms of names; each returns what is wrong with a text, or nil.
///
/// Follows `k8s.io/apimachinery/pkg/util/validation`.
package enum NameRules {
    /// A name that may be a part of a host name: lower case, at most 63 bytes.
    package static func dns1123Label(_ text: String) -> String? {
        if text.utf8.count > 63 { return tooLong(63) }
        return isLabel(text.utf8[...])
            ? nil
            : "must be a lowercase RFC 1123 label: letters a-z, digits and '-', a letter or digit at both ends"
    }

    /// Labels joined by dots: at most 253 bytes.
    package static func dns1123Subdomain(_ text: String) -> String? {
        if text.utf8.count > 253 { return tooLong(253) }
        return isSubdomain(text) { isLabel($0) }
            ? nil
            : "must be a lowercase RFC 1123 subdomain: letters a-z, digits, '-' and '.', "
                + "a letter or digit at both ends of each part"
    }

    /// A subdomain whose parts may have underscores, as DNS search paths do.
    package static func searchDomain(_ text: String) -> String? {
        if text.utf8.count > 253 { return tooLong(253) }
        return isSubdomain(text) { part in
            part.first.map { isLowercaseAlphanumeric($0) || $0 == underscore } == true
                && part.last.map(isLowercaseAlphanumeric) == true
                && part.allSatisfy { isLowercaseAlphanumeric($0) || $0 == hyphen || $0 == underscore }
        } ? nil : "must be a lowercase subdomain: letters a-z, digits, '-', '_' and '.'"
    }

    /// `[prefix/]name`, as label and annotation keys have it.
    package static func qualifiedName(_ text: String) -> String? {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else {
            return "must be a name with an optional DNS subdomain prefix and '/', such as example.com/my-name"
        }
        if parts.count == 2 {
            if parts[0].isEmpty { return "prefix part must be non-empty" }
            if let problem = dns1123Subdomain(String(parts[0])) { return "prefix part \(problem)" }
        }
        if name.isEmpty { return "name part must be non-empty" }
        if name.utf8.count > 63 { return "name part \(tooLong(63))" }
        return isQualifiedWord(name.utf8)
            ? nil
            : "name part must consist of letters, digits, '-', '_' or '.', with a letter or digit at both ends"
    }

    package static func labelValue(_ text: String) -> String? {
        if text.utf8.count > 63 { return tooLong(63) }
        return text.isEmpty || isQualifiedWord(text.utf8)
            ? nil
            : "a valid label must be empty or consist of letters, digits, '-', '_' or '.', "
                + "with a letter or digit at both ends"
    }

    /// At most 15 lower case letters, digits and single hyphens, one letter at least.
    package static func portName(_ text: String) -> String? {
        if text.utf8.count > 15 { return tooLong(15) }
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ isLowercaseAlphanumeric($0) || $0 == hyphen }) else {
            return "must contain only letters a-z, digits and hyphens"
        }
        guard bytes.contains(where: { $0 >= UInt8(ascii: "a") }) else {
            return "must contain at least one letter (a-z)"
        }
        if text.contains("--") { return "must not contain consecutive hyphens" }
        return bytes.first == hyphen || bytes.last == hyphen ? "must not begin or end with a hyphen" : nil
    }

    package static func portNumber(_ number: Int32) -> String? {
        (1...65535).contains(number) ? nil : inclusiveRange(1, 65535)
    }

    /// Anything printable but `=`, as upstream has it since relaxed names are the rule.
    package static func environmentName(_ text: String) -> String? {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
            ? nil : "a valid environment variable name must consist only of printable ASCII characters other than '='"
    }

    package static func ipAddress(_ text: String) -> String? {
        isIPAddress(text) ? nil : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    }

    /// Whether the text is an IPv4 or IPv6 address.
    package static func isIPAddress(_ text: String) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 4) { address in
            inet_pton(AF_INET, text, address.baseAddress) == 1 || inet_pton(AF_INET6, text, address.baseAddress) == 1
        }
    }

    package static func httpHeaderName(_ text: String) -> String? {
        !text.isEmpty && text.utf8.allSatisfy({ isAlphanumeric($0) || $0 == hyphen })
            ? nil : "a valid HTTP header must consist of letters, digits or '-'"
    }

    /// Key of a ConfigMap or Secret.
    package static func configMapKey(_ text: String) -> String? {
        if text.utf8.count > 253 { return tooLong(253) }
        if text == "." || text == ".." { return "must not be '\(text)'" }
        if text.hasPrefix("..") { return "must not start with '..'" }
        return !text.isEmpty && text.utf8.allSatisfy(isQualifiedByte)
            ? nil : "a valid config key must consist of letters, digits, '-', '_' or '.'"
    }

    /// A path below some directory.
    package static func localDescendingPath(_ text: String) -> String? {
        text.hasPrefix("/") ? "must be a relative path" : pathWithoutBacksteps(text)
    }

    package static func pathWithoutBacksteps(_ text: String) -> String? {
        text.split(separator: "/").contains("..") ? "must not contain '..'" : nil
    }

    static func inclusiveRange(_ low: Int, _ high: Int) -> String {
        "must be between \(low) and \(high), inclusive"
    }

    private static func tooLong(_ limit: Int) -> String { "must be no more than \(limit) bytes" }
}

extension NameRules {
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

    private static func isQualifiedWord(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && bytes.allSatisfy(isQualifiedByte)
    }

    private static func isQualifiedByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == hyphen || byte == underscore || byte == UInt8(ascii: ".")
    }

    private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseAlphanumeric(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
