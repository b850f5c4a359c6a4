import NIOCore
import NIOPosix
package import NIOSSL
import Synchronization

/// A server on the loopback that answers each request with prepared bytes, however broken, and closes the connection,
/// unless they end with `stall`.
package final class RawHTTPServer: Sendable {
    private let channel: any Channel
    private let scheme: String
    private let state = Mutex(State())

    private struct State {
        var answer = ""
        var requests: [String] = []
    }

    /// At the end of an answer: nothing more comes, and the connection stays open.
    package static let stall = "\u{0}"

    package var port: Int { channel.localAddress?.port ?? 0 }
    package var url: String { "\(scheme)://127.0.0.1:\(port)/pods" }

    /// What every request from now on is answered with.
    package var answer: String {
        get { state.withLock { $0.answer } }
        set { state.withLock { $0.answer = newValue } }
    }

    /// The requests so far, as they were sent.
    package var requests: [String] { state.withLock { $0.requests } }

    /// The newest requests, as they come.
    package let arrivals: AsyncStream<String>
    private let arrival: AsyncStream<String>.Continuation

    private init(channel: any Channel, scheme: String) {
        self.channel = channel
        self.scheme = scheme
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
    }

    /// Runs a server while `body` runs, an https one with a TLS context.
    package static func run<Result>(tls: NIOSSLContext? = nil, _ body: (RawHTTPServer) async throws -> Result)
        async throws
        -> Result
    {
        let handlers = Mutex<RawHTTPServer?>(nil)
        let current: @Sendable () -> RawHTTPServer? = { handlers.withLock { $0 } }
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(
                        RawAnswerHandler { current()?.respond(to: $0) ?? "" })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = RawHTTPServer(channel: channel, scheme: tls == nil ? "http" : "https")
        handlers.withLock { $0 = server }
        do {
            let result = try await body(server)
            try await channel.close()
            handlers.withLock { $0 = nil }
            return result
        } catch {
            try? await channel.close()
            handlers.withLock { $0 = nil }
            throw error
        }
    }

    private func respond(to request: String) -> String {
        arrival.yield(request)
        return state.withLock { state in
            state.requests.append(request)
            return state.answer
        }
    }

    package static func ok(_ body: String, headers: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(headers)\r\n\(body)"
    }

    package static func redirect(to place: String) -> String {
        "HTTP/1.1 302 Found\r\nLocation: \(place)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    }
}

private final class RawAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let respond: @Sendable (String) -> String
    private var received = ""

    init(_ respond: @escaping @Sendable (String) -> String) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        guard received.hasSuffix("\r\n\r\n") else { return }
        let answer = respond(received)
        let bytes = context.channel.allocator.buffer(string: answer.replacing(RawHTTPServer.stall, with: ""))
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        if !answer.hasSuffix(RawHTTPServer.stall) { context.close(promise: nil) }
    }
}
