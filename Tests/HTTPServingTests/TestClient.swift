import NIOCore
import NIOPosix
import NIOSSL

struct UnexpectedEnd: Error, CustomStringConvertible {
    let received: String
    var description: String { "the connection ended after: \(received)" }
}

/// A connection that speaks raw bytes.
final class TestClient {
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received: [UInt8] = []

    private init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        iterator = inbound.makeAsyncIterator()
        self.writer = writer
    }

    @discardableResult
    static func connected<Result: Sendable>(
        to port: Int, tls: NIOSSLContext? = nil, _ body: (TestClient) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(TestClient(inbound, outbound))
        }
    }

    func send(_ text: String) async throws { try await writer.write(ByteBuffer(string: text)) }

    func send(_ bytes: [UInt8]) async throws { try await writer.write(ByteBuffer(bytes: bytes)) }

    func closeOutput() { writer.finish() }

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

    func read(count: Int) async throws -> [UInt8] {
        while received.count < count {
            guard let buffer = try await iterator.next() else {
                throw UnexpectedEnd(received: "\(received.count) bytes")
            }
            received += buffer.readableBytesView
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    func readToEnd() async throws -> String {
        while let buffer = try await iterator.next() { received += buffer.readableBytesView }
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// The next response with a `Content-Length`: head and body.
    func response() async throws -> (head: String, body: String) {
        let head = try await read(until: "\r\n\r\n").lowercased()
        guard let range = head.firstRange(of: "content-length: ") else { return (head, "") }
        let length = Int(head[range.upperBound...].prefix { $0.isNumber }) ?? 0
        return (head, String(decoding: try await read(count: length), as: UTF8.self))
    }

    func get(_ uri: String, _ headers: String = "") async throws -> (head: String, body: String) {
        try await send("GET \(uri) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
        return try await response()
    }
}
