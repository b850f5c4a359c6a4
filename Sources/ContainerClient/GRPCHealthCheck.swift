import CRIProtocol
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import PodLifecycle
import Synchronization

/// Asks a server how it is by the gRPC health checking protocol, after upstream's `pkg/probe/grpc`.
struct GRPCHealthCheck: Sendable {
    let group: any EventLoopGroup
    let agent: String

    func check(_ service: String, host: String, port: Int, timeout: Duration) async -> ProbeOutcome {
        let connection = ConnectionWitness()
        do {
            let target: any ResolvableTarget =
                host.contains(":") ? .ipv6(address: host, port: port) : .ipv4(address: host, port: port)
            let transport = try HTTP2ClientTransport.Posix(
                target: target, transportSecurity: .plaintext, eventLoopGroup: group)
            var request = Grpc_Health_V1_HealthCheckRequest()
            request.service = service
            let message = request
            var options = CallOptions.defaults
            options.timeout = timeout
            options.waitForReady = false
            let callOptions = options
            let answer = try await withGRPCClient(transport: transport, interceptors: [connection]) { client in
                try await Grpc_Health_V1_Health.Client(wrapping: client)
                    .check(message, metadata: ["user-agent": "\(agent)"], options: callOptions)
            }
            if answer.status == .serving { return ProbeOutcome(.success) }
            return ProbeOutcome(.failure, "service unhealthy (responded with \"\(answer.status.word)\")")
        } catch let error as RPCError where connection.hasCome {
            return ProbeOutcome(.failure, Self.words(for: error, timeout))
        } catch let error as RPCError {
            return ProbeOutcome(.failure, Self.words(forNoConnection: error, host, port, timeout))
        } catch {
            return ProbeOutcome(.failure, "error: health rpc probe failed: \(error)")
        }
    }

    private static func words(for error: RPCError, _ timeout: Duration) -> String {
        switch error.code {
        case .unimplemented:
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): \(error.message)"
        case .deadlineExceeded: "timeout: health rpc did not complete within \(timeout.inSeconds)"
        default: "error: health rpc probe failed: rpc error: code = \(error.code.word) desc = \(error.message)"
        }
    }

    /// Upstream dials over and over until the time is over; here one refusal tells as much.
    private static func words(
        forNoConnection error: RPCError, _ host: String, _ port: Int, _ timeout: Duration
    ) -> String {
        let address = NetworkErrorText.address(host, port)
        if error.code == .deadlineExceeded {
            return
                "timeout: failed to connect service \"\(address)\" within \(timeout.inSeconds): context deadline exceeded"
        }
        var root: any Error = error
        while let cause = (root as? RPCError)?.cause { root = cause }
        let reason = (root as? RPCError)?.message ?? NetworkErrorText.ofDial(root, to: host, port)
        return "error: failed to connect service at \"\(address)\": \(reason)"
    }
}

/// Knows whether a call got as far as a connection: only then is its request written.
private final class ConnectionWitness: ClientInterceptor {
    private let isConnected = Mutex(false)

    var hasCome: Bool { isConnected.withLock(\.self) }

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        var request = request
        let write = request.producer
        request.producer = { writer in
            self.isConnected.withLock { $0 = true }
            try await write(writer)
        }
        return try await next(request, context)
    }
}

extension RPCError.Code {
    /// As gRPC for Go prints it: `PermissionDenied`.
    fileprivate var word: String {
        let name = "\(self)"
        return self == .cancelled ? "Canceled" : name.prefix(1).uppercased() + name.dropFirst()
    }
}

extension Grpc_Health_V1_HealthCheckResponse.ServingStatus {
    /// As the protocol spells it.
    fileprivate var word: String {
        switch self {
        case .unknown: "UNKNOWN"
        case .serving: "SERVING"
        case .notServing: "NOT_SERVING"
        case .serviceUnknown: "SERVICE_UNKNOWN"
        case .UNRECOGNIZED(let number): "\(number)"
        }
    }
}
