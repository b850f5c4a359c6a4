package import Kubelet
import KubernetesAPI
package import NIOCore
import NIOSSL

/// Hooks' requests, as upstream sends them (`pkg/kubelet/lifecycle/handlers.go`).
package struct HTTPHookRequests: HookRequests {
    private static let bodyLimit = 10 << 10

    private let group: any EventLoopGroup
    private let agent: String

    /// - Parameter agent: how requests call themselves.
    package init(group: any EventLoopGroup, agent: String) {
        self.group = group
        self.agent = agent
    }

    package func send(_ request: HTTPGetRequest) async throws -> Bool {
        // One for each request: hooks are rare, and an idle client is memory for nothing.
        try await ContainerHTTPClient.with(group: group) { try await send(request, by: $0) }
    }

    private func send(_ request: HTTPGetRequest, by client: ContainerHTTPClient) async throws -> Bool {
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

    private func exchange(_ request: HTTPGetRequest, by client: ContainerHTTPClient) async throws {
        let response = try await client.get(request, agent: agent, deadline: .distantFuture)
        _ = try await response.text(limit: Self.bodyLimit)
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
