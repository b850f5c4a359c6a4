import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// A server that requests are passed on to.
package struct ProxyTarget: Sendable {
    package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
        case tcp(host: String, port: Int)
        case unixSocket(path: String)

        package var description: String {
            switch self {
            case .tcp(let host, let port): ListenAddress(host: host, port: port).description
            case .unixSocket(let path): path
            }
        }
    }

    package var endpoint: Endpoint
    /// `nil` for a plain connection; `ClientTLS` makes one.
    package var tls: NIOSSLContext?
    /// The name that the server's certificate must carry; `nil` takes the address.
    package var serverName: String?
    /// Seconds that connecting may take.
    package var connectSeconds: Int64

    package init(endpoint: Endpoint, tls: NIOSSLContext? = nil, serverName: String? = nil, connectSeconds: Int64 = 5) {
        self.endpoint = endpoint
        self.tls = tls
        self.serverName = serverName
        self.connectSeconds = connectSeconds
    }
}

/// One connection to a backend, for one request; on the event loop of the client that it serves.
struct BackendConnection: Sendable {
    let channel: any Channel
    /// What the backend answers, without informational heads.
    let head: EventLoopFuture<HTTPResponseHead>
    let body: ByteStream
    private let handler: NIOLoopBound<BackendHandler>

    /// - Throws: `HTTPServingError` with code `backendUnreachable`.
    static func open(_ target: ProxyTarget, on eventLoop: any EventLoop) async throws -> BackendConnection {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(target.connectSeconds))
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel, target) }
            }
        do {
            let channel =
                switch target.endpoint {
                case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port).get()
                case .unixSocket(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
                }
            return try await channel.eventLoop.submit {
                let handler = try channel.pipeline.syncOperations.handler(type: BackendHandler.self)
                return BackendConnection(
                    channel: channel, head: handler.head.futureResult, body: handler.body,
                    handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }.get()
        } catch {
            throw HTTPServingError(
                .backendUnreachable, "cannot connect to \(target.endpoint): \(error)", cause: error)
        }
    }

    /// Sends one part of the request, and waits until the kernel has taken it.
    func send(_ part: HTTPClientRequestPart) async throws {
        try await channel.writeAndFlush(part)
    }

    func close() { channel.close(promise: nil) }

    /// Lets a client's channel have the raw connection. On the event loop.
    func glue(to client: any Channel) throws {
        try handler.value.glue(to: client)
    }

    private static func configure(_ channel: any Channel, _ target: ProxyTarget) throws {
        let operations = channel.pipeline.syncOperations
        if let tls = target.tls {
            try operations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName(target)))
        }
        var encoding = HTTPRequestEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let encoder = HTTPRequestEncoder(configuration: encoding)
        let decoder = ByteToMessageHandler(
            HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes), maximumBufferSize: 1 << 20)
        let handler = BackendHandler(encoder: encoder, decoder: decoder, eventLoop: channel.eventLoop)
        try operations.addHandlers([encoder, decoder, handler])
    }

    /// A name for the handshake; addresses are checked against the connection's own.
    private static func serverName(_ target: ProxyTarget) -> String? {
        if let name = target.serverName { return name }
        guard case .tcp(let host, _) = target.endpoint else { return nil }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}

/// Takes a backend's response apart: its head, its body with backpressure, or the raw bytes behind a 101.
private final class BackendHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    let head: EventLoopPromise<HTTPResponseHead>
    let body: ByteStream
    private let encoder: HTTPRequestEncoder
    private let decoder: ByteToMessageHandler<HTTPResponseDecoder>
    private let demand: NIOLoopBoundBox<BackendHandler?>
    private var context: ChannelHandlerContext?
    private var isReadingPaused = false
    private var isReadPending = false
    private var isUpgraded = false
    private var isGlued = false
    private var isEnded = false

    init(
        encoder: HTTPRequestEncoder, decoder: ByteToMessageHandler<HTTPResponseDecoder>, eventLoop: any EventLoop
    ) {
        self.encoder = encoder
        self.decoder = decoder
        head = eventLoop.makePromise()
        let demand = NIOLoopBoundBox<BackendHandler?>(nil, eventLoop: eventLoop)
        self.demand = demand
        body = ByteStream { eventLoop.execute { demand.value?.resumeReading() } }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        demand.value = self
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        demand.value = nil
        end(HTTPServingError.connectionClosed)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isGlued { return context.fireChannelRead(data) }
        switch unwrapInboundIn(data) {
        case .head(let response):
            isUpgraded = response.status == .switchingProtocols
            isReadingPaused = isUpgraded
            head.succeed(response)
        case .body(let buffer):
            if !body.push(buffer) { isReadingPaused = true }
        case .end:
            isEnded = true
            body.finish()
        }
    }

    func read(context: ChannelHandlerContext) {
        if isReadingPaused { isReadPending = true } else { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event, !isUpgraded {
            end(HTTPServingError.connectionClosed)
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(HTTPServingError.connectionClosed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Without TLS's goodbye: the end of input that follows tells whether anything is missing.
        if case NIOSSLError.uncleanShutdown? = error as? NIOSSLError { return }
        end(error)
        context.close(promise: nil)
    }

    func glue(to client: any Channel) throws {
        guard let context, context.channel.isActive else { throw HTTPServingError.connectionClosed }
        let (ours, theirs) = GlueHandler.pair()
        let (channel, operations) = (context.channel, context.pipeline.syncOperations)
        try client.pipeline.syncOperations.addHandler(theirs)
        try operations.addHandler(ours)
        isGlued = true
        isReadingPaused = false
        operations.removeHandler(encoder, promise: nil)
        // Leaving, the decoder hands on the bytes that came together with the head.
        operations.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            context.fireChannelReadComplete()
            operations.removeHandler(context: context, promise: nil)
            channel.read()
        }
    }

    private func end(_ error: any Error) {
        guard !isEnded else { return }
        isEnded = true
        head.fail(error)
        body.finish(throwing: error)
    }

    private func resumeReading() {
        guard isReadingPaused, !isUpgraded else { return }
        isReadingPaused = false
        guard isReadPending else { return }
        isReadPending = false
        context?.read()
    }
}
