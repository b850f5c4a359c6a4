import Logging
import NIOCore
import NIOHTTP1

/// One request and its answer, as the connection sees them. Belongs to the connection's event loop.
final class HTTPExchange {
    let head: HTTPRequestHead
    let body: ByteStream?
    /// Set when the client waits for `100 Continue` before it sends the body.
    var owesContinue: Bool
    /// The whole request has come in.
    var isRequestComplete = false
    var isHeadWritten = false
    /// The response may go on for as long as the client likes.
    var isStreaming = false
    var keepAlive: Bool
    /// An upgrade that was answered before the request had come in as a whole.
    var pendingUpgrade: (headers: HTTPHeaders, takeover: any ConnectionTakeover)?
    var task: Task<Void, Never>?

    init(head: HTTPRequestHead, body: ByteStream?) {
        self.head = head
        self.body = body
        keepAlive = head.isKeepAlive
        owesContinue =
            body != nil && head.version != .http1_0
            && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }

    /// Whether the decoder has stopped behind this request, for what follows may be another protocol.
    var wantsUpgrade: Bool {
        head.method == .CONNECT
            || (head.headers.contains(name: "upgrade")
                && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" })
    }

    /// Fits the headers of a response to its framing.
    func frame(status: HTTPResponseStatus, headers: HTTPHeaders, length: Int?) -> HTTPHeaders {
        var headers = headers
        headers.remove(name: "transfer-encoding")
        let isHEAD = head.method == .HEAD
        if !status.mayHaveResponseBody {
            headers.remove(name: "content-length")
        } else if let length {
            if !(isHEAD && length == 0 && headers.contains(name: "content-length")) {
                headers.replaceOrAdd(name: "content-length", value: String(length))
            }
        } else if !isHEAD, !headers.contains(name: "content-length") {
            if head.version != .http1_0 {
                headers.add(name: "transfer-encoding", value: "chunked")
            } else {
                keepAlive = false
            }
        }
        if !keepAlive {
            headers.replaceOrAdd(name: "connection", value: "close")
        } else if head.version == .http1_0 {
            headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        return headers
    }
}

/// The task's side of an exchange: asks the handler and passes the answer to the connection.
struct HTTPExchangeTask: Sendable {
    let connection: NIOLoopBound<HTTPConnectionHandler>
    let eventLoop: any EventLoop
    let identity: ConnectionIdentity
    let handler: HTTPHandler
    let logger: Logger

    func run(_ head: HTTPRequestHead, body: ByteStream?) async {
        switch await response(to: head, body: body) {
        case .full(let status, let headers, let body)?:
            eventLoop.execute { connection.value.respond(status: status, headers: headers, body: body) }
        case .streaming(let status, let headers, let producer)?:
            await stream(status: status, headers: headers, head: head, producer)
        case .upgrade(let headers, let takeover)?:
            eventLoop.execute { connection.value.upgrade(headers: headers, takeover: takeover) }
        case nil:
            eventLoop.execute { connection.value.abort() }
        }
        eventLoop.execute { connection.value.exchangeTaskEnded() }
    }

    private func response(to head: HTTPRequestHead, body: ByteStream?) async -> HTTPServerResponse? {
        do {
            let request = try HTTPServerRequest(
                method: head.method.rawValue, uri: head.uri, headers: head.headers, body: HTTPBody(stream: body),
                peer: await identity.resolve(), eventLoop: eventLoop)
            return try await handler(request)
        } catch let error as HTTPServingError where error.code != .connectionClosed {
            return .text(error.status, error.message + "\n")
        } catch {
            // The client went away or the server stops: nobody waits for an answer.
            if Task.isCancelled { return nil }
            logger.error(
                "request failed",
                metadata: ["method": "\(head.method)", "uri": "\(head.uri)", "error": "\(error)"])
            return .text(.internalServerError, "internal server error\n")
        }
    }

    private func stream(
        status: HTTPResponseStatus, headers: HTTPHeaders, head: HTTPRequestHead,
        _ producer: (BodyWriter) async throws -> Void
    ) async {
        eventLoop.execute { connection.value.startStreaming(status: status, headers: headers) }
        guard head.method != .HEAD, status.mayHaveResponseBody else {
            return eventLoop.execute { connection.value.finishStreaming() }
        }
        let writer = BodyWriter { buffer in
            try await eventLoop.flatSubmit { connection.value.writeBody(buffer) }.get()
        }
        do {
            try await producer(writer)
            eventLoop.execute { connection.value.finishStreaming() }
        } catch {
            if !Task.isCancelled {
                logger.warning("response cut short", metadata: ["uri": "\(head.uri)", "error": "\(error)"])
            }
            eventLoop.execute { connection.value.failStreaming() }
        }
    }
}
