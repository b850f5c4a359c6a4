import HTTPServing
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Runs a server on a free port while `body` runs.
func withServer(
    tls: ServerTLS? = nil, limits: HTTPServerLimits = HTTPServerLimits(), handler: @escaping HTTPHandler,
    _ body: @escaping @Sendable (Int) async throws -> Void
) async throws {
    try await withThrowingTaskGroup { group in
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), tls: tls, limits: limits,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger(),
            onBound: { continuation.yield($0) }, handler: handler)
        group.addTask {
            defer { continuation.finish() }
            try await server.run()
        }
        for await port in ports {
            try await body(port)
            group.cancelAll()
        }
        try await group.waitForAll()
    }
}

func quietLogger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

/// Fails every upgrade's client in no way: it sends back what comes.
struct EchoTakeover: ConnectionTakeover {
    func takeOver(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(EchoHandler())
    }

    func abandon() {}
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.write(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return }
        // A last word that shows that the client's half-close came through.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "bye"))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}

/// Remembers that something happened, and lets a test wait for it.
struct Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func fire() { continuation.finish() }

    func wait() async { for await _ in stream {} }
}
