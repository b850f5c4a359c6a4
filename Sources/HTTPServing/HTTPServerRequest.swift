import NIOCore
package import NIOHTTP1

/// Answers one request. It runs in a task of its own that is cancelled when the client goes away or the server stops.
///
/// A `HTTPServingError` that it throws becomes its status, any other error 500 and a line in the log.
package typealias HTTPHandler = @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse

/// One request as its handler sees it.
package struct HTTPServerRequest: Sendable {
    /// `GET`, `POST`… as the client wrote it.
    package var method: String
    /// The path, percent-decoded. An encoded slash can't be told from a real one here; `pathSegments` can.
    package var path: String
    /// The path as the client wrote it, without the query.
    package var rawPath: String
    /// The query as the client wrote it, without the `?`.
    package var rawQuery: String
    package var query: QueryParameters
    package var headers: HTTPHeaders
    package var body: HTTPBody
    package var peer: PeerIdentity

    /// The loop of the client's connection, on which a proxied connection must be opened. None outside of a server.
    let eventLoop: (any EventLoop)?

    /// The decoded parts of the path between its slashes; empty parts are dropped.
    package var pathSegments: [String] {
        rawPath.split(separator: "/").map { PercentEncoding.decode($0) ?? String($0) }
    }

    /// Path and query as the client wrote them.
    package var rawURI: String { rawQuery.isEmpty ? rawPath : rawPath + "?" + rawQuery }

    /// Whether the client wants to turn the connection into another protocol (`exec`, `attach`, `port-forward`).
    package var wantsUpgrade: Bool {
        headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
            && headers.contains(name: "upgrade")
    }

    /// Makes a request without a server, for calling a handler directly.
    /// - Throws: `HTTPServingError` with code `badRequest` when the path has a broken escape.
    package init(
        method: String, uri: String, headers: HTTPHeaders = [:], body: HTTPBody = .empty,
        peer: PeerIdentity = PeerIdentity()
    ) throws {
        try self.init(method: method, uri: uri, headers: headers, body: body, peer: peer, eventLoop: nil)
    }

    init(
        method: String, uri: String, headers: HTTPHeaders, body: HTTPBody, peer: PeerIdentity,
        eventLoop: (any EventLoop)?
    ) throws {
        let target = Self.originForm(uri)
        let question = target.firstIndex(of: "?")
        let rawPath = target[..<(question ?? target.endIndex)]
        let rawQuery = question.map { target[target.index(after: $0)...] } ?? ""
        guard let path = PercentEncoding.decode(rawPath) else {
            throw HTTPServingError(.badRequest, "cannot read the path \(rawPath): it has a broken percent escape")
        }
        self.method = method
        self.path = path
        self.rawPath = String(rawPath)
        self.rawQuery = String(rawQuery)
        self.query = QueryParameters(parsing: rawQuery)
        self.headers = headers
        self.body = body
        self.peer = peer
        self.eventLoop = eventLoop
    }

    /// Path and query of a target that may be written with scheme and host (RFC 9112, section 3.2.2).
    private static func originForm(_ uri: String) -> Substring {
        guard !uri.hasPrefix("/"), let scheme = uri.firstRange(of: "://") else { return Substring(uri) }
        guard let slash = uri[scheme.upperBound...].firstIndex(of: "/") else { return "/" }
        return uri[slash...]
    }
}

/// The body of a request: read once, by one task.
package struct HTTPBody: Sendable {
    private let stream: ByteStream?

    /// No body.
    package static let empty = HTTPBody(stream: nil)

    init(stream: ByteStream?) { self.stream = stream }

    /// A body that is there already, for calling a handler directly.
    package init(_ bytes: [UInt8]) {
        let stream = ByteStream {}
        _ = stream.push(ByteBuffer(bytes: bytes))
        stream.finish()
        self.stream = stream
    }

    /// The next bytes, or `nil` at the end.
    /// - Throws: `HTTPServingError` with code `connectionClosed` when the client goes away before the end.
    package func next() async throws -> [UInt8]? {
        try await nextBuffer().map { Array($0.readableBytesView) }
    }

    func nextBuffer() async throws -> ByteBuffer? { try await stream?.next() }

    /// The whole body.
    /// - Throws: `HTTPServingError` with code `bodyTooLarge` (413) when it is longer than `limit` bytes.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await nextBuffer() {
            guard bytes.count + chunk.readableBytes <= limit else {
                throw HTTPServingError(.bodyTooLarge, "cannot read the request body: it is larger than \(limit) bytes")
            }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }
}
