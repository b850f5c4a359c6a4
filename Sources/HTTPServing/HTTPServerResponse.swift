package import NIOCore
package import NIOHTTP1

/// What a handler answers. The server frames the body and adds the headers that belong to framing.
package enum HTTPServerResponse: Sendable {
    /// A body that is there as a whole.
    case full(status: HTTPResponseStatus, headers: HTTPHeaders, body: [UInt8])
    /// A body that comes by and by, such as a watch or a followed log.
    ///
    /// The head is sent at once. The producer runs in the request's task, is cancelled when the client goes away or
    /// the server begins to stop, and ends the body by returning; an error it throws cuts the connection, so that the
    /// client can tell. It isn't run for a HEAD request.
    case streaming(
        status: HTTPResponseStatus, headers: HTTPHeaders, producer: @Sendable (BodyWriter) async throws -> Void)
    /// Another protocol takes the connection over; fit only for a request that `wantsUpgrade`.
    case upgrade(headers: HTTPHeaders, takeover: any ConnectionTakeover)

    /// A line of text.
    package static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPServerResponse {
        .full(
            status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }

    /// The status that the client sees.
    package var status: HTTPResponseStatus {
        switch self {
        case .full(let status, _, _), .streaming(let status, _, _): status
        case .upgrade: .switchingProtocols
        }
    }
}

/// Where the producer of a streaming response puts its bytes.
package struct BodyWriter: Sendable {
    private let send: @Sendable (ByteBuffer) async throws -> Void

    /// A writer into anything, for calling a producer directly.
    package init(_ send: @escaping @Sendable (ByteBuffer) async throws -> Void) { self.send = send }

    /// Sends bytes and waits until the kernel has taken them.
    /// - Throws: `HTTPServingError` with code `connectionClosed` when the client is gone, `CancellationError` when the
    ///   task is cancelled.
    package func write(_ bytes: [UInt8]) async throws {
        try await write(ByteBuffer(bytes: bytes))
    }

    package func write(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }

    package func write(_ buffer: ByteBuffer) async throws {
        try Task.checkCancellation()
        guard buffer.readableBytes > 0 else { return }
        try await send(buffer)
    }
}

/// A protocol that goes on with a client's connection after the server answered 101.
package protocol ConnectionTakeover: Sendable {
    /// Adds the protocol's handlers to the end of the pipeline; they then get every byte the client sent after its
    /// request. Called at most once, on the channel's event loop, after the response head was written.
    func takeOver(_ channel: any Channel) throws

    /// Gives the connection's other end back: the client went away before the protocol could take over.
    func abandon()
}
