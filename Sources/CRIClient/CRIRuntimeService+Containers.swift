internal import CRIProtocol
package import ContainerRuntime
internal import GRPCCore

extension CRIRuntimeService {
    package func createContainer(
        _ configuration: ContainerConfiguration, in sandbox: SandboxID, sandboxConfiguration: SandboxConfiguration
    ) async throws -> ContainerID {
        var request = Runtime_V1_CreateContainerRequest()
        request.podSandboxID = sandbox.rawValue
        request.config = try configuration.message()
        request.sandboxConfig = sandboxConfiguration.message
        let response = try await connection.call("create container \(configuration.name) in sandbox \(sandbox)") {
            try await connection.runtime.createContainer(request, options: $0)
        }
        return ContainerID(response.containerID)
    }

    package func startContainer(_ id: ContainerID) async throws {
        var request = Runtime_V1_StartContainerRequest()
        request.containerID = id.rawValue
        _ = try await connection.call("start container \(id)") {
            try await connection.runtime.startContainer(request, options: $0)
        }
    }

    package func stopContainer(_ id: ContainerID, gracePeriod seconds: Int64) async throws {
        var request = Runtime_V1_StopContainerRequest()
        request.containerID = id.rawValue
        request.timeout = max(0, seconds)
        // The call lasts as long as the container takes to end.
        let timeout = connection.configuration.requestTimeout + .seconds(request.timeout)
        try await connection.callIgnoringNotFound("stop container \(id)", timeout: timeout) {
            _ = try await connection.runtime.stopContainer(request, options: $0)
        }
    }

    package func removeContainer(_ id: ContainerID) async throws {
        do {
            try await removeFromCRI(id)
        } catch let error as ContainerRuntimeError where error.isFailedPrecondition {
            // "cannot delete running task": the CRI plugin of containerd 1.6 can lose sight of a task whose start was
            // cut short, even when its process has ended. One that does run, containerd does not delete.
            do {
                try await deleteTask(id)
            } catch let failure as ContainerRuntimeError where failure.code != .notFound {
                throw error
            }
            try await removeFromCRI(id)
        }
    }

    private func removeFromCRI(_ id: ContainerID) async throws {
        var request = Runtime_V1_RemoveContainerRequest()
        request.containerID = id.rawValue
        let timeout = connection.configuration.requestTimeout
        try await connection.callIgnoringNotFound("remove container \(id)", timeout: timeout) {
            _ = try await connection.runtime.removeContainer(request, options: $0)
        }
    }

    private func deleteTask(_ id: ContainerID) async throws {
        var request = Containerd_Services_Tasks_V1_DeleteTaskRequest()
        request.containerID = id.rawValue
        _ = try await connection.call("delete task of container \(id)") {
            try await connection.containerdTasks.delete(
                request, metadata: ContainerdEvent.namespaceMetadata, options: $0)
        }
    }

    package func listContainers(_ filter: RuntimeFilter) async throws -> [RuntimeContainer] {
        var request = Runtime_V1_ListContainersRequest()
        request.filter.id = filter.id ?? ""
        request.filter.podSandboxID = filter.sandboxID?.rawValue ?? ""
        request.filter.labelSelector = filter.labels
        let response = try await connection.call("list containers") {
            try await connection.runtime.listContainers(request, options: $0)
        }
        return response.containers.map { connection.exits.correct(RuntimeContainer($0), isListed: true) }
    }

    /// The CRI doesn't say which sandbox the container is in: `sandboxID` is empty.
    package func containerStatus(_ id: ContainerID) async throws -> RuntimeContainer {
        var request = Runtime_V1_ContainerStatusRequest()
        request.containerID = id.rawValue
        let response = try await connection.call("get status of container \(id)") {
            try await connection.runtime.containerStatus(request, options: $0)
        }
        return connection.exits.correct(RuntimeContainer(response.status))
    }

    package func updateContainerResources(_ id: ContainerID, _ resources: LinuxResources) async throws {
        var request = Runtime_V1_UpdateContainerResourcesRequest()
        request.containerID = id.rawValue
        request.linux = resources.message
        _ = try await connection.call("update resources of container \(id)") {
            try await connection.runtime.updateContainerResources(request, options: $0)
        }
    }

    package func reopenContainerLog(_ id: ContainerID) async throws {
        var request = Runtime_V1_ReopenContainerLogRequest()
        request.containerID = id.rawValue
        _ = try await connection.call("reopen log of container \(id)") {
            try await connection.runtime.reopenContainerLog(request, options: $0)
        }
    }

    package func listContainerStats(_ filter: RuntimeFilter) async throws -> [RuntimeContainerStats] {
        var request = Runtime_V1_ListContainerStatsRequest()
        request.filter.id = filter.id ?? ""
        request.filter.podSandboxID = filter.sandboxID?.rawValue ?? ""
        request.filter.labelSelector = filter.labels
        let response = try await connection.call("list container stats") {
            try await connection.runtime.listContainerStats(request, options: $0)
        }
        return response.stats.map(RuntimeContainerStats.init)
    }
}
