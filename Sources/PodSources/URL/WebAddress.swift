/// An http or https URL, taken apart as far as redirects need it (RFC 3986).
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    var scheme: String
    /// User and password, without the `@`; never shown.
    var userInfo: String?
    /// In lower case; an IPv6 address in its brackets.
    package var host: String
    var port: Int
    /// Path and query, beginning with a slash.
    var target: String

    /// `nil` for what is not an http or https URL.
    package init?(_ text: String) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        target = String(rest[authority.endIndex...])
        if !target.hasPrefix("/") { target = "/" + target }
        var place = authority
        if let at = authority.lastIndex(of: "@") {
            userInfo = String(authority[..<at])
            place = authority[authority.index(after: at)...]
        }
        let portStart = place.lastIndex(of: ":").flatMap { colon in
            place[colon...].contains("]") ? nil : colon
        }
        host = place[..<(portStart ?? place.endIndex)].lowercased()
        port = scheme == "https" ? 443 : 80
        if let portStart {
            guard let number = Int(place[place.index(after: portStart)...]), (1...65_535).contains(number) else {
                return nil
            }
            port = number
        }
        if host.isEmpty { return nil }
    }

    /// The address that a `Location` header of this one's answer names.
    package func resolving(_ location: String) -> WebAddress? {
        if location.contains("://") { return WebAddress(location) }
        if location.hasPrefix("//") { return WebAddress(scheme + ":" + location) }
        var other = self
        let path = location.prefix { $0 != "#" }
        if path.hasPrefix("/") {
            other.target = String(path)
        } else {
            let folder = target.prefix { $0 != "?" }
            let end = folder.lastIndex(of: "/").map { folder.index(after: $0) } ?? folder.startIndex
            other.target = String(folder[..<end]) + path
        }
        return other
    }

    func isSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// User and password as `Authorization: Basic` has them, before their encoding in base64.
    var basicCredentials: [UInt8]? {
        guard let userInfo else { return nil }
        let decoded = Self.percentDecoded(userInfo)
        return decoded.contains(UInt8(ascii: ":")) ? decoded : decoded + [UInt8(ascii: ":")]
    }

    private static func percentDecoded(_ text: String) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), text.utf8[...])
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// What a request is made for.
    package var url: String { scheme + "://" + host + ":\(port)" + target }

    /// Without user and password.
    package var description: String {
        let isUsual = port == (scheme == "https" ? 443 : 80)
        return scheme + "://" + host + (isUsual ? "" : ":\(port)") + target
    }
}
