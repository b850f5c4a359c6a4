internal import CRIProtocol
package import ContainerRuntime
internal import GRPCCore

/// Pod sandboxes and containers over the CRI; each method is one call.
///
/// With the events of a containerd that tells of exits before its CRI plugin does, statuses and lists show them too;
/// removing such a container fails until the plugin has caught up, some tens of milliseconds later.
///
/// Calls wait for a runtime that is away, as long as their time allows, except `version()` and `status()`, which fail
/// at once so that the node's health is known.
package struct CRIRuntimeService: RuntimeService {
    let connection: CRIConnection

    package init(_ connection: CRIConnection) {
        self.connection = connection
    }

    package func version() async throws -> RuntimeVersion {
        try await connection.version(timeout: connection.configuration.requestTimeout, waitForReady: false)
    }

    package func status() async throws -> RuntimeStatus {
        let timeout = connection.configuration.requestTimeout
        let response = try await connection.call("get runtime status", timeout: timeout, waitForReady: false) {
            try await connection.runtime.status(Runtime_V1_StatusRequest(), options: $0)
        }
        return RuntimeStatus(response)
    }

    package func updatePodCIDR(_ cidr: String) async throws {
        var request = Runtime_V1_UpdateRuntimeConfigRequest()
        request.runtimeConfig.networkConfig.podCidr = cidr
        _ = try await connection.call("update pod CIDR of runtime to \(cidr)") {
            try await connection.runtime.updateRuntimeConfig(request, options: $0)
        }
    }
}

// MARK: - Sandboxes

extension CRIRuntimeService {
    package func runPodSandbox(_ configuration: SandboxConfiguration) async throws -> SandboxID {
        var request = Runtime_V1_RunPodSandboxRequest()
        request.config = configuration.message
        request.runtimeHandler = configuration.runtimeHandler
        let pod = "\(configuration.metadata.namespace)/\(configuration.metadata.name)"
        // Twice the time of other calls, as upstream's: a sandbox may have to pull its image and set up a network.
        let timeout = connection.configuration.requestTimeout * 2
        let response = try await connection.call("run sandbox of pod \(pod)", timeout: timeout) {
            try await connection.runtime.runPodSandbox(request, options: $0)
        }
        return SandboxID(response.podSandboxID)
    }

    package func stopPodSandbox(_ id: SandboxID) async throws {
        var request = Runtime_V1_StopPodSandboxRequest()
        request.podSandboxID = id.rawValue
        let timeout = connection.configuration.requestTimeout
        try await connection.callIgnoringNotFound("stop sandbox \(id)", timeout: timeout) {
            _ = try await connection.runtime.stopPodSandbox(request, options: $0)
        }
    }

    package func removePodSandbox(_ id: SandboxID) async throws {
        var request = Runtime_V1_RemovePodSandboxRequest()
        request.podSandboxID = id.rawValue
        let timeout = connection.configuration.requestTimeout
        try await connection.callIgnoringNotFound("remove sandbox \(id)", timeout: timeout) {
            _ = try await connection.runtime.removePodSandbox(request, options: $0)
        }
    }

    package func podSandboxStatus(_ id: SandboxID) async throws -> RuntimeSandbox {
        var request = Runtime_V1_PodSandboxStatusRequest()
        request.podSandboxID = id.rawValue
        let response = try await connection.call("get status of sandbox \(id)") {
            try await connection.runtime.podSandboxStatus(request, options: $0)
        }
        return connection.exits.correct(RuntimeSandbox(response.status))
    }

    package func listPodSandboxes(_ filter: RuntimeFilter) async throws -> [RuntimeSandbox] {
        var request = Runtime_V1_ListPodSandboxRequest()
        request.filter.id = filter.id ?? filter.sandboxID?.rawValue ?? ""
        request.filter.labelSelector = filter.labels
        let response = try await connection.call("list sandboxes") {
            try await connection.runtime.listPodSandbox(request, options: $0)
        }
        return response.items.map { connection.exits.correct(RuntimeSandbox($0)) }
    }
}
