/// Where a server listens.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IP address or a name that resolves to one.
    package var host: String
    /// 0 lets the kernel choose a free port.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What a server tolerates of its clients.
package struct HTTPServerLimits: Sendable {
    /// Longest path with query, in bytes; a longer one is answered 414.
    package var uriLength = 16_384
    /// All header fields of a request together, in bytes; more are answered 431.
    package var headerListSize = 262_144
    /// Seconds in which a new connection must have sent its first request head, TLS handshake included.
    package var headSeconds: Int64 = 30
    /// Further connections are closed at once.
    package var connections = 2_048
    /// Seconds that requests in flight get to end when the server stops.
    package var drainSeconds: Int64 = 5

    package init() {}
}
