import HTTPServing

/// `/api/v1/nodes/NODE/proxy/…`: the kubelet's own API, upgrades included.
struct NodeProxyHandler: Sendable {
    let kubelets: KubeletConnector

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let name = try ProxiedName(call.path.name)
        let target = try await kubelets.target(node: name.name, port: name.port)
        return try await kubelets.forward(call.http, to: target, uri: Self.uri(call.http))
    }

    /// What follows `proxy`, as the client has escaped it.
    static func uri(_ request: HTTPServerRequest) -> String {
        let parts = request.rawPath.split(separator: "/", omittingEmptySubsequences: false)
        // "", api, v1, nodes, NAME, proxy, …
        let rest = parts.dropFirst(6).joined(separator: "/")
        let query = request.rawQuery.isEmpty ? "" : "?" + request.rawQuery
        return "/" + rest + query
    }
}

/// The name of a proxied object with what may stand around it: `[scheme:]name[:port]`.
struct ProxiedName: Sendable, Hashable {
    var name: String
    var port: Int?

    /// - Throws: `APIError` with code `badRequest`.
    init(_ text: String) throws(APIError) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1, parts[0] == "https" || parts[0].isEmpty { parts.removeFirst() }
        let port = parts.count > 1 && !parts[1].isEmpty ? Int(parts[1]) : nil
        let isValid = parts.count == 1 || (parts.count == 2 && (parts[1].isEmpty || port != nil))
        guard let name = parts.first, !name.isEmpty, isValid else {
            throw APIError(.badRequest, "invalid node request \"\(text)\"")
        }
        self.name = String(name)
        self.port = port
    }
}
