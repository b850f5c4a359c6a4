/// The parts of an image name, as the `distribution/reference` grammar has them.
package struct ImageReference: Sendable, Hashable {
    /// Registry and path as written, without tag and digest.
    package var name: String
    /// As written, or `latest` when there is neither tag nor digest; nil for a digest alone.
    package var tag: String?
    /// With its algorithm: `sha256:…`.
    package var digest: String?

    /// Nil for what is no image name: empty, with white space, or with upper case in the path.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        var rest = parts[0]
        if parts.count == 2 {
            guard parts[1].contains(":") else { return nil }
            digest = String(parts[1])
        }
        let lastSlash = rest.lastIndex(of: "/")
        if let colon = rest.lastIndex(of: ":"), lastSlash.map({ $0 < colon }) ?? true {
            let written = rest[rest.index(after: colon)...]
            guard Self.isTag(written) else { return nil }
            tag = String(written)
            rest = rest[..<colon]
        } else if digest == nil {
            tag = "latest"
        }
        guard Self.isName(rest) else { return nil }
        name = String(rest)
    }

    private static func isTag(_ text: Substring) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "-") }
            && text.first != "." && text.first != "-"
    }

    private static func isName(_ text: Substring) -> Bool {
        var components = text.split(separator: "/", omittingEmptySubsequences: false)
        // A first part with a dot, a port or upper case is a registry's host name.
        if components.count > 1, let host = components.first,
            host.contains(".") || host.contains(":") || host == "localhost" || host.contains(where: \.isUppercase)
        {
            guard !host.isEmpty, host.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else { return false }
            components.removeFirst()
        }
        return components.allSatisfy { component in
            guard let first = component.utf8.first, let last = component.utf8.last else { return false }
            return isWordByte(first) && isWordByte(last)
                && component.utf8.allSatisfy { isWordByte($0) || "._-".utf8.contains($0) }
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
