/// The address of one session at the runtime's streaming server: `http://HOST:PORT/PATH`.
struct StreamingURL: Sendable, Hashable {
    let host: String
    let port: Int
    /// Path and query.
    let uri: String

    /// `nil` for anything else, `https` included: a runtime that streams over TLS has nothing to prove itself with.
    init?(_ text: String) {
        let scheme = "http://"
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        uri = slash == rest.endIndex ? "/" : String(rest[slash...])
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<bracket])
            let tail = authority[authority.index(after: bracket)...]
            guard let number = tail.isEmpty ? 80 : Self.port(tail) else { return nil }
            port = number
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = String(authority[..<colon])
            guard let number = colon == authority.endIndex ? 80 : Self.port(authority[colon...]) else { return nil }
            port = number
        }
        guard !host.isEmpty else { return nil }
    }

    /// Reads `:PORT`.
    private static func port(_ text: Substring) -> Int? {
        guard text.first == ":", let number = UInt16(text.dropFirst()), number > 0 else { return nil }
        return Int(number)
    }
}
