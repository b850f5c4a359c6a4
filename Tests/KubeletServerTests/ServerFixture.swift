import ClusterPKI
import ContainerRuntime
import Glibc
import HTTPServing
import HostSystem
import Kubelet
import KubernetesAPI
import Logging
import NIOPosix
import NIOSSL
import PodLifecycle
import Synchronization
import TestSupport

@testable import KubeletServer

/// A directory that is gone with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/swiftlet-kubelet-server-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(path, mode: 0o700)
    }

    deinit { try? HostFiles.removeTree(path) }
}

/// Always the same moment; waiting takes no time.
struct StillClock: KubeletClock {
    func now() -> Timestamp { Timestamp(seconds: 1_800_000_000) }

    func sleep(until moment: Timestamp) async throws {}
}

/// A kubelet that has these pods, running in the fake runtime.
struct FakeQueries: KubeletQueries {
    let runtime: FakeRuntime
    var pod: Pod
    var problem: String?

    func pods() async -> [Pod] {
        var pod = pod
        pod.status.containerStatuses = runtime.state.containers.values.map { container in
            var status = ContainerStatus()
            status.name = container.name
            status.containerID = "containerd://\(container.id)"
            if container.state == .running {
                status.state.running = ContainerStateRunning()
            } else {
                status.state.terminated = ContainerStateTerminated()
                status.state.terminated?.containerID = status.containerID
            }
            return status
        }
        return [pod]
    }

    func runtimeState(namespace: String, name: String) async throws -> PodRuntimeState? {
        guard name == pod.metadata.name, namespace == pod.metadata.namespace else { return nil }
        let state = runtime.state
        return PodRuntimeState(
            uid: pod.uid, name: name, namespace: namespace, sandboxes: Array(state.sandboxes.values),
            containers: Array(state.containers.values))
    }

    func healthProblem() async -> String? { problem }
}

/// A pod `default/web` with a running container `app`, its log in a directory of its own.
struct RunningPod: Sendable {
    let directory: TemporaryDirectory
    let runtime: FakeRuntime
    let queries: FakeQueries
    let containerID: ContainerID

    var logPath: String { directory.path + "/app/0.log" }

    init(tty: Bool = false, problem: String? = nil) async throws {
        directory = try TemporaryDirectory()
        try HostFiles.createDirectory(directory.path + "/app")
        runtime = FakeRuntime(
            images: ["busybox"],
            execHandler: { _, command in
                ExecResult(stdout: Array(command.joined(separator: "|").utf8), stderr: [], exitCode: 0)
            }, clock: { StillClock().now() })
        var pod = Pod()
        pod.metadata.name = "web"
        pod.metadata.namespace = "default"
        pod.metadata.uid = "uid-1"
        var app = Container()
        app.name = "app"
        app.image = "busybox"
        app.tty = tty
        pod.spec.containers = [app]
        queries = FakeQueries(runtime: runtime, pod: pod, problem: problem)
        let labels = [
            RuntimeLabels.podUID: "uid-1", RuntimeLabels.podName: "web", RuntimeLabels.podNamespace: "default",
        ]
        let sandbox = SandboxConfiguration(
            metadata: SandboxMetadata(name: "web", uid: "uid-1", namespace: "default"), logDirectory: directory.path,
            labels: labels)
        let sandboxID = try await runtime.runPodSandbox(sandbox)
        var container = ContainerConfiguration(
            name: "app", attempt: 0, image: ImageReference("busybox", userSpecified: "busybox"), logPath: "app/0.log")
        container.labels = labels
        containerID = try await runtime.createContainer(container, in: sandboxID, sandboxConfiguration: sandbox)
        try await runtime.startContainer(containerID)
    }

    var exits: RuntimeContainerExits {
        RuntimeContainerExits(runtime: runtime, events: runtime, clock: StillClock())
    }
}

let testHost = KubeletServerHost(
    group: MultiThreadedEventLoopGroup.singleton, threads: .singleton, clock: StillClock(),
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

/// A CA of its own, and what it signs.
struct TestAuthority: Sendable {
    let directory: TemporaryDirectory
    private let authority: CertificateAuthority
    private let now = Int64(time(nil))

    init() throws {
        directory = try TemporaryDirectory()
        authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
    }

    func serverTLS() throws -> ServerTLS {
        let files = KeyPairFiles(directory: directory.path, name: "server")
        let request = LeafRequest.server(commonName: "node", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
        try authority.ensure(request, in: files, now: now)
        return try ServerTLS(
            certificateFile: files.certificate, privateKeyFile: files.privateKey,
            clientCAFile: authority.certificateFile)
    }

    /// A client that trusts everybody and shows a certificate of this CA, or none.
    func clientTLS(as name: String?, groups: [String] = []) throws -> NIOSSLContext {
        guard let name else { return try ClientTLS.context(serverCAFile: nil) }
        let files = KeyPairFiles(directory: directory.path, name: "client-\(name)")
        try authority.ensure(.client(commonName: name, organizations: groups), in: files, now: now)
        return try ClientTLS.context(
            serverCAFile: nil, certificateFile: files.certificate, privateKeyFile: files.privateKey)
    }
}

/// Runs a kubelet's server on free ports while `body` runs.
func withKubeletServer(
    _ pod: RunningPod, authority: TestAuthority, configure: (inout KubeletServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable ([KubeletServer.Listener: Int]) async throws -> Void
) async throws {
    let free = ListenAddress(host: "127.0.0.1", port: 0)
    var configuration = KubeletServerConfiguration(
        address: free, tls: try authority.serverTLS(), nodeName: "node-1", authorization: .alwaysAllow,
        configz: { Array(#"{"kubeletconfig":{"staticPodPath":"/m"}}"#.utf8) })
    configuration.healthzAddress = free
    configuration.readOnlyAddress = free
    configuration.systemLogDirectory = pod.directory.path
    configure(&configuration)
    let (bound, continuation) = AsyncStream<(KubeletServer.Listener, Int)>.makeStream()
    let server = KubeletServer(
        configuration: configuration, queries: pod.queries, runtime: pod.runtime, exits: pod.exits, host: testHost,
        onBound: { continuation.yield(($0, $1)) })
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            try await server.run()
        }
        var ports: [KubeletServer.Listener: Int] = [:]
        for await (listener, port) in bound {
            ports[listener] = port
            guard ports.count == 3 else { continue }
            try await body(ports)
            group.cancelAll()
        }
        try await group.waitForAll()
    }
}
