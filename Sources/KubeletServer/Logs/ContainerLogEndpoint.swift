import ContainerRuntime
import HTTPServing
import Kubelet
import KubernetesAPI
import NIOHTTP1

/// `/containerLogs/NAMESPACE/POD/CONTAINER`.
struct ContainerLogEndpoint: Sendable {
    let queries: any KubeletQueries
    let runtime: any RuntimeService
    let exits: any ContainerExits
    let host: KubeletServerHost

    /// - Throws: `KubeletServerError`, with upstream's texts.
    func response(for target: KubeletRoute.Target, query: QueryParameters) async throws -> HTTPServerResponse {
        let options = try ContainerLogOptions(query)
        guard let pod = await queries.pod(target) else {
            throw KubeletServerError(.notFound, "pod \"\(target.pod)\" does not exist")
        }
        guard pod.spec.container(named: target.container) != nil else {
            throw KubeletServerError(.notFound, "container \"\(target.container)\" not found in pod \"\(target.pod)\"")
        }
        let id = try ContainerLogSelection.container(named: target.container, previous: options.previous, in: pod)
        let container: RuntimeContainer
        do {
            container = try await runtime.containerStatus(id)
        } catch let error as ContainerRuntimeError where error.code == .notFound {
            throw KubeletServerError(
                .badRequest, "unable to retrieve container logs for containerd://\(id)", cause: error)
        }
        let reader = try await ContainerLogReader(of: container, options, exits: exits, host: host)
        return .streaming(status: .ok, headers: ["content-type": "text/plain; charset=utf-8"]) { writer in
            try await reader.copy(to: writer)
        }
    }
}
