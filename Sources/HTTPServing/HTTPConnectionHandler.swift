import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// The server's side of one connection: runs its requests one after the other, each in a task of its own.
///
/// It goes on reading while a response is under way, so that a client which goes away ends its request's task at once.
/// Belongs to the channel's event loop.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        /// Between requests. Goes to `serving` and `closed`.
        case idle
        /// A request is received or answered. Goes to `idle`, `discarding`, `tunnelling` and `closed`.
        case serving(HTTPExchange)
        /// The answer is out, the rest of the request is thrown away. Goes to `idle` and `closed`.
        case discarding(bytesLeft: Int, thenClose: Bool)
        /// Another protocol has the connection. Goes to `closed`.
        case tunnelling
        /// Nothing more is read or written. Final.
        case closed
    }

    /// So much of a body that nobody wants is read before the connection is cut. Go's server takes the same amount.
    static let discardLimit = 262_144

    let settings: HTTPConnectionSettings
    let identity: ConnectionIdentity
    let encoder: HTTPResponseEncoder
    let decoder: ByteToMessageHandler<HTTPRequestDecoder>

    var state = State.idle
    var context: ChannelHandlerContext?
    var pipelined = CircularBuffer<HTTPServerRequestPart>()
    var isReadingPaused = false
    var isReadPending = false
    /// A whole part of a request has come in the current burst of reads.
    var hasReceivedPart = false
    var isDraining = false
    var deadline: Scheduled<Void>?
    /// The end of the latest response.
    var lastWrite: EventLoopFuture<Void>?

    init(
        settings: HTTPConnectionSettings, identity: ConnectionIdentity, encoder: HTTPResponseEncoder,
        decoder: ByteToMessageHandler<HTTPRequestDecoder>
    ) {
        self.settings = settings
        self.identity = identity
        self.encoder = encoder
        self.decoder = decoder
    }
}

/// What the connections of a server share.
struct HTTPConnectionSettings: Sendable {
    let handler: HTTPHandler
    let limits: HTTPServerLimits
    let logger: Logger
    let registry: ConnectionRegistry
}

// MARK: - Events of the channel

extension HTTPConnectionHandler {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { armDeadline(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        deadline?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        armDeadline(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientIsGone()
        state = .closed
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        switch state {
        case .idle, .discarding: close()
        case .serving(let exchange):
            // A client that goes away for good can't be told from one that only stops sending; as in Go's server the
            // request is cancelled, and whatever its handler answers all the same is still sent.
            exchange.keepAlive = false
            clientIsGone()
        case .tunnelling: context.fireUserInboundEventTriggered(event)
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .tunnelling = state { return context.fireErrorCaught(error) }
        // A connection cut without TLS's goodbye: the end of input that follows says all there is to say.
        if case NIOSSLError.uncleanShutdown? = error as? NIOSSLError { return }
        settings.logger.debug("connection failed", metadata: ["error": "\(error)"])
        guard error is HTTPParserError || error is ByteToMessageDecoderError.PayloadTooLargeError, case .idle = state
        else { return close() }
        let status: HTTPResponseStatus =
            (error as? HTTPParserError) == .headerOverflow || error is ByteToMessageDecoderError.PayloadTooLargeError
            ? .requestHeaderFieldsTooLarge : .badRequest
        refuse(status, context)
    }

    func read(context: ChannelHandlerContext) {
        if isReadingPaused, !isTunnelling { isReadPending = true } else { context.read() }
    }

    var isTunnelling: Bool {
        if case .tunnelling = state { true } else { false }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes came and no head did: it is late from now on.
        if case .idle = state, deadline == nil, !hasReceivedPart { armDeadline(context) }
        hasReceivedPart = false
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .tunnelling = state { return context.fireChannelRead(data) }
        let part = unwrapInboundIn(data)
        hasReceivedPart = true
        guard pipelined.isEmpty else { return pipelined.append(part) }
        receive(part, context)
    }
}

// MARK: - Requests

extension HTTPConnectionHandler {
    func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.idle, .head(let head)):
            start(head, context)
        case (.idle, _), (.tunnelling, _), (.closed, _), (.discarding, .head):
            break
        case (.serving, .head):
            // The next request waits for this one's answer, and its successors in the client's kernel.
            pipelined.append(part)
            isReadingPaused = true
        case (.serving(let exchange), .body(let buffer)):
            if exchange.body?.push(buffer) == false, exchange.pendingUpgrade == nil { isReadingPaused = true }
        case (.serving(let exchange), .end):
            exchange.isRequestComplete = true
            exchange.owesContinue = false
            exchange.body?.finish()
            if let (headers, takeover) = exchange.pendingUpgrade { upgrade(headers: headers, takeover: takeover) }
        case (.discarding(let bytesLeft, let thenClose), .body(let buffer)):
            guard bytesLeft > buffer.readableBytes else { return close() }
            state = .discarding(bytesLeft: bytesLeft - buffer.readableBytes, thenClose: thenClose)
        case (.discarding(_, let thenClose), .end):
            if thenClose { closeAfterWriting() } else { becomeIdle() }
        }
    }

