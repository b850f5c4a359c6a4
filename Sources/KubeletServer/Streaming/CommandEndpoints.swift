import ContainerRuntime
import HTTPServing
import Kubelet
import KubernetesAPI
import PodLifecycle

/// `/exec`, `/attach`, `/portForward` and `/run`: commands and streams into containers.
///
/// The streams themselves are between the client and the runtime's own streaming server; the kubelet asks the runtime
/// for an address that is good for one session, and glues the two connections together.
struct CommandEndpoints: Sendable {
    let queries: any KubeletQueries
    let runtime: any RuntimeService

    func exec(in target: KubeletRoute.Target, _ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let streams = try StreamOptions(request.query)
        let container = try await runningContainer(target)
        try Self.requireUpgrade(request)
        let url = try await runtime.exec(
            ExecRequest(
                container: container.id, command: request.query.values("command"), tty: streams.tty,
                stdin: streams.stdin, stdout: streams.stdout, stderr: streams.stderr))
        return try await Self.pass(request, to: url)
    }

    func attach(to target: KubeletRoute.Target, _ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let streams = try StreamOptions(request.query)
        let (pod, container) = try await podAndRunningContainer(target)
        try Self.requireUpgrade(request)
        // The process has a terminal or not since it was started, whatever the client wants.
        let tty = pod.spec.container(named: target.container)?.tty ?? false
        let url = try await runtime.attach(
            AttachRequest(
                container: container.id, tty: tty, stdin: streams.stdin, stdout: streams.stdout,
                stderr: streams.stderr && !tty))
        return try await Self.pass(request, to: url)
    }

    func portForward(to target: KubeletRoute.Target, _ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let ports = try request.query.values("port").flatMap { try Self.ports($0) }
        let pod = try await existingPod(target)
        try Self.requireUpgrade(request)
        let state = try await queries.runtimeState(namespace: target.namespace, name: target.pod)
        guard let sandbox = state?.readySandbox else {
            throw KubeletServerError(.failed, "failed to find sandbox for pod \(pod.metadata.name)")
        }
        let url = try await runtime.portForward(sandbox.id, ports: ports)
        return try await Self.pass(request, to: url)
    }

    /// Runs a command to its end and answers what it wrote. Like upstream's it takes `cmd`, split at spaces.
    func run(in target: KubeletRoute.Target, _ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let container = try await runningContainer(target)
        let text = request.query["cmd"] ?? ""
        let command = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let result = try await runtime.execSync(container.id, command: command, timeout: 0)
        let output = result.stdout + result.stderr
        guard result.exitCode == 0 else {
            throw KubeletServerError(
                .failed, "command '\(text)' exited with \(result.exitCode): \(String(decoding: output, as: UTF8.self))")
        }
        return .json(output)
    }
}

// MARK: - Finding what is meant

extension CommandEndpoints {
    private func existingPod(_ target: KubeletRoute.Target) async throws -> Pod {
        guard let pod = await queries.pod(target) else { throw KubeletServerError(.notFound, "pod does not exist") }
        guard target.uid.isEmpty || pod.hasUID(target.uid) else {
            throw KubeletServerError(.notFound, "pod not found")
        }
        return pod
    }

    private func runningContainer(_ target: KubeletRoute.Target) async throws -> RuntimeContainer {
        try await podAndRunningContainer(target).1
    }

    private func podAndRunningContainer(_ target: KubeletRoute.Target) async throws -> (Pod, RuntimeContainer) {
        let pod = try await existingPod(target)
        let state = try await queries.runtimeState(namespace: target.namespace, name: target.pod)
        guard let container = state?.container(named: target.container), container.state == .running else {
            throw KubeletServerError(.failed, "container not found (\"\(target.container)\")")
        }
        return (pod, container)
    }

    /// The ports of one `port` parameter: one or several, separated by commas (upstream: `portforward.NewV4Options`).
    private static func ports(_ text: String) throws -> [Int32] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let port = UInt16(part), port > 0 else {
                throw KubeletServerError(.badRequest, "unable to parse \"\(part)\" as a port")
            }
            return Int32(port)
        }
    }
}

// MARK: - Passing the connection on

extension CommandEndpoints {
    private static func requireUpgrade(_ request: HTTPServerRequest) throws {
        guard request.wantsUpgrade else { throw KubeletServerError(.badRequest, "Upgrade request required") }
    }

    private static func pass(_ request: HTTPServerRequest, to text: String) async throws -> HTTPServerResponse {
        guard let url = StreamingURL(text) else {
            throw KubeletServerError(.failed, "cannot stream: the runtime's address \(text) is not one of plain http")
        }
        return try await ReverseProxy.response(
            for: request, to: ProxyTarget(endpoint: .tcp(host: url.host, port: url.port)), uri: url.uri,
            headers: ReverseProxy.forwardedHeaders(request))
    }
}

extension Pod {
    /// Whether that may be the pod's UID. A static pod's clients only know its mirror's, which nobody here knows.
    fileprivate func hasUID(_ uid: String) -> Bool { metadata.uid == uid || isStatic }
}
