import HTTPServing
import NIOCore
import NIOHTTP1
import ObjectStore
import StructuredData

/// A pod's `log`, `exec`, `attach` and `portforward`: all done by the kubelet (pkg/registry/core/pod/rest).
struct PodConnectHandler: Sendable {
    /// Longest message of a kubelet's refusal that is passed on.
    private static let messageLimit = 8_192

    let storage: ResourceStorage
    let kubelets: KubeletConnector

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let isLog = call.path.subresource == "log"
        if !isLog { try checkUpgrade(call.http) }
        let pod = try ObjectCodec.decode(try await storage.read(call.target).value)
        let node = pod.value(at: "spec", "nodeName")?.stringValue ?? ""
        guard !node.isEmpty else {
            throw APIError(.badRequest, "pod \(pod.name) does not have a host assigned")
        }
        let uri = try KubeletURI.uri(pod: pod, subresource: call.path.subresource, query: call.http.query)
        let target = try await kubelets.target(node: node)
        let response = try await kubelets.forward(call.http, to: target, uri: uri)
        return isLog ? try await explained(response) : response
    }

    /// kubectl tries WebSocket first and goes on with SPDY when it is refused
    /// (client-go/tools/remotecommand/fallback.go).
    private func checkUpgrade(_ request: HTTPServerRequest) throws(APIError) {
        let protocols = request.headers[canonicalForm: "upgrade"].map { $0.lowercased() }
        if protocols.contains("websocket") {
            throw APIError(.badRequest, "unable to upgrade: WebSocket is not supported here, use SPDY/3.1")
        }
        guard request.wantsUpgrade else { throw APIError(.badRequest, "Upgrade request required") }
    }

    /// Makes a `Status` out of a kubelet's refusal, which is plain text.
    private func explained(_ response: HTTPServerResponse) async throws -> HTTPServerResponse {
        guard response.status.code >= 400 else { return response }
        var message = ""
        switch response {
        case .full(_, _, let body): message = String(decoding: body.prefix(Self.messageLimit), as: UTF8.self)
        case .streaming(_, _, let producer):
            let collector = MessageCollector(limit: Self.messageLimit)
            try await producer(BodyWriter { await collector.add($0) })
            message = await collector.text
        case .upgrade: break
        }
        if message.hasSuffix("\n") { message.removeLast() }
        let code: APIError.Code =
            switch response.status.code {
            case 400: .badRequest
            case 401, 403: .forbidden
            case 404: .notFound
            case 503: .serviceUnavailable
            default: .internalError
            }
        throw APIError(code, message)
    }
}

/// Gathers the beginning of a body.
private actor MessageCollector {
    private let limit: Int
    private var bytes: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    func add(_ buffer: ByteBuffer) {
        bytes += buffer.readableBytesView.prefix(max(0, limit - bytes.count))
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// The kubelet's paths for what a client asks of a pod.
enum KubeletURI {
    private static let defaultContainer = "kubectl.kubernetes.io/default-container"

    /// - Throws: `APIError` with code `badRequest` when it isn't clear which container is meant.
    static func uri(pod: JSONValue, subresource: String, query: QueryParameters) throws(APIError) -> String {
        let place = "\(PercentEncoding.encode(pod.namespace))/\(PercentEncoding.encode(pod.name))"
        switch subresource {
        case "portforward": return "/portForward/\(place)" + parameters(query, ["ports": "ports", "port": "port"])
        case "log":
            let kept = [
                "follow", "previous", "timestamps", "sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream",
            ]
            let container = PercentEncoding.encode(try container(pod, query["container"]))
            let names = Dictionary(uniqueKeysWithValues: kept.map { ($0, $0) })
            return "/containerLogs/\(place)/\(container)" + parameters(query, names)
        default:
            let container = PercentEncoding.encode(try container(pod, query["container"]))
            let streams = ["stdin": "input", "stdout": "output", "stderr": "error", "tty": "tty"]
            let names = streams.merging(subresource == "exec" ? ["command": "command"] : [:]) { first, _ in first }
            return "/\(subresource)/\(place)/\(container)" + parameters(query, names)
        }
    }

    /// The parameters that the kubelet understands, under its names and in their order.
    private static func parameters(_ query: QueryParameters, _ names: [String: String]) -> String {
        let flags: Set<String> = ["stdin", "stdout", "stderr", "tty"]
        let items = query.items.compactMap { item -> String? in
            guard let name = names[item.name] else { return nil }
            guard flags.contains(item.name) else { return "\(name)=\(PercentEncoding.encode(item.value))" }
            return ListOptions.isTrue(item.value) ? "\(name)=1" : nil
        }
        return items.isEmpty ? "" : "?" + items.joined(separator: "&")
    }

    private static func container(_ pod: JSONValue, _ stated: String?) throws(APIError) -> String {
        let main = names(pod, "containers")
        let initial = names(pod, "initContainers")
        let debugging = names(pod, "ephemeralContainers")
        if let stated, !stated.isEmpty {
            guard (main + initial + debugging).contains(stated) else {
                throw APIError(.badRequest, "container \(stated) is not valid for pod \(pod.name)")
            }
            return stated
        }
        if let name = pod.annotation(defaultContainer), main.contains(name) { return name }
        if main.count == 1, initial.isEmpty, debugging.isEmpty { return main[0] }
        var message = "a container name must be specified for pod \(pod.name), choose one of: \(list(main))"
        if !initial.isEmpty { message += " or one of the init containers: \(list(initial))" }
        if !debugging.isEmpty { message += " or one of the ephemeral containers: \(list(debugging))" }
        throw APIError(.badRequest, message)
    }

    private static func names(_ pod: JSONValue, _ list: String) -> [String] {
        pod.elements("spec", list).compactMap { $0["name"]?.stringValue }
    }

    private static func list(_ names: [String]) -> String { "[\(names.joined(separator: " "))]" }
}
