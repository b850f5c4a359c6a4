import AsyncHTTPClient
import Kubelet
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL
import PodSources

/// HTTP as the kubelet speaks it with containers: without verification of certificates, one connection a request, and
/// with redirects followed as far as they lead to the same host, after upstream's `RedirectChecker`
/// (`pkg/probe/http/http.go`).
struct ContainerHTTPClient: Sendable {
    struct TooManyRedirects: Error, CustomStringConvertible {
        let description = "stopped after 10 redirects"
    }

    private static let redirectLimit = 10

    private let client: HTTPClient

    /// Runs `body` with a client that ends with it.
    static func with<Result: Sendable>(
        group: any EventLoopGroup, _ body: (ContainerHTTPClient) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        do {
            let result = try await body(ContainerHTTPClient(client: client))
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// - Parameter agent: how the request calls itself, unless its headers say.
    /// - Returns: the first answer that is no redirect, or one to another host.
    func get(_ request: HTTPGetRequest, agent: String, deadline: NIODeadline) async throws -> HTTPClientResponse {
        var message = HTTPClientRequest(url: request.url)
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        if !message.headers.contains(name: "User-Agent") { message.headers.add(name: "User-Agent", value: agent) }
        if !message.headers.contains(name: "Accept") { message.headers.add(name: "Accept", value: "*/*") }
        message.headers.replaceOrAdd(name: "Connection", value: "close")
        guard var place = WebAddress(request.url) else { throw HTTPClientError.invalidURL }
        for _ in 0..<Self.redirectLimit {
            let response = try await client.execute(message, deadline: deadline)
            guard response.status.isRedirect, let location = response.headers.first(name: "Location"),
                let next = place.resolving(location), next.host == place.host
            else { return response }
            // Nobody reads the rest of it, and the connection goes with it.
            message.url = next.url
            place = next
        }
        throw TooManyRedirects()
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

extension HTTPClientResponse {
    /// As much of the body as a limit allows, if it is there in time: the client's deadline is one for the head only.
    func text(limit: Int, before deadline: NIODeadline, on group: any EventLoopGroup) async throws -> String {
        let loop = group.any()
        return try await withThrowingTaskGroup(of: String.self) { tasks in
            tasks.addTask { try await text(limit: limit) }
            let expired = loop.makePromise(of: String.self)
            let alarm = loop.scheduleTask(deadline: deadline) { expired.fail(HTTPClientError.deadlineExceeded) }
            tasks.addTask { try await expired.futureResult.get() }
            defer {
                tasks.cancelAll()
                alarm.cancel()
                // Ends the task that waits for it.
                expired.fail(CancellationError())
            }
            guard let first = try await tasks.next() else { throw CancellationError() }
            return first
        }
    }

    /// As much of the body as a limit allows.
    func text(limit: Int) async throws -> String {
        var bytes = ByteBuffer()
        for try await part in body {
            var part = part
            guard let piece = part.readSlice(length: min(part.readableBytes, limit - bytes.readableBytes)) else {
                break
            }
            bytes.writeImmutableBuffer(piece)
            if bytes.readableBytes >= limit { break }
        }
        return String(buffer: bytes)
    }
}
