import CRIClient
import CRIProtocol
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Glibc
import NIOPosix
import SwiftProtobuf

/// A container runtime on a Unix socket that answers the methods it is given routes for; others are unimplemented.
struct FakeRuntime: RegistrableRPCService {
    let routes: [any Route]

    init(_ routes: any Route...) {
        self.routes = routes
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for route in routes { route.register(with: &router) }
    }

    /// Serves at `path` while `body` runs, and is gone afterwards.
    func serving<Result: Sendable>(at path: String, _ body: () async throws -> Result) async throws -> Result {
        unlink(path)
        let server = GRPCServer(
            transport: .http2NIOPosix(address: .unixDomainSocket(path: path), transportSecurity: .plaintext),
            services: [self])
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            _ = try await server.listeningAddress
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            // Cancelling the server instead would trap in NIO when a connection is just being accepted.
            server.beginGracefulShutdown()
            try await group.waitForAll()
            unlink(path)
            return try result.get()
        }
    }
}

protocol Route: Sendable {
    func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>)
}

/// Answers one request with one message.
struct Unary<Request: Message, Response: Message>: Route {
    let descriptor: MethodDescriptor
    let answer: @Sendable (Request) async throws -> Response

    init(_ descriptor: MethodDescriptor, _ answer: @escaping @Sendable (Request) async throws -> Response) {
        self.descriptor = descriptor
        self.answer = answer
    }

    func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: descriptor, deserializer: ProtobufDeserializer<Request>(),
            serializer: ProtobufSerializer<Response>()
        ) { stream, context in
            let request = try await ServerRequest(stream: stream)
            let response = try await untilCancelled(context) { try await answer(request.message) }
            return StreamingServerResponse(single: ServerResponse(message: response))
        }
    }
}

/// Answers one request with the messages `produce` writes.
struct Streaming<Request: Message, Response: Message>: Route {
    let descriptor: MethodDescriptor
    let produce: @Sendable (Request, RPCWriter<Response>) async throws -> Void

    init(
        _ descriptor: MethodDescriptor,
        _ produce: @escaping @Sendable (Request, RPCWriter<Response>) async throws -> Void
    ) {
        self.descriptor = descriptor
        self.produce = produce
    }

    func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: descriptor, deserializer: ProtobufDeserializer<Request>(),
            serializer: ProtobufSerializer<Response>()
        ) { stream, context in
            let request = try await ServerRequest(stream: stream)
            return StreamingServerResponse { writer in
                try await untilCancelled(context) { try await produce(request.message, writer) }
                return [:]
            }
        }
    }
}

/// Cancels `body`'s task when gRPC cancels the call, which it doesn't do itself.
private func untilCancelled<Result: Sendable>(
    _ context: ServerContext, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await context.cancellation.cancelled
            return nil
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() ?? nil else {
            throw RPCError(code: .cancelled, message: "the call was cancelled")
        }
        return result
    }
}

extension Route where Self == Unary<Runtime_V1_VersionRequest, Runtime_V1_VersionResponse> {
    /// A runtime that tells `version` as its own.
    static func version(_ version: String) -> Self {
        Unary(Runtime_V1_RuntimeService.Method.Version.descriptor) { _ in
            var response = Runtime_V1_VersionResponse()
            response.runtimeName = "fake"
            response.runtimeVersion = version
            response.runtimeApiVersion = "v1"
            return response
        }
    }
}

extension Route where Self == Unary<Runtime_V1_RuntimeConfigRequest, Runtime_V1_RuntimeConfigResponse> {
    /// A runtime that tells who makes its cgroups, if that is given.
    static func cgroupDriver(_ driver: Runtime_V1_CgroupDriver?) -> Self {
        Unary(Runtime_V1_RuntimeService.Method.RuntimeConfig.descriptor) { _ in
            var response = Runtime_V1_RuntimeConfigResponse()
            if let driver { response.linux.cgroupDriver = driver }
            return response
        }
    }
}

/// A path for a socket in a directory of its own, which goes with `remove()`.
struct SocketPath {
    let directory: String
    var path: String { "\(directory)/runtime.sock" }

    init() throws {
        var template = Array("/tmp/swiftlet-cri-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RPCError(code: .internalError, message: "mkdtemp failed") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        unlink(path)
        rmdir(directory)
    }
}

/// Runs `body` with a connection to `path` that is closed afterwards.
func withConnection<Result: Sendable>(
    to path: String, requestTimeout: Duration = .seconds(120), _ body: (CRIConnection) async throws -> Result
) async throws -> Result {
    var configuration = CRIConnection.Configuration()
    configuration.requestTimeout = requestTimeout
    let connection = try CRIConnection(
        to: RuntimeEndpoint(path), configuration: configuration,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await connection.run() }
        let result = try await body(connection)
        group.cancelAll()
        return result
    }
}

/// Runs `body` with a connection to a fake runtime.
func withRuntime<Result: Sendable>(
    _ routes: any Route..., requestTimeout: Duration = .seconds(120), _ body: (CRIConnection) async throws -> Result
) async throws -> Result {
    let socket = try SocketPath()
    defer { socket.remove() }
    return try await FakeRuntime(routes: routes).serving(at: socket.path) {
        try await withConnection(to: socket.path, requestTimeout: requestTimeout, body)
    }
}

extension FakeRuntime {
    init(routes: [any Route]) {
        self.routes = routes
    }
}

/// The requests a route has seen, in order.
final class Received<Request: Sendable>: Sendable {
    let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    init() {
        (requests, continuation) = AsyncStream.makeStream()
    }

    func note(_ request: Request) {
        continuation.yield(request)
    }

    /// The next request, waiting for it.
    func next() async -> Request? {
        for await request in requests { return request }
        return nil
    }
}
