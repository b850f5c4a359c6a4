import AsyncHTTPClient
import Kubelet
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL

/// Hooks' requests over AsyncHTTPClient, as upstream sends them (`pkg/kubelet/lifecycle/handlers.go`).
struct HTTPHookRequests: HookRequests {
    let group: any EventLoopGroup

    private static let bodyLimit = 10 << 10

    func send(_ request: HookRequest) async throws -> Bool {
        // One for each request: hooks are rare, and an idle client is memory for nothing.
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: Self.configuration)
        do {
            let wasFallback = try await send(request, by: client)
            try await client.shutdown()
            return wasFallback
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func send(_ request: HookRequest, by client: HTTPClient) async throws -> Bool {
        do {
            try await exchange(request, by: client)
            return false
        } catch let error as NIOSSLError where request.isHTTPS && error.meansPlainHTTP {
            var plain = request
            plain.isHTTPS = false
            plain.headers.removeAll { $0.name.lowercased() == "authorization" }
            try await exchange(plain, by: client)
            return true
        }
    }

    private func exchange(_ request: HookRequest, by client: HTTPClient) async throws {
        let host = request.host.contains(":") ? "[\(request.host)]" : request.host
        let scheme = request.isHTTPS ? "https" : "http"
        var message = HTTPClientRequest(url: "\(scheme)://\(host):\(request.port)\(request.target)")
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        if !message.headers.contains(name: "User-Agent") {
            message.headers.add(name: "User-Agent", value: "kube-lifecycle/\(ProductVersion.hookAgent)")
        }
        if !message.headers.contains(name: "Accept") { message.headers.add(name: "Accept", value: "*/*") }
        let response = try await client.execute(message, deadline: .distantFuture)
        var size = 0
        for try await part in response.body {
            size += part.readableBytes
            if size > Self.bodyLimit { break }
        }
    }

    private static var configuration: HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // A pod's certificate is nobody's concern but its own.
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}

extension NIOSSLError {
    /// Whether the other side answered the TLS greeting with something else.
    fileprivate var meansPlainHTTP: Bool {
        guard case .handshakeFailed(let error) = self else { return false }
        let text = "\(error)"
        return text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST")
    }
}
