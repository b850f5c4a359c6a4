package import ContainerRuntime
import HTTPServing
package import Kubelet
import ServiceLifecycle

/// The kubelet's HTTP API: the TLS port that the API server and administrators use, and the plain ones beside it.
package struct KubeletServer: Service {
    /// The listeners that a server may have.
    package enum Listener: Sendable, Hashable {
        case secure, readOnly, healthz
    }

    private let servers: [HTTPServer]

    /// - Parameters:
    ///   - exits: tells a followed log when its container has ended.
    ///   - onBound: called for each listener with its port, when connections are accepted.
    package init(
        configuration: KubeletServerConfiguration, queries: any KubeletQueries, runtime: any RuntimeService,
        exits: any ContainerExits, host: KubeletServerHost,
        onBound: @escaping @Sendable (Listener, Int) -> Void = { _, _ in }
    ) {
        let endpoints = KubeletEndpoints(
            configuration: configuration, queries: queries, runtime: runtime, exits: exits, host: host)
        let access = KubeletAccess(configuration: configuration, host: host)
        var servers = [
            HTTPServer(
                address: configuration.address, tls: configuration.tls, eventLoopGroup: host.group,
                logger: host.logger, onBound: { onBound(.secure, $0) }
            ) { request in
                try await access.response(to: request) { try await endpoints.response(to: request) }
            }
        ]
        if let address = configuration.readOnlyAddress {
            servers.append(
                HTTPServer(
                    address: address, eventLoopGroup: host.group, logger: host.logger,
                    onBound: { onBound(.readOnly, $0) }
                ) { try await endpoints.readOnlyResponse(to: $0) })
        }
        if let address = configuration.healthzAddress {
            servers.append(
                HTTPServer(
                    address: address, eventLoopGroup: host.group, logger: host.logger,
                    onBound: { onBound(.healthz, $0) }
                ) { await HealthEndpoint.liveness.response(to: $0) })
        }
        self.servers = servers
    }

    /// Serves until the service group shuts down gracefully, or the task is cancelled.
    /// - Throws: `HTTPServingError` with code `addressInUse` or `listenFailed` when a listener can't be opened; the
    ///   others are closed then.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { try await server.run() } }
            // Not `waitForAll`, which would let the others serve on when one of them can't listen.
            while try await group.next() != nil {}
        }
    }
}
