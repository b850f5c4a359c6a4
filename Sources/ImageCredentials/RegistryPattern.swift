/// Which images credentials are for: a host, which may have wildcards, with an optional port, and the beginning of a path.
///
/// `*` stands for any characters within one part of the host: `*.example.com` is `a.example.com` and not
/// `a.b.example.com`. Port and path have no wildcards. As upstream's `pkg/credentialprovider/keyring.go`.
package struct RegistryPattern: Sendable, Hashable {
    /// Between the dots.
    private let hostParts: [Substring]
    private let port: Substring
    /// Empty, or with its first slash.
    private let path: Substring
    /// Host, port and path as they were written.
    let text: String

    /// - Parameter text: without a scheme; an image's name without tag and digest is read likewise.
    /// - Returns: `nil` for what can't be a host with a path.
    package init?(_ text: String) {
        let end = text.firstIndex(of: "/") ?? text.endIndex
        let authority = text[..<end]
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || "%?#@\\\"<>".utf8.contains($0) }) else {
            return nil
        }
        self.text = text
        path = text[end...]
        let colon = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        let host = authority[..<(colon ?? authority.endIndex)]
        port = colon.map { authority[authority.index(after: $0)...] } ?? ""
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        hostParts = host.split(separator: ".", omittingEmptySubsequences: false)
    }

    /// Whether credentials of this pattern are for the other, an image's.
    package func matches(_ image: RegistryPattern) -> Bool {
        port == image.port && hostParts.count == image.hostParts.count && image.path.hasPrefix(path)
            && zip(hostParts, image.hostParts).allSatisfy { Self.matches($0.utf8, $1.utf8) }
    }

    private static func matches(_ pattern: Substring.UTF8View, _ text: Substring.UTF8View) -> Bool {
        let star = UInt8(ascii: "*")
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == star {
            return text.indices.contains { matches(rest, text[$0...]) } || matches(rest, text.suffix(0))
        }
        return text.first == first && matches(rest, text.dropFirst())
    }
}
