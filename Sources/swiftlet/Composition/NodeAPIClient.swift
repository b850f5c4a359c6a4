import Kubelet
import KubeletConfiguration
import KubeletServer
import KubernetesAPI
import KubernetesClient
import Logging
import NIOPosix
import StructuredData

/// The API server, as the kubelet needs it, over the REST client.
struct NodeAPIClient: NodeAPI {
    private let client: KubernetesClient
    private let logger: Logger

    init(_ client: KubernetesClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    func node(_ name: String) async throws -> Node {
        try await translated { try await client.get(Node.self, .nodes, name) }
    }

    func createNode(_ node: Node) async throws -> Node {
        try await translated { try await client.create(.nodes, node) }
    }

    func patchNodeStatus(_ name: String, _ patch: JSONValue) async throws -> Node {
        try await translated { try await client.patch(Node.self, .nodes, name, patch, subresource: "status") }
    }

    func lease(namespace: String, name: String) async throws -> Lease {
        try await translated { try await client.get(Lease.self, .leases(namespace: namespace), name) }
    }

    func createLease(_ lease: Lease) async throws -> Lease {
        try await translated { try await client.create(.leases(namespace: lease.metadata.namespace), lease) }
    }

    func replaceLease(_ lease: Lease) async throws -> Lease {
        let resource = ResourcePath.leases(namespace: lease.metadata.namespace)
        return try await translated { try await client.replace(resource, lease.metadata.name, lease) }
    }

    func runtimeClass(_ name: String) async throws -> RuntimeClass {
        try await translated { try await client.get(RuntimeClass.self, .runtimeClasses, name) }
    }

    func createPod(_ pod: Pod) async throws -> Pod {
        try await translated { try await client.create(.pods(namespace: pod.metadata.namespace), pod) }
    }

    func deletePod(namespace: String, name: String, uid: String) async throws {
        do {
            try await translated {
                _ = try await client.delete(
                    .pods(namespace: namespace), name, DeleteOptions(gracePeriodSeconds: 0, uid: uid))
            }
        } catch let error as NodeAPIError where error.code == .notFound || error.code == .conflict {
            // It is gone, or another one has its name: either way the one meant is no more.
        }
    }

    func patchPodStatus(namespace: String, name: String, _ patch: JSONValue) async throws -> Pod {
        try await translated {
            try await client.patch(Pod.self, .pods(namespace: namespace), name, patch, subresource: "status")
        }
    }

    func createEvent(_ event: Event) async throws -> Event {
        try await translated { try await client.create(.events(namespace: event.metadata.namespace), event) }
    }

    func replaceEvent(_ event: Event) async throws -> Event {
        let resource = ResourcePath.events(namespace: event.metadata.namespace)
        return try await translated { try await client.replace(resource, event.metadata.name, event) }
    }

    func watchPods(onNode name: String) -> AsyncStream<PodWatchEvent> {
        watch(.pods(namespace: nil), "spec.nodeName=\(name)") { Self.podEvent($0) }
    }

    func watchNode(_ name: String) -> AsyncStream<Node> {
        watch(.nodes, "metadata.name=\(name)") { event in
            switch event {
            case .listed(let objects): objects.first.flatMap { try? Node($0) }
            case .changed(let object): try? Node(object)
            case .deleted, .disconnected: nil
            }
        }
    }

    private func watch<Element: Sendable>(
        _ resource: ResourcePath, _ fieldSelector: String,
        _ element: @escaping @Sendable (ListWatch.Event) -> Element?
    ) -> AsyncStream<Element> {
        AsyncStream { continuation in
            let watch = ListWatch(
                client: client, resource: resource, fieldSelector: fieldSelector,
                backoff: Backoff(initial: .milliseconds(200), maximum: .seconds(10)), clock: ContinuousClock(),
                logger: logger)
            // The stream's reader is the only one who ends it, and this task with it.
            let task = Task {
                try? await watch.run { event in
                    if let element = element(event) { continuation.yield(element) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static func podEvent(_ event: ListWatch.Event) -> PodWatchEvent? {
        switch event {
        case .listed(let objects): .listed(objects.compactMap { try? Pod($0) })
        case .changed(let object): (try? Pod(object)).map { .changed($0) }
        case .deleted(let object): (try? Pod(object)).map { .deleted($0) }
        case .disconnected(let error): .disconnected(error.message)
        }
    }

    private func translated<Value>(_ call: () async throws -> Value) async throws -> Value {
        do {
            return try await call()
        } catch let error as KubernetesClientError {
            throw NodeAPIError(error.codeForNode, error.message)
        }
    }
}

extension NodeAPIClient: SubjectAccessReviewer {
    func isAllowed(_ access: NodeAccess) async throws -> Bool {
        let review: JSONValue = [
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": [
                "user": .string(access.user.name), "groups": .array(access.user.groups.map { .string($0) }),
                "resourceAttributes": [
                    "verb": .string(access.verb), "version": "v1", "resource": "nodes",
                    "subresource": .string(access.subresource), "name": .string(access.nodeName),
                ],
            ],
        ]
        let answer = try await client.create(.subjectAccessReviews, review)
        return answer.value(at: "status", "allowed")?.boolValue ?? false
    }
}

extension KubernetesClientError {
    fileprivate var codeForNode: NodeAPIError.Code {
        switch code {
        case .unreachable, .timedOut: .unreachable
        case .invalidKubeconfig, .unexpectedAnswer: .failed
        case .refused:
            if isNotFound {
                .notFound
            } else if isAlreadyExists {
                .alreadyExists
            } else if isConflict {
                .conflict
            } else if isForbidden {
                .forbidden
            } else if isUnauthorized {
                .unauthorized
            } else {
                isInvalid ? .invalid : .failed
            }
        }
    }
}

extension KubeletComposition {
    /// The API server to join; `nil` when the kubelet runs standalone.
    func makeNodeAPI() throws -> NodeAPIClient? {
        guard !flags.isStandalone else { return nil }
        let kubeconfig = try Kubeconfig(path: flags.kubeconfig)
        let client = try KubernetesClient(
            kubeconfig, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, clock: ContinuousClock())
        return NodeAPIClient(client, logger: logger)
    }
}
