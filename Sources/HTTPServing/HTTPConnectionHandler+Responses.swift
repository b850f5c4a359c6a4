import Logging
import NIOCore
import NIOHTTP1

/// The way out: called by the exchange's task, on the event loop.
extension HTTPConnectionHandler {
    func respond(status: HTTPResponseStatus, headers: HTTPHeaders, body: [UInt8]) {
        guard let context, case .serving(let exchange) = state else { return }
        writeHead(exchange, status: status, headers: headers, length: body.count, context)
        if !body.isEmpty, exchange.head.method != .HEAD, status.mayHaveResponseBody {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        finish(exchange, context)
    }

    func startStreaming(status: HTTPResponseStatus, headers: HTTPHeaders) {
        guard let context, case .serving(let exchange) = state else { return }
        writeHead(exchange, status: status, headers: headers, length: nil, context)
        context.flush()
        exchange.isStreaming = true
        if isDraining { exchange.task?.cancel() }
    }

    func writeBody(_ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        guard let context, case .serving = state else {
            return settings.registry.failedWrite
        }
        return context.channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(buffer)))
    }

    func finishStreaming() {
        guard let context, case .serving(let exchange) = state else { return }
        finish(exchange, context)
    }

    /// The body can't be brought to its end. A client that is told to leave gets a proper end, for it got all there was.
    func failStreaming() {
        guard let context, case .serving(let exchange) = state else { return }
        if isDraining, exchange.task?.isCancelled == true { finish(exchange, context) } else { close() }
    }

    func abort() {
        close()
    }

    func upgrade(headers: HTTPHeaders, takeover: any ConnectionTakeover) {
        guard let context, case .serving(let exchange) = state, exchange.wantsUpgrade,
            exchange.task?.isCancelled == false
        else {
            takeover.abandon()
            return close()
        }
        guard exchange.isRequestComplete else {
            exchange.pendingUpgrade = (headers, takeover)
            // A body that nobody has read must not hold up the end of the request.
            return resumeReading()
        }
        exchange.pendingUpgrade = nil
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        state = .tunnelling
        let (channel, operations) = (context.channel, context.pipeline.syncOperations)
        do {
            try takeover.takeOver(channel)
        } catch {
            settings.logger.warning("upgrade failed", metadata: ["error": "\(error)"])
            takeover.abandon()
            return channel.close(promise: nil)
        }
        operations.removeHandler(encoder, promise: nil)
        // Leaving, the decoder hands on the bytes it holds; this handler passes them to those that have been added.
        operations.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            context.fireChannelReadComplete()
            operations.removeHandler(context: context, promise: nil)
            channel.read()
        }
    }

    func exchangeTaskEnded() {
        settings.registry.taskEnded()
    }

    func writeHead(
        _ exchange: HTTPExchange, status: HTTPResponseStatus, headers: HTTPHeaders, length: Int?,
        _ context: ChannelHandlerContext
    ) {
        exchange.isHeadWritten = true
        // A client that never got its 100 may or may not send the body, and behind a declined upgrade anything may
        // follow: only a new connection makes both sides sure again.
        if exchange.owesContinue || exchange.wantsUpgrade || isDraining { exchange.keepAlive = false }
        let framed = exchange.frame(status: status, headers: headers, length: length)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: framed)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func finish(_ exchange: HTTPExchange, _ context: ChannelHandlerContext) {
        lastWrite = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        guard case .serving = state else { return }
        exchange.body?.finish(throwing: HTTPServingError.connectionClosed)
        if !exchange.isRequestComplete, !exchange.owesContinue {
            state = .discarding(bytesLeft: Self.discardLimit, thenClose: !exchange.keepAlive)
            armDeadline(context)
            resumeReading()
        } else if exchange.keepAlive, !isDraining {
            becomeIdle()
        } else {
            closeAfterWriting()
        }
    }

    func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        let headers: HTTPHeaders = ["content-length": "0", "connection": "close"]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
            promise: nil)
        lastWrite = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        closeAfterWriting()
    }
}
