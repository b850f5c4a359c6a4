import CRIProtocol
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import PodLifecycle

/// Asks a server how it is by the gRPC health checking protocol, after upstream's `pkg/probe/grpc`.
struct GRPCHealthCheck: Sendable {
    let group: any EventLoopGroup
    let agent: String

    func check(_ service: String, host: String, port: Int, timeout: Duration) async -> ProbeOutcome {
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
            let answer = try await withGRPCClient(transport: transport) { client in
                try await Grpc_Health_V1_Health.Client(wrapping: client)
                    .check(message, metadata: ["user-agent": "\(agent)"], options: callOptions)
            }
            if answer.status == .serving { return ProbeOutcome(.success) }
            return ProbeOutcome(.failure, "service unhealthy (responded with \"\(answer.status.word)\")")
        } catch let error as RPCError {
            return ProbeOutcome(.failure, Self.words(for: error, timeout))
        } catch {
            return ProbeOutcome(.failure, "error: health rpc probe failed: \(error)")
        }
    }

    private static func words(for error: RPCError, _ timeout: Duration) -> String {
        switch error.code {
        case .unimplemented:
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): \(error.message)"
        case .deadlineExceeded: "timeout: health rpc did not complete within \(timeout.inSeconds)"
        default: "error: health rpc probe failed: \(error.message)"
        }
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
