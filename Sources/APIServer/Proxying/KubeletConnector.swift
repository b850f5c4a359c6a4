import HTTPServing
import NIOHTTP1
import NIOSSL
import StructuredData

/// Finds the kubelet of a node, and passes requests on to it with the API server's own certificate.
struct KubeletConnector: Sendable {
    let storage: ResourceStorage
    let tls: NIOSSLContext?

    /// Where the kubelet of a node listens.
    /// - Parameter port: instead of the one that the node states.
    /// - Throws: `APIError` with code `notFound` or `internalError`.
    func target(node name: String, port: Int? = nil) async throws -> ProxyTarget {
        let target = ObjectTarget(resource: ResourceRegistry.nodes, namespace: "", name: name)
        guard let node = try await storage.find(target) else {
            throw APIError.notFound(ResourceRegistry.nodes, name)
        }
        guard let host = Self.address(node) else {
            throw APIError(.internalError, "no preferred addresses found; known addresses: []")
        }
        let stated = node.value(at: "status", "daemonEndpoints", "kubeletEndpoint", "Port")?.integerValue
        let kubeletPort = Int(stated ?? 10_250)
        return ProxyTarget(endpoint: .tcp(host: host, port: port ?? kubeletPort), tls: tls)
    }

    /// Sends the request to the kubelet and answers what it answers.
    func forward(_ request: HTTPServerRequest, to target: ProxyTarget, uri: String) async throws -> HTTPServerResponse {
        do {
            return try await ReverseProxy.response(
                for: request, to: target, uri: uri, headers: ReverseProxy.forwardedHeaders(request))
        } catch let error as HTTPServingError where error.code == .backendUnreachable {
            throw APIError(.serviceUnavailable, "error trying to reach service: \(error.message)", cause: error)
        }
    }

    /// Upstream's order of preference.
    private static func address(_ node: JSONValue) -> String? {
        let addresses = node.elements("status", "addresses")
        for type in ["InternalIP", "Hostname", "InternalDNS", "ExternalDNS", "ExternalIP"] {
            let match = addresses.first { $0["type"]?.stringValue == type }
            if let address = match?["address"]?.stringValue, !address.isEmpty { return address }
        }
        return nil
    }
}
