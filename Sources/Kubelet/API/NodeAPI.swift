package import KubernetesAPI
package import StructuredData

/// What the kubelet needs of an API server. The executable supplies it; without one the kubelet runs standalone.
///
/// Errors are `NodeAPIError`, or `CancellationError` when the task was cancelled.
package protocol NodeAPI: Sendable {
    func node(_ name: String) async throws -> Node
    /// The node whenever it changes, at first as it is. The stream ends only with its task; lost connections are mended.
    func watchNode(_ name: String) -> AsyncStream<Node>
    func createNode(_ node: Node) async throws -> Node
    /// JSON merge patch of the node's status subresource.
    func patchNodeStatus(_ name: String, _ patch: JSONValue) async throws -> Node

    func lease(namespace: String, name: String) async throws -> Lease
    func createLease(_ lease: Lease) async throws -> Lease
    func replaceLease(_ lease: Lease) async throws -> Lease

    func runtimeClass(_ name: String) async throws -> RuntimeClass

    func createPod(_ pod: Pod) async throws -> Pod
    /// Removes a pod at once (grace period 0) when it still has that UID; not found is success.
    func deletePod(namespace: String, name: String, uid: String) async throws
    /// JSON merge patch of the pod's status subresource; `metadata.uid` in it guards against another pod of that name.
    func patchPodStatus(namespace: String, name: String, _ patch: JSONValue) async throws -> Pod

    func createEvent(_ event: Event) async throws -> Event
    func replaceEvent(_ event: Event) async throws -> Event

    /// The pods bound to a node, first all of them and then each change. The stream ends only with its task; lost
    /// connections are mended, and where changes may have been missed everything is listed again.
    func watchPods(onNode name: String) -> AsyncStream<PodWatchEvent>
}

package enum PodWatchEvent: Sendable {
    /// Everything there is; what is missing is gone.
    case listed([Pod])
    /// Added or changed.
    case changed(Pod)
    case deleted(Pod)
    /// The API server can't be reached for now; told for each attempt.
    case disconnected(String)
}

/// Why the API server did not do what the kubelet asked.
package struct NodeAPIError: Error, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case unreachable, notFound, alreadyExists, conflict, forbidden, unauthorized, invalid, failed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
