import AsyncHTTPClient
import Glibc
import KubernetesAPI
package import NIOCore
package import NIOHTTP1
import NIOSSL
package import StructuredData

/// A REST client of one API server. Connections are opened when they are needed and kept for the next request.
///
/// All errors are `KubernetesClientError`, or `CancellationError` when the task was cancelled.
package final class KubernetesClient: Sendable {
    /// URL of the server.
    package let server: String
    private let http: HTTPClient
    private let bearerToken: String?
    private let userAgent: String
    private let requestSeconds: Int64
    private let clock: any Clock<Duration>
    private let bodyLimit = 256 << 20

    /// - Parameters:
    ///   - eventLoopGroup: shared with the rest of the process; the client doesn't shut it down.
    ///   - requestSeconds: in which an answer must begin, and then end; a watch need only begin.
    /// - Throws: `KubernetesClientError` with code `invalidKubeconfig` for certificates and keys that don't parse.
    package init(
        _ kubeconfig: Kubeconfig, eventLoopGroup: any EventLoopGroup, userAgent: String = "swiftlet",
        requestSeconds: Int64 = 30, clock: any Clock<Duration>
    ) throws {
        server = kubeconfig.server
        bearerToken = kubeconfig.bearerToken
        self.userAgent = userAgent
        self.requestSeconds = requestSeconds
        self.clock = clock
        let configuration = try Self.configuration(kubeconfig, requestSeconds: requestSeconds)
        http = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
    }

    deinit {
        // The HTTP client insists on being shut down. The task holds it, and ends when its connections are closed.
        Task { [http] in try? await http.shutdown() }
    }

    /// Closes all connections. Requests under way fail.
    package func shutdown() async throws {
        try await http.shutdown()
    }

    /// Sends a request and gives the answer's body, parsed.
    /// - Parameter path: with its query.
    package func send(
        _ method: HTTPMethod, _ path: String, body: JSONValue? = nil, contentType: String = "application/json"
    ) async throws -> JSONValue {
        let operation = "\(method) \(path)"
        let bytes = try await answering(operation) {
            let response = try await execute(request(method, path, body: body, contentType: contentType))
            let bytes = try await collect(response)
            guard (200..<300).contains(response.status.code) else {
                throw Self.refusal(operation, status: response.status, body: bytes)
            }
            return bytes
        }
        do {
            return bytes.isEmpty ? .null : try JSONValue(parsing: bytes)
        } catch {
            throw KubernetesClientError(.unexpectedAnswer, "cannot \(operation): \(error)", cause: error)
        }
    }

    /// Begins a watch.
    package func watch(_ resource: ResourcePath, _ options: ListOptions) async throws -> WatchStream {
        var query = options.query
        query.items += [("watch", "true"), ("allowWatchBookmarks", "true")]
        let path = resource.uri() + query.text
        let operation = "watch \(resource)"
        let response = try await answering(operation) {
            let response = try await execute(request(.GET, path))
            guard response.status == .ok else {
                throw Self.refusal(operation, status: response.status, body: try await collect(response))
            }
            return response
        }
        return WatchStream(body: response.body, operation: operation)
    }
}

// MARK: - One request

extension KubernetesClient {
    private func request(
        _ method: HTTPMethod, _ path: String, body: JSONValue? = nil, contentType: String = "application/json"
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: server + path)
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: userAgent)
        if let bearerToken { request.headers.add(name: "Authorization", value: "Bearer \(bearerToken)") }
        if let body {
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body.serialized()))
        }
        return request
    }

    private func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await http.execute(request, timeout: .seconds(requestSeconds))
        } catch  where request.method == .GET && Self.isStaleConnection(error) {
            // A kept connection that the server had closed meanwhile; reading again does no harm.
            return try await http.execute(request, timeout: .seconds(requestSeconds))
        }
    }

    private static func isStaleConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel || error == .eof
        case let error as IOError: error.errnoCode == ECONNRESET || error.errnoCode == EPIPE
        default: false
        }
    }

    private func collect(_ response: HTTPClientResponse) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { [bodyLimit, clock, requestSeconds] group in
            group.addTask { Array(try await response.body.collect(upTo: bodyLimit).readableBytesView) }
            group.addTask {
                try await clock.sleep(for: .seconds(requestSeconds))
                return nil
            }
            defer { group.cancelAll() }
            guard case let bytes?? = try await group.next() else { throw HTTPClientError.deadlineExceeded }
            return bytes
        }
    }

    private func answering<Answer>(_ operation: String, _ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch {
            throw Self.translate(error, operation: operation, server: server)
        }
    }

    /// Errors of the transport in the words of this target.
    static func translate(_ error: any Error, operation: String, server: String) -> any Error {
        if error is KubernetesClientError || error is CancellationError { return error }
        if Task.isCancelled { return CancellationError() }
        if let error = error as? HTTPClientError {
            if error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout {
                return KubernetesClientError(
                    .timedOut, "cannot \(operation): \(server) did not answer in time", cause: error)
            }
            if error == .cancelled { return CancellationError() }
        }
        return KubernetesClientError(.unreachable, "cannot \(operation): \(server): \(error)", cause: error)
    }

    private static func refusal(
        _ operation: String, status: HTTPResponseStatus, body: [UInt8]
    ) -> KubernetesClientError {
        var said = Status()
        if let value = try? JSONValue(parsing: body), value["kind"]?.stringValue == "Status" {
            said = Status.decode(value).value
        }
        if said.code == 0 { said.code = Int32(status.code) }
        if said.message.isEmpty { said.message = "\(status.code) \(status.reasonPhrase)" }
        return KubernetesClientError(.refused, "cannot \(operation): \(said.message)", status: said)
    }

    private static func configuration(
        _ kubeconfig: Kubeconfig, requestSeconds: Int64
    ) throws -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(min(10, requestSeconds))
        // Whoever calls decides when to try again; a refused connection is said at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tlsConfiguration = try tls(kubeconfig)
        configuration.http1_1ConnectionDebugInitializer = { channel in
            // The kernel finds out within two minutes that the host behind an idle watch is gone; nothing wakes up
            // for it here.
            let options: [(ChannelOptions.Types.SocketOption, Int)] = [
                (.socketOption(.so_keepalive), 1), (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), 30),
                (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), 30),
                (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPCNT)), 3),
            ]
            return .andAllSucceed(options.map { channel.setOption($0.0, value: $0.1) }, on: channel.eventLoop)
        }
        return configuration
    }

    private static func tls(_ kubeconfig: Kubeconfig) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !kubeconfig.isServerVerified { configuration.certificateVerification = .none }
        do {
            if let authority = kubeconfig.serverCA {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            }
            if let certificate = kubeconfig.clientCertificate, let key = kubeconfig.clientKey {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map {
                    .certificate($0)
                }
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            }
        } catch {
            throw KubernetesClientError(
                .invalidKubeconfig, "cannot use the certificates for \(kubeconfig.server): \(error)", cause: error)
        }
        return configuration
    }
}
