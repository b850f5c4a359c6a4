import AsyncHTTPClient
package import Kubelet
package import NIOCore
import NIOHTTP1
import NIOPosix
package import PodLifecycle

/// Probes over the network, after upstream's `pkg/probe`.
package struct NetworkProbes: ProbeRequests {
    private static let bodyLimit = 10 << 10

    private let group: any EventLoopGroup
    private let agent: String
    private let client: ContainerHTTPClient

    /// Runs `body` with probes that end with it.
    /// - Parameter agent: how requests call themselves.
    package static func with<Result: Sendable>(
        group: any EventLoopGroup, agent: String, _ body: (NetworkProbes) async throws -> Result
    ) async throws -> Result {
        try await ContainerHTTPClient.with(group: group) { client in
            try await body(NetworkProbes(group: group, agent: agent, client: client))
        }
    }

    package func get(_ request: HTTPGetRequest, timeout: Duration) async -> ProbeOutcome {
        do {
            let deadline = NIODeadline.now() + TimeAmount(timeout)
            let response = try await client.get(request, agent: agent, deadline: deadline)
            let text: String
            do {
                text = try await response.text(limit: Self.bodyLimit, before: deadline, on: group)
            } catch {
                // As upstream has it, who stops in the middle of an answer has neither succeeded nor failed.
                return ProbeOutcome(.unknown, "cannot read the answer of \(request.url): \(error)")
            }
            switch response.status.code {
            case 200..<300: return ProbeOutcome(.success)
            case 300..<400:
                return ProbeOutcome(.warning, "Probe terminated redirects, Response body: \(text)")
            case let code: return ProbeOutcome(.failure, "HTTP probe failed with statuscode: \(code)")
            }
        } catch {
            let words = NetworkErrorText.ofRequest(error, to: request.host, Int(request.port))
            return ProbeOutcome(.failure, "Get \"\(request.url)\": \(words)")
        }
    }

    package func connect(to host: String, port: Int32, timeout: Duration) async -> ProbeOutcome {
        do {
            let bootstrap = ClientBootstrap(group: group).connectTimeout(TimeAmount(timeout))
            let channel: any Channel
            // Looking up a name takes a thread, so an address, as pods have, is not taken for one.
            if let address = try? SocketAddress(ipAddress: host, port: Int(port)) {
                channel = try await bootstrap.connect(to: address).get()
            } else {
                channel = try await bootstrap.connect(host: host, port: Int(port)).get()
            }
            try? await channel.close()
            return ProbeOutcome(.success)
        } catch {
            return ProbeOutcome(.failure, NetworkErrorText.ofDial(error, to: host, Int(port)))
        }
    }

    package func checkHealth(
        of service: String, at host: String, port: Int32, timeout: Duration
    ) async -> ProbeOutcome {
        await GRPCHealthCheck(group: group, agent: agent)
            .check(service, host: host, port: Int(port), timeout: timeout)
    }
}

extension Duration {
    var inSeconds: String { "\(components.seconds)s" }
}
