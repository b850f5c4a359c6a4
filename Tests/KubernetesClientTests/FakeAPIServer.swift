import HTTPServing
import KubernetesClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import StructuredData

func quietLogger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

/// Runs a server while `body` runs.
func withServer(
    host: String = "127.0.0.1", port: Int = 0, tls: ServerTLS? = nil, handler: @escaping HTTPHandler,
    _ body: @escaping @Sendable (Int) async throws -> Void
) async throws {
    try await withThrowingTaskGroup { group in
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(
            address: ListenAddress(host: host, port: port), tls: tls,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger(),
            onBound: { continuation.yield($0) }, handler: handler)
        group.addTask {
            defer { continuation.finish() }
            try await server.run()
        }
        for await port in ports {
            try await body(port)
            group.cancelAll()
        }
        try await group.waitForAll()
    }
}

/// Runs with a client that is shut down in the end.
func withClient(
    _ kubeconfig: Kubeconfig, requestSeconds: Int64 = 30, _ body: (KubernetesClient) async throws -> Void
) async throws {
    let client = try KubernetesClient(
        kubeconfig, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, requestSeconds: requestSeconds,
        clock: ContinuousClock())
    do {
        try await body(client)
    } catch {
        try await client.shutdown()
        throw error
    }
    try await client.shutdown()
}

func withClient(port: Int, requestSeconds: Int64 = 30, _ body: (KubernetesClient) async throws -> Void) async throws {
    try await withClient(
        Kubeconfig(server: "http://127.0.0.1:\(port)"), requestSeconds: requestSeconds, body)
}

extension HTTPServerResponse {
    static func json(_ value: JSONValue, status: HTTPResponseStatus = .ok) -> HTTPServerResponse {
        .full(status: status, headers: ["content-type": "application/json"], body: value.serialized())
    }

    static func failure(_ code: Int, _ reason: String) -> HTTPServerResponse {
        .json(.status(code, reason), status: HTTPResponseStatus(statusCode: code))
    }

    /// A watch that tells these events and then ends, or stays open for ever.
    static func watch(_ events: [JSONValue], staysOpen: Bool = false) -> HTTPServerResponse {
        .streaming(status: .ok, headers: ["content-type": "application/json"]) { writer in
            for event in events { try await writer.write(event.serialized() + [UInt8(ascii: "\n")]) }
            if staysOpen { for await _ in AsyncStream<Void>.makeStream().stream {} }
        }
    }
}

extension JSONValue {
    static func status(_ code: Int, _ reason: String) -> JSONValue {
        [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": .string("because \(reason)"),
            "reason": .string(reason), "code": .integer(Int64(code)),
        ]
    }

    static func pod(_ name: String, version: Int) -> JSONValue {
        [
            "kind": "Pod", "apiVersion": "v1",
            "metadata": ["name": .string(name), "resourceVersion": .string("\(version)")],
        ]
    }

    static func event(_ type: String, _ object: JSONValue) -> JSONValue { ["type": .string(type), "object": object] }

    static func list(_ items: [JSONValue], version: Int) -> JSONValue {
        ["kind": "PodList", "metadata": ["resourceVersion": .string("\(version)")], "items": .array(items)]
    }
}
