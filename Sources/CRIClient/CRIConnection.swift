internal import CRIProtocol
package import ContainerRuntime
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import NIOCore
internal import ServiceLifecycle

/// One gRPC connection to a container runtime, shared by the services made from it.
///
/// Calls may be made at any time; they wait until `run()` has brought the connection up. A connection that breaks is
/// made anew within half a second of the runtime being back; calls under way then fail with `unavailable`.
package struct CRIConnection: Service {
    package struct Configuration: Sendable, Hashable {
        /// How long a call may take, waiting for the runtime included (upstream's `runtimeRequestTimeout`).
        package var requestTimeout: Duration = .seconds(120)

        package init() {}
    }

    /// The largest answer that is read, in bytes, as upstream's.
    private static let maximumMessageBytes = 16 << 20

    package let endpoint: RuntimeEndpoint
    package let configuration: Configuration
    /// What containerd's events say that its CRI plugin doesn't yet.
    let exits = ObservedExits()
    private let client: GRPCClient<HTTP2ClientTransport.Posix>

    /// Prepares a connection; nothing is opened before `run()`.
    package init(
        to endpoint: RuntimeEndpoint, configuration: Configuration = Configuration(), eventLoopGroup: any EventLoopGroup
    ) throws {
        self.endpoint = endpoint
        self.configuration = configuration
        do {
            // grpc-go refuses the percent-encoded path that gRPC Swift would send as the authority.
            let transport = try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: endpoint.path, authority: "localhost"), transportSecurity: .plaintext,
                config: Self.transportConfiguration, eventLoopGroup: eventLoopGroup)
            client = GRPCClient(transport: transport)
        } catch {
            throw ContainerRuntimeError(error, operation: "prepare connection to container runtime at \(endpoint)")
        }
    }

    private static var transportConfiguration: HTTP2ClientTransport.Posix.Config {
        .defaults { configuration in
            configuration.backoff = .init(
                initial: .milliseconds(20), max: .milliseconds(500), multiplier: 1.6, jitter: 0.2)
            configuration.channelDebuggingCallbacks.onCreateTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PingAckHandler(), position: .first)
                }
            }
        }
    }

    /// Keeps the connection up until graceful shutdown, which lets calls under way finish, or cancellation, which
    /// ends them.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            do {
                try await client.runConnections()
            } catch {
                throw ContainerRuntimeError(error, operation: "connect to container runtime at \(endpoint)")
            }
        } onGracefulShutdown: {
            client.beginGracefulShutdown()
        }
    }

    /// Waits until the runtime answers, for at most `timeout`, and tells its versions; needs `run()` beside it.
    ///
    /// Throws `ContainerRuntimeError` naming the socket and why nothing answers there.
    package func connect(timeout: Duration) async throws -> RuntimeVersion {
        do {
            return try await version(timeout: timeout, waitForReady: true)
        } catch let error as ContainerRuntimeError where error.code == .timedOut || error.code == .unavailable {
            let reason = endpoint.connectionFailure() ?? "no answer within \(timeout)"
            throw ContainerRuntimeError(
                error.code, "connect to container runtime at \(endpoint): \(reason)", cause: error.cause)
        }
    }

    /// Who makes the cgroups of containers by the runtime's configuration (upstream: `getCgroupDriverFromCRI` in
    /// `cmd/kubelet/app/server.go`); `nil` where the runtime doesn't tell, as containerd before 2.0.
    package func cgroupDriver() async throws -> CgroupDriver? {
        let response: Runtime_V1_RuntimeConfigResponse
        do {
            response = try await call("get runtime configuration") {
                try await runtime.runtimeConfig(Runtime_V1_RuntimeConfigRequest(), options: $0)
            }
        } catch let error as ContainerRuntimeError where error.code == .unimplemented {
            return nil
        }
        guard response.hasLinux else { return nil }
        switch response.linux.cgroupDriver {
        case .systemd: return .systemd
        case .cgroupfs: return .cgroupfs
        case .UNRECOGNIZED(let number):
            throw ContainerRuntimeError(.failed, "get runtime configuration: unknown cgroup driver \(number)")
        }
    }

    func version(timeout: Duration, waitForReady: Bool) async throws -> RuntimeVersion {
        let response = try await call("get version", timeout: timeout, waitForReady: waitForReady) {
            try await runtime.version(Runtime_V1_VersionRequest(), options: $0)
        }
        return RuntimeVersion(
            name: response.runtimeName, version: response.runtimeVersion, apiVersion: response.runtimeApiVersion)
    }
}

extension CRIConnection {
    var runtime: Runtime_V1_RuntimeService.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }
    var images: Runtime_V1_ImageService.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }
    var containerdEvents: Containerd_Services_Events_V1_Events.Client<HTTP2ClientTransport.Posix> {
        .init(wrapping: client)
    }
    var containerdTasks: Containerd_Services_Tasks_V1_Tasks.Client<HTTP2ClientTransport.Posix> {
        .init(wrapping: client)
    }

    /// The options of a call that may take `timeout`, or any time when that is `nil`.
    static func options(timeout: Duration?, waitForReady: Bool = true) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.waitForReady = waitForReady
        // Despite its name this limits the messages a client receives.
        options.maxRequestMessageBytes = maximumMessageBytes
        return options
    }

    /// Makes one call within the configured time and translates what goes wrong.
    func call<Response: Sendable>(
        _ operation: @autoclosure () -> String, _ body: (CallOptions) async throws -> Response
    ) async throws -> Response {
        try await call(operation(), timeout: configuration.requestTimeout, body)
    }

    /// Makes one call and translates what goes wrong, once for all that is above the seam.
    func call<Response: Sendable>(
        _ operation: @autoclosure () -> String, timeout: Duration?, waitForReady: Bool = true,
        _ body: (CallOptions) async throws -> Response
    ) async throws -> Response {
        do {
            return try await body(Self.options(timeout: timeout, waitForReady: waitForReady))
        } catch let error as CancellationError {
            throw error
        } catch {
            // gRPC reports the cancellation of the calling task as an error of the call.
            try Task.checkCancellation()
            throw ContainerRuntimeError(error, operation: operation())
        }
    }

    /// Makes one call that stops or removes something: what is not there counts as done.
    func callIgnoringNotFound(
        _ operation: @autoclosure () -> String, timeout: Duration, _ body: (CallOptions) async throws -> Void
    ) async throws {
        do {
            try await call(operation(), timeout: timeout, body)
        } catch let error as ContainerRuntimeError where error.code == .notFound {
            return
        }
    }
}
