import HTTPServing
import KubernetesAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import ObjectStore
import StructuredData
import Synchronization
import Testing

@testable import APIServer

/// The API server without its sockets: requests go to the router, objects into a database in memory.
struct TestAPI: Sendable {
    static let admin = identity("admin", "system:masters")

    let router: APIRouter
    let store: SQLiteObjectStore
    let clock: TestClock

    static func start(kubeletTLS: NIOSSLContext? = nil) async throws -> TestAPI {
        let clock = TestClock()
        let store = try await KubernetesAPIServer.openStore(":memory:") { clock.now }
        let storage = ResourceStorage(store: store)
        try await Bootstrap(storage: storage) { clock.now }.run()
        let router = APIRouter(
            registry: .standard, storage: storage, kubelets: KubeletConnector(storage: storage, tls: kubeletTLS),
            now: { clock.now }, logger: Logger(label: "test"))
        return TestAPI(router: router, store: store, clock: clock)
    }

    static func identity(_ name: String, _ groups: String...) -> PeerIdentity {
        PeerIdentity(
            certificate: .verified(.init(commonName: name, organizations: groups)), remoteAddress: "127.0.0.1",
            isTLS: true)
    }

    static func node(_ name: String) -> PeerIdentity { identity("system:node:" + name, "system:nodes") }

    func send(
        _ method: String, _ uri: String, _ body: JSONValue? = nil, type: String = "application/json",
        accept: String = "application/json", as peer: PeerIdentity = TestAPI.admin
    ) async throws -> Answer {
        let bytes = body.map { $0.serialized() } ?? []
        return try await send(method, uri, bytes: bytes, type: type, accept: accept, as: peer)
    }

    func send(
        _ method: String, _ uri: String, bytes: [UInt8], type: String, accept: String = "application/json",
        as peer: PeerIdentity = TestAPI.admin
    ) async throws -> Answer {
        let request = try HTTPServerRequest(
            method: method, uri: uri, headers: ["Content-Type": type, "Accept": accept], body: HTTPBody(bytes),
            peer: peer)
        switch try await router.respond(to: request) {
        case .full(let status, let headers, let body): return Answer(status: status.code, headers: headers, bytes: body)
        case .streaming(let status, let headers, let producer):
            let collected = Mutex<[UInt8]>([])
            try await producer(BodyWriter { buffer in collected.withLock { $0 += buffer.readableBytesView } })
            return Answer(status: status.code, headers: headers, bytes: collected.withLock { $0 })
        case .upgrade: throw APIError(.internalError, "unexpected upgrade")
        }
    }

    /// Starts a watch and hands its events over one by one.
    func watch(_ uri: String, accept: String = "application/json") async throws -> AsyncStream<JSONValue> {
        let request = try HTTPServerRequest(
            method: "GET", uri: uri, headers: ["Accept": accept], peer: TestAPI.admin)
        guard case .streaming(_, _, let producer) = try await router.respond(to: request) else {
            throw APIError(.internalError, "a watch was not answered with a stream")
        }
        return AsyncStream { continuation in
            // Ends with the stream: a test that stops reading drops it.
            let task = Task {
                try? await producer(
                    BodyWriter { buffer in
                        for line in buffer.readableBytesView.split(separator: UInt8(ascii: "\n")) {
                            continuation.yield(try JSONValue(parsing: line))
                        }
                    })
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    func createNode(_ name: String, kubeletPort: Int = 10_250) async throws {
        let node: JSONValue = [
            "metadata": ["name": .string(name)],
            "status": [
                "addresses": [["type": "InternalIP", "address": "127.0.0.1"]],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(kubeletPort))]],
            ],
        ]
        let answer = try await send("POST", "/api/v1/nodes", node)
        try #require(answer.status == 201, "\(answer.text)")
    }

    @discardableResult
    func createPod(_ name: String, node: String = "", labels: JSONValue = [:], namespace: String = "default")
        async throws -> JSONValue
    {
        var spec: JSONValue = ["containers": [["name": "main", "image": "nginx"]]]
        if !node.isEmpty { spec["nodeName"] = .string(node) }
        let pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "labels": labels], "spec": spec,
        ]
        let answer = try await send("POST", "/api/v1/namespaces/\(namespace)/pods", pod)
        try #require(answer.status == 201, "\(answer.text)")
        return answer.json
    }
}

/// What the server answered.
struct Answer: Sendable {
    var status: UInt
    var headers: HTTPHeaders
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var message: String { json["message"]?.stringValue ?? "" }
    var reason: String { json["reason"]?.stringValue ?? "" }
    var names: [String] { json.elements("items").map(\.name) }
}

/// Time that only moves when told to.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
