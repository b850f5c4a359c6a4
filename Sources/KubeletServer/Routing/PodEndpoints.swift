import ContainerRuntime
import HTTPServing
import Kubelet
import KubernetesAPI
import PodLifecycle
import StructuredData

/// `/pods` and `/runningpods/`.
struct PodEndpoints: Sendable {
    let queries: any KubeletQueries
    let runtime: any RuntimeService

    /// The pods that the kubelet shall run, with their status.
    func list() async -> HTTPServerResponse {
        Self.podList(await queries.pods().map { $0.encoded() })
    }

    /// The pods that the runtime runs, as far as it knows them. A list apart from the first: it may have pods that the
    /// kubelet doesn't know any more.
    func listRunning() async throws -> HTTPServerResponse {
        var pods: [PodUID: Pod] = [:]
        for container in try await runtime.listContainers(.all) where container.state == .running {
            guard let uid = container.labels[RuntimeLabels.podUID] else { continue }
            var pod = pods[PodUID(uid)] ?? Pod()
            pod.metadata.uid = uid
            pod.metadata.name = container.labels[RuntimeLabels.podName] ?? ""
            pod.metadata.namespace = container.labels[RuntimeLabels.podNamespace] ?? ""
            var entry = Container()
            entry.name = container.name
            entry.image = container.image.isEmpty ? container.imageRef : container.image
            pod.spec.containers.append(entry)
            pods[PodUID(uid)] = pod
        }
        let sorted = pods.values.sorted {
            ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name)
        }
        return Self.podList(sorted.map { $0.encoded() })
    }

    private static func podList(_ items: [JSONValue]) -> HTTPServerResponse {
        let list: JSONValue = ["kind": "PodList", "apiVersion": "v1", "metadata": [:], "items": .array(items)]
        return .json(list.serialized())
    }
}

extension KubeletQueries {
    /// The pod of that namespace and name.
    func pod(_ target: KubeletRoute.Target) async -> Pod? {
        await pods().first { $0.metadata.namespace == target.namespace && $0.metadata.name == target.pod }
    }
}
