import CRIClient
import ContainerRuntime
import HostSystem
import NIOPosix
import StructuredData

/// All that containerd's CRI has of pods at a moment.
struct RuntimeSnapshot: Sendable {
    var sandboxes: [RuntimeSandbox]
    var containers: [RuntimeContainer]
    /// The `VERSION` in the environment of running containers.
    var versions: [ContainerID: Int] = [:]

    /// - Parameter pod: without the node's name.
    func sandboxes(of pod: String) -> [RuntimeSandbox] {
        sandboxes.filter { $0.metadata.name == TestNode.mirror(pod) }
    }

    func containers(of pod: String) -> [RuntimeContainer] {
        containers.filter { $0.podName == TestNode.mirror(pod) }
    }

    func running(_ container: String, of pod: String) -> [RuntimeContainer] {
        containers(of: pod).filter { $0.name == container && $0.state == .running }
    }
}

extension RuntimeContainer {
    /// The mirror's name.
    var podName: String { labels["io.kubernetes.pod.name"] ?? "" }

    var restartCount: Int { annotations["io.kubernetes.container.restartCount"].flatMap { Int($0) } ?? 0 }
}

extension TestNode {
    /// Runs `body` with a connection to the node's containerd that is closed afterwards.
    func withRuntime<Result: Sendable>(_ body: (CRIRuntimeService) async throws -> Result) async throws -> Result {
        let connection = try CRIConnection(
            to: RuntimeEndpoint(containerdSocket), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            let result = try await body(CRIRuntimeService(connection))
            group.cancelAll()
            return result
        }
    }

    /// What containerd has now.
    func runtime() async throws -> RuntimeSnapshot {
        var snapshot = try await withRuntime { runtime in
            RuntimeSnapshot(
                sandboxes: try await runtime.listPodSandboxes(.all),
                containers: try await runtime.listContainers(.all))
        }
        for container in snapshot.containers where container.state == .running {
            snapshot.versions[container.id] = try version(of: container.id)
        }
        return snapshot
    }

    /// The sandbox of a pod that has one.
    func sandbox(of pod: String) async throws -> SandboxID? {
        try await runtime().sandboxes(of: pod).first { $0.state == .ready }?.id
    }

    /// Reads the bundle that runc was given, which is there for as long as the container runs.
    private func version(of container: ContainerID) throws -> Int? {
        let path = "\(containerdDirectory)/state/io.containerd.runtime.v2.task/k8s.io/\(container)/config.json"
        guard HostFiles.exists(path), let bundle = try? JSONValue(parsing: HostFiles.read(path)) else { return nil }
        let environment = bundle.value(at: "process", "env")?.arrayValue?.compactMap(\.stringValue) ?? []
        return environment.first { $0.hasPrefix("VERSION=") }.flatMap { Int($0.dropFirst("VERSION=".count)) }
    }
}