    func start(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        guard head.uri.utf8.count <= settings.limits.uriLength else { return refuse(.uriTooLong, context) }
        if !identity.hasChain, let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() {
            // A resumed session: the handshake didn't show the certificate again.
            identity.record([certificate])
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let hasBody =
            head.headers.contains(name: "transfer-encoding")
            || head.headers.first(name: "content-length").map { $0 != "0" } ?? false
        let eventLoop = context.eventLoop
        let body = hasBody ? ByteStream { eventLoop.execute { bound.value.bodyIsWanted() } } : nil
        let exchange = HTTPExchange(head: head, body: body)
        if isDraining { exchange.keepAlive = false }
        state = .serving(exchange)
        let serving = HTTPExchangeTask(
            connection: bound, eventLoop: eventLoop, identity: identity, handler: settings.handler,
            logger: settings.logger)
        settings.registry.taskStarted()
        // Bridges from the channel's callbacks. It ends by itself; the client's going away and the server's stop
        // cancel it, and the server doesn't return before it has ended.
        exchange.task = Task {
            await serving.run(head, body: body)
        }
    }

    func bodyIsWanted() {
        guard let context, case .serving(let exchange) = state else { return }
        if exchange.owesContinue, !exchange.isHeadWritten {
            exchange.owesContinue = false
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        resumeReading()
    }

    func resumeReading() {
        guard isReadingPaused, pipelined.isEmpty else { return }
        isReadingPaused = false
        guard isReadPending else { return }
        isReadPending = false
        context?.read()
    }

    func becomeIdle() {
        state = .idle
        guard let context else { return }
        while let part = pipelined.first {
            if case .serving = state, case .head = part { break }
            pipelined.removeFirst()
            receive(part, context)
        }
        if case .idle = state, isDraining { return closeAfterWriting() }
        deadline?.cancel()
        deadline = nil
        resumeReading()
    }
}

// MARK: - The end

extension HTTPConnectionHandler {
    /// The server stops: ends what has no end of its own, lets the rest finish, closes what is idle.
    func drain(_ channel: any Channel) {
        isDraining = true
        switch state {
        case .idle, .discarding: closeAfterWriting()
        case .serving(let exchange) where exchange.isStreaming: exchange.task?.cancel()
        case .serving, .closed: break
        case .tunnelling: channel.close(promise: nil)
        }
    }

    func clientIsGone() {
        guard case .serving(let exchange) = state else { return }
        exchange.body?.finish(throwing: HTTPServingError.connectionClosed)
        exchange.task?.cancel()
        exchange.pendingUpgrade?.takeover.abandon()
        exchange.pendingUpgrade = nil
    }

    func close() {
        clientIsGone()
        state = .closed
        pipelined.removeAll()
        deadline?.cancel()
        context?.close(promise: nil)
    }

    /// Closes once the client's kernel has the whole response: a channel that is closed drops what it has not sent.
    func closeAfterWriting() {
        guard let context, let lastWrite else { return close() }
        state = .closed
        pipelined.removeAll()
        deadline?.cancel()
        lastWrite.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    func armDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .seconds(settings.limits.headSeconds)) {
            bound.value.close()
        }
    }
}
