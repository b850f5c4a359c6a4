import Glibc
import HTTPServing
package import KubernetesAPI
package import Logging
package import NIOCore
import ObjectStore
import ServiceLifecycle
import StructuredData

/// The API server: one TLS listener over one SQLite file.
package struct KubernetesAPIServer: Service {
    private let configuration: APIServerConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let onReady: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - eventLoopGroup: shared with the rest of the process; the server doesn't shut it down.
    ///   - onReady: called once with the port, when requests are answered.
    package init(
        configuration: APIServerConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = KubernetesAPIServer.wallClock,
        onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.now = now
        self.onReady = onReady
    }

    /// Serves until the service group shuts down gracefully or the task is cancelled; then the store is closed.
    /// - Throws: `ObjectStoreError` when the store can't be opened, `HTTPServingError` when the server can't listen.
    package func run() async throws {
        let tls = try ServerTLS(
            certificateFile: configuration.certificateFile, privateKeyFile: configuration.privateKeyFile,
            clientCAFile: configuration.clientCAFile)
        let kubeletTLS = try ClientTLS.context(
            serverCAFile: configuration.kubeletCAFile, certificateFile: configuration.kubeletClientCertificateFile,
            privateKeyFile: configuration.kubeletClientKeyFile)
        let store = try await Self.openStore(configuration.storePath, now: now)
        let storage = ResourceStorage(store: store)
        do {
            try await Bootstrap(storage: storage, now: now).run()
            let router = APIRouter(
                registry: .standard, storage: storage, kubelets: KubeletConnector(storage: storage, tls: kubeletTLS),
                now: now, logger: logger)
            let server = HTTPServer(
                address: configuration.address, tls: tls, eventLoopGroup: eventLoopGroup, logger: logger,
                onBound: onReady
            ) { try await router.respond(to: $0) }
            try await server.run()
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    static func openStore(_ path: String, now: @escaping @Sendable () -> Timestamp) async throws -> SQLiteObjectStore {
        var configuration = SQLiteObjectStore.Configuration(path: path)
        configuration.stamp = ObjectCodec.stamp
        configuration.now = { now().seconds }
        return try await SQLiteObjectStore.open(configuration)
    }

    /// The system's clock.
    package static let wallClock: @Sendable () -> Timestamp = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }
}

/// Makes what must be there before the first request.
struct Bootstrap: Sendable {
    let storage: ResourceStorage
    let now: @Sendable () -> Timestamp

    func run() async throws {
        for name in Admission.initialNamespaces {
            let target = ObjectTarget(resource: ResourceRegistry.namespaces, namespace: "", name: name)
            guard try await storage.find(target) == nil else { continue }
            var namespace: JSONValue = ["metadata": ["name": .string(name)]]
            namespace.setMetadata("uid", .string(ObjectLifecycle.randomUID()))
            namespace.setMetadata("creationTimestamp", .string(now().rfc3339))
            try NamespaceStrategy().prepareForCreate(&namespace)
            _ = try await storage.create(target, namespace)
        }
    }
}
