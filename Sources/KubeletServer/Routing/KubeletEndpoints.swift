import ContainerRuntime
import HTTPServing
import Kubelet
import NIOHTTP1

/// Answers the requests that may go on, each at its endpoint.
struct KubeletEndpoints: Sendable {
    private let health: HealthEndpoint
    private let pods: PodEndpoints
    private let logs: ContainerLogEndpoint
    private let commands: CommandEndpoints
    private let stats: StatsEndpoints
    private let systemLogs: SystemLogEndpoint?
    private let configuration: KubeletServerConfiguration

    init(
        configuration: KubeletServerConfiguration, queries: any KubeletQueries, runtime: any RuntimeService,
        exits: any ContainerExits, host: KubeletServerHost
    ) {
        self.configuration = configuration
        health = HealthEndpoint { await queries.healthProblem() }
        pods = PodEndpoints(queries: queries, runtime: runtime)
        logs = ContainerLogEndpoint(queries: queries, runtime: runtime, exits: exits, host: host)
        commands = CommandEndpoints(queries: queries, runtime: runtime)
        stats = StatsEndpoints(nodeName: configuration.nodeName, queries: queries, runtime: runtime, host: host)
        systemLogs =
            configuration.enableSystemLogHandler
            ? SystemLogEndpoint(root: configuration.systemLogDirectory, threads: host.threads) : nil
    }

    /// Answers on the port with everything.
    func response(to request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let route = KubeletRoute(request.pathSegments)
        if route.isDebugging, !configuration.enableDebuggingHandlers {
            return .text(.methodNotAllowed, "Debug endpoints are disabled.\n")
        }
        return try await response(to: request, at: route)
    }

    /// Answers on the port that is open to everybody.
    func readOnlyResponse(to request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let route = KubeletRoute(request.pathSegments)
        return try await response(to: request, at: route.isReadOnly ? route : .unknown)
    }

    private func response(to request: HTTPServerRequest, at route: KubeletRoute) async throws -> HTTPServerResponse {
        guard route != .unknown else { return .text(.notFound, "404: Page Not Found") }
        guard route.methods.contains(request.method) else {
            return .full(
                status: .methodNotAllowed,
                headers: ["content-type": "text/plain; charset=utf-8", "allow": route.methods.joined(separator: ", ")],
                body: Array("405: Method Not Allowed".utf8))
        }
        do {
            return try await answer(request, at: route)
        } catch let error as KubeletServerError {
            return .text(error.status, error.message)
        } catch let error as ContainerRuntimeError {
            return .text(error.code == .notFound ? .notFound : .internalServerError, error.message)
        }
    }

    private func answer(_ request: HTTPServerRequest, at route: KubeletRoute) async throws -> HTTPServerResponse {
        switch route {
        case .healthz(let check): await health.response(check: check, query: request.query)
        case .pods: await pods.list()
        case .runningPods: try await pods.listRunning()
        case .configz: .json(configuration.configz())
        case .metrics: await stats.metrics()
        case .statsSummary: try await stats.summary()
        case .containerLogs(let target): try await logs.response(for: target, query: request.query)
        case .exec(let target): try await commands.exec(in: target, request)
        case .attach(let target): try await commands.attach(to: target, request)
        case .portForward(let target): try await commands.portForward(to: target, request)
        case .run(let target): try await commands.run(in: target, request)
        case .systemLogs(let path): try await systemLogResponse(path, request)
        case .unknown: .text(.notFound, "404: Page Not Found")
        }
    }

    private func systemLogResponse(_ path: [String], _ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        guard let systemLogs else { throw KubeletServerError(.disabled, "logs endpoint is disabled.\n") }
        return try await systemLogs.response(path: path, rawPath: request.rawPath)
    }
}

extension HTTPServerResponse {
    static func json(_ body: [UInt8]) -> HTTPServerResponse {
        .full(status: .ok, headers: ["content-type": "application/json"], body: body)
    }
}
