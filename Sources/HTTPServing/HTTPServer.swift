import Glibc
package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// A listener that answers HTTP/1.1 requests, over TLS if so configured.
package final class HTTPServer: Service {
    private let address: ListenAddress
    private let tls: ServerTLS?
    private let limits: HTTPServerLimits
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let onBound: @Sendable (Int) -> Void
    private let handler: HTTPHandler

    /// - Parameters:
    ///   - eventLoopGroup: shared with the rest of the process; the server doesn't shut it down.
    ///   - onBound: called once with the port, when connections are accepted.
    package init(
        address: ListenAddress, tls: ServerTLS? = nil, limits: HTTPServerLimits = HTTPServerLimits(),
        eventLoopGroup: any EventLoopGroup, logger: Logger, onBound: @escaping @Sendable (Int) -> Void = { _ in },
        handler: @escaping HTTPHandler
    ) {
        self.address = address
        self.tls = tls
        self.limits = limits
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.onBound = onBound
        self.handler = handler
    }

    /// Listens until the service group shuts down gracefully, or the task is cancelled.
    ///
    /// A graceful shutdown ends streaming responses and upgraded connections, and gives other requests
    /// `limits.drainSeconds`. Returns when all requests have ended.
    /// - Throws: `HTTPServingError` with code `addressInUse` or `listenFailed`.
    package func run() async throws {
        let loop = eventLoopGroup.next()
        let registry = ConnectionRegistry(limit: limits.connections, eventLoop: loop)
        let listener = try await bind(registry)
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                onBound(listener.localAddress?.port ?? address.port)
                // It fails only by being closed, which is what is waited for.
                try? await listener.closeFuture.get()
            } onGracefulShutdown: {
                listener.close(promise: nil)
            }
            registry.drain()
            let deadline = loop.scheduleTask(in: .seconds(limits.drainSeconds)) { registry.closeAll() }
            if Task.isCancelled { registry.closeAll() }
            await registry.waitUntilEmpty()
            deadline.cancel()
        } onCancel: {
            listener.close(promise: nil)
            registry.closeAll()
        }
    }

    private func bind(_ registry: ConnectionRegistry) async throws -> any Channel {
        let settings = HTTPConnectionSettings(handler: handler, limits: limits, logger: logger, registry: registry)
        let tls = tls
        let bootstrap = ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // The kernel finds out within two minutes that the host of an idle watch is gone.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), value: 30)
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), value: 30)
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPCNT)), value: 3)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.configure(channel, tls: tls, settings: settings) }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            throw Self.listenError(address, error)
        }
    }

    private static func configure(_ channel: any Channel, tls: ServerTLS?, settings: HTTPConnectionSettings) throws {
        let identity = ConnectionIdentity(remoteAddress: channel.remoteAddress?.ipAddress ?? "", tls: tls)
        let operations = channel.pipeline.syncOperations
        if let tls {
            try operations.addHandler(sslHandler(tls, identity))
        }
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let encoder = HTTPResponseEncoder(configuration: encoding)
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderListSize = settings.limits.headerListSize
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoding),
            maximumBufferSize: 1 << 20)
        let connection = HTTPConnectionHandler(
            settings: settings, identity: identity, encoder: encoder, decoder: decoder)
        try operations.addHandlers([encoder, decoder, connection])
        guard settings.registry.admit(channel, NIOLoopBound(connection, eventLoop: channel.eventLoop)) else {
            throw HTTPServingError.connectionClosed
        }
    }

    private static func sslHandler(_ tls: ServerTLS, _ identity: ConnectionIdentity) -> NIOSSLServerHandler {
        guard tls.verifier != nil else { return NIOSSLServerHandler(context: tls.context) }
        return NIOSSLServerHandler(
            context: tls.context,
            customVerificationCallback: { chain, promise in
                // The handshake may end, but nothing is believed yet: `ConnectionIdentity` verifies the chain before
                // the first request is handled.
                identity.record(chain)
                promise.succeed(.certificateVerified)
            })
    }

    private static func listenError(_ address: ListenAddress, _ error: any Error) -> HTTPServingError {
        guard let failure = error as? IOError else {
            return HTTPServingError(.listenFailed, "cannot listen on \(address): \(error)", cause: error)
        }
        let isInUse = failure.errnoCode == EADDRINUSE
        let cause = isInUse ? "address already in use" : String(cString: strerror(failure.errnoCode)).lowercased()
        return HTTPServingError(
            isInUse ? .addressInUse : .listenFailed, "cannot listen on \(address): \(cause)", cause: error)
    }
}
