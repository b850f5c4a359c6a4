import NIOCore
package import NIOHTTP1

/// Passes requests on to another server: ordinary ones, endless ones (`logs -f`) and upgrades (`exec`, `port-forward`).
///
/// Each request gets a connection of its own, closed with the response.
package enum ReverseProxy {
    /// Sends a request to a backend and answers what it answers; a backend that says 101 gets the client's connection.
    ///
    /// Call it in the handler of `request`; the request's body must not have been read.
    /// - Parameters:
    ///   - uri: path and query to ask the backend for.
    ///   - headers: what to send; `forwardedHeaders` says what is usual. `Host` and framing are added.
    /// - Throws: `HTTPServingError` with code `backendUnreachable` when no answer comes.
    package static func response(
        for request: HTTPServerRequest, to target: ProxyTarget, uri: String, headers: HTTPHeaders
    ) async throws -> HTTPServerResponse {
        guard let eventLoop = request.eventLoop else {
            throw HTTPServingError(.backendUnreachable, "cannot proxy a request that came over no connection")
        }
        let backend = try await BackendConnection.open(target, on: eventLoop)
        do {
            let head = try await exchange(request, with: backend, target: target, uri: uri, headers: headers)
            if head.status == .switchingProtocols {
                return .upgrade(headers: head.headers, takeover: BackendTunnel(backend: backend))
            }
            return answer(head, from: backend, isHEAD: request.method == "HEAD")
        } catch {
            backend.close()
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            if let error = error as? HTTPServingError, error.code != .connectionClosed { throw error }
            throw HTTPServingError(
                .backendUnreachable, "cannot get an answer from \(target.endpoint): \(error)", cause: error)
        }
    }

    /// A request's headers without those that concern only the connection it came on (RFC 9110, section 7.6.1), except
    /// that a wish to upgrade is kept. Credentials are left out; a proxy has its own.
    package static func forwardedHeaders(_ request: HTTPServerRequest) -> HTTPHeaders {
        var headers = withoutHopByHop(request.headers)
        for name in ["host", "authorization", "content-length", "expect"] { headers.remove(name: name) }
        if request.wantsUpgrade {
            headers.add(name: "Connection", value: "Upgrade")
            for value in request.headers["upgrade"] { headers.add(name: "Upgrade", value: value) }
        }
        return headers
    }

    private static func exchange(
        _ request: HTTPServerRequest, with backend: BackendConnection, target: ProxyTarget, uri: String,
        headers: HTTPHeaders
    ) async throws -> HTTPResponseHead {
        try await withTaskCancellationHandler {
            let framed = frame(headers, request: request, target: target)
            let head = HTTPRequestHead(
                version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: uri, headers: framed)
            do {
                try await backend.send(.head(head))
                while let chunk = try await request.body.nextBuffer() {
                    try await backend.send(.body(.byteBuffer(chunk)))
                }
                try await backend.send(.end(nil))
            } catch let error as ChannelError {
                // A backend may refuse a body halfway: what it said before it closed counts more than that.
                guard error == .ioOnClosedChannel || error == .eof else { throw error }
            }
            return try await backend.head.get()
        } onCancel: {
            backend.close()
        }
    }

    private static func frame(
        _ headers: HTTPHeaders, request: HTTPServerRequest, target: ProxyTarget
    ) -> HTTPHeaders {
        var headers = headers
        if !headers.contains(name: "host") {
            let host =
                switch target.endpoint {
                case .tcp: target.endpoint.description
                case .unixSocket: "localhost"
                }
            headers.add(name: "Host", value: host)
        }
        if !headers.contains(name: "upgrade") { headers.replaceOrAdd(name: "Connection", value: "close") }
        if let length = request.headers.first(name: "content-length") {
            headers.replaceOrAdd(name: "Content-Length", value: length)
        } else if request.headers.contains(name: "transfer-encoding") {
            headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        }
        return headers
    }

    private static func answer(
        _ head: HTTPResponseHead, from backend: BackendConnection, isHEAD: Bool
    ) -> HTTPServerResponse {
        let headers = withoutHopByHop(head.headers)
        guard !isHEAD, head.status.mayHaveResponseBody else {
            backend.close()
            return .full(status: head.status, headers: headers, body: [])
        }
        return .streaming(status: head.status, headers: headers) { writer in
            try await withTaskCancellationHandler {
                defer { backend.close() }
                while let chunk = try await backend.body.next() { try await writer.write(chunk) }
            } onCancel: {
                backend.close()
            }
        }
    }

    private static func withoutHopByHop(_ headers: HTTPHeaders) -> HTTPHeaders {
        var kept = headers
        let named = headers[canonicalForm: "connection"].map(String.init)
        let always = [
            "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
            "proxy-authenticate", "proxy-authorization",
        ]
        for name in named + always { kept.remove(name: name) }
        return kept
    }
}

/// Glues a client that was told 101 to the backend that said so.
private struct BackendTunnel: ConnectionTakeover {
    let backend: BackendConnection

    func takeOver(_ channel: any Channel) throws { try backend.glue(to: channel) }

    func abandon() { backend.close() }
}
