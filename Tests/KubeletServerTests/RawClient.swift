import NIOCore
import NIOPosix
import NIOSSL

/// A connection that speaks raw bytes.
final class RawClient {
    struct Response: Sendable {
        var status: Int
        /// In lower case.
        var head: String
        var body: String
    }

    struct UnexpectedEnd: Error {
        let received: String
    }

    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received: [UInt8] = []

    private init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        iterator = inbound.makeAsyncIterator()
        self.writer = writer
    }

    static func connected<Result: Sendable>(
        to port: Int?, tls: NIOSSLContext? = nil, _ body: (RawClient) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port ?? 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawClient(inbound, outbound))
        }
    }

    /// One request on a connection of its own.
    static func request(
        _ uri: String, method: String = "GET", port: Int?, tls: NIOSSLContext? = nil, headers: String = ""
    ) async throws -> Response {
        try await connected(to: port, tls: tls) { client in
            try await client.send(
                "\(method) \(uri) HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: 0\r\n\(headers)\r\n")
            let head = try await client.read(until: "\r\n\r\n").lowercased()
            let body = try await client.readToEnd()
            return Response(
                status: Int(head.dropFirst(9).prefix(3)) ?? 0, head: head,
                body: head.contains("transfer-encoding: chunked") ? unchunked(body) : body)
        }
    }

    func send(_ text: String) async throws { try await writer.write(ByteBuffer(string: text)) }

    /// Takes everything up to and with a marker.
    func read(until marker: String) async throws -> String {
        while true {
            if let range = received.firstRange(of: Array(marker.utf8)) {
                defer { received.removeSubrange(..<range.upperBound) }
                return String(decoding: received[..<range.upperBound], as: UTF8.self)
            }
            guard let buffer = try await iterator.next() else {
                throw UnexpectedEnd(received: String(decoding: received, as: UTF8.self))
            }
            received += buffer.readableBytesView
        }
    }

    func readToEnd() async throws -> String {
        while let buffer = try await iterator.next() { received += buffer.readableBytesView }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private static func unchunked(_ body: String) -> String {
        var result = ""
        var rest = body.utf8[...]
        while let end = rest.firstRange(of: "\r\n".utf8),
            let size = Int(Substring(rest[..<end.lowerBound]), radix: 16), size > 0
        {
            let content = rest[end.upperBound...]
            result += String(Substring(content.prefix(size)))
            rest = content.dropFirst(size + 2)
        }
        return result
    }
}
