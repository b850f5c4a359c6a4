import Kubelet
import KubernetesAPI
import StructuredData

/// An API server in memory that has pods and nothing else.
final class FakeNodeAPI: NodeAPI {
    struct State: Sendable {
        var pods: [PodFullName: Pod] = [:]
        /// What creations, and new statuses of pods that are no mirrors, are answered, by name.
        var refusals: [PodFullName: NodeAPIError] = [:]
        var creations = 0
        /// Handlers by the names of their classes.
        var runtimeClasses: [String: String] = [:]
        var serial = 0
        var watchers: [AsyncStream<PodWatchEvent>.Continuation] = []
    }

    private let state = Watched(State())

    var pods: [PodFullName: Pod] { state.value.pods }

    func update(_ change: (inout State) -> Void) { state.update(change) }

    func wait(until condition: @escaping @Sendable (State) -> Bool) async throws {
        try await state.wait(until: condition)
    }

    /// Puts a pod there, as somebody else.
    func put(_ pod: Pod) {
        state.update { state in
            state.pods[pod.fullName] = pod
            for watcher in state.watchers { watcher.yield(.changed(pod)) }
        }
    }

    /// Removes a pod, as somebody else.
    func remove(_ name: PodFullName) {
        state.update { state in
            guard let pod = state.pods.removeValue(forKey: name) else { return }
            for watcher in state.watchers { watcher.yield(.deleted(pod)) }
        }
    }

    // MARK: Pods

    func createPod(_ pod: Pod) async throws -> Pod {
        try state.update { state in
            state.creations += 1
            if let refusal = state.refusals[pod.fullName] { throw refusal }
            guard state.pods[pod.fullName] == nil else {
                throw NodeAPIError(.alreadyExists, "pods \"\(pod.metadata.name)\" already exists")
            }
            state.serial += 1
            var created = pod
            created.metadata.uid = "mirror-\(state.serial)"
            state.pods[pod.fullName] = created
            for watcher in state.watchers { watcher.yield(.changed(created)) }
            return created
        }
    }

    func deletePod(namespace: String, name: String, uid: String) async throws {
        let fullName = PodFullName(name: name, namespace: namespace)
        guard var pod = pods[fullName], pod.metadata.uid == uid else { return }
        if pod.metadata.finalizers.isEmpty { return remove(fullName) }
        pod.metadata.deletionGracePeriodSeconds = 0
        put(pod)
    }

    func patchPodStatus(namespace: String, name: String, _ patch: JSONValue) async throws -> Pod {
        let fullName = PodFullName(name: name, namespace: namespace)
        return try state.update { state in
            guard var pod = state.pods[fullName] else { throw NodeAPIError(.notFound, "no such pod") }
            if !pod.isMirror, let refusal = state.refusals[fullName] { throw refusal }
            pod.status = try PodStatus(patch["status"] ?? .null)
            state.pods[fullName] = pod
            for watcher in state.watchers { watcher.yield(.changed(pod)) }
            return pod
        }
    }

    func watchPods(onNode name: String) -> AsyncStream<PodWatchEvent> {
        let (stream, continuation) = AsyncStream<PodWatchEvent>.makeStream()
        state.update { state in
            continuation.yield(.listed(Array(state.pods.values)))
            state.watchers.append(continuation)
        }
        return stream
    }

    func runtimeClass(_ name: String) async throws -> RuntimeClass {
        guard let handler = state.value.runtimeClasses[name] else {
            throw NodeAPIError(.notFound, "runtimeclasses.node.k8s.io \"\(name)\" not found")
        }
        var found = RuntimeClass()
        found.handler = handler
        return found
    }

    // MARK: What no test of pods asks for

    private static let nothing = NodeAPIError(.failed, "there are only pods here")

    func node(_ name: String) async throws -> Node { throw Self.nothing }
    func watchNode(_ name: String) -> AsyncStream<Node> { AsyncStream { _ in } }
    func createNode(_ node: Node) async throws -> Node { throw Self.nothing }
    func patchNodeStatus(_ name: String, _ patch: JSONValue) async throws -> Node { throw Self.nothing }
    func lease(namespace: String, name: String) async throws -> Lease { throw Self.nothing }
    func createLease(_ lease: Lease) async throws -> Lease { throw Self.nothing }
    func replaceLease(_ lease: Lease) async throws -> Lease { throw Self.nothing }
    func createEvent(_ event: Event) async throws -> Event { throw Self.nothing }
    func replaceEvent(_ event: Event) async throws -> Event { throw Self.nothing }
}
