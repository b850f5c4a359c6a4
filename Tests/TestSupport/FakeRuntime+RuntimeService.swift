package import ContainerRuntime
import HostSystem

extension FakeRuntime: RuntimeService {
    package func version() async throws -> RuntimeVersion {
        try await note(.version)
        return state.version
    }

    package func status() async throws -> RuntimeStatus {
        try await note(.status)
        let state = state
        return RuntimeStatus(
            conditions: state.conditions, handlers: state.handlers,
            supplementalGroupsPolicy: state.hasSupplementalGroupsPolicy)
    }

    package func runPodSandbox(_ configuration: SandboxConfiguration) async throws -> SandboxID {
        try await note(.runPodSandbox, configuration.metadata.name)
        let time = now()
        return try update { state in
            guard !state.sandboxes.values.contains(where: { $0.metadata == configuration.metadata }) else {
                throw ContainerRuntimeError(.alreadyExists, "the sandbox's name is taken")
            }
            let id = SandboxID(nextID(&state, "sandbox"))
            let hasOwnNetwork = configuration.linux.securityContext.namespaces.network != .node
            state.sandboxes[id] = RuntimeSandbox(
                id: id, metadata: configuration.metadata, state: .ready, createdAt: time,
                addresses: hasOwnNetwork ? ["10.88.0.\(state.sandboxes.count % 250 + 2)"] : [],
                namespaces: configuration.linux.securityContext.namespaces, labels: configuration.labels,
                annotations: configuration.annotations, runtimeHandler: configuration.runtimeHandler)
            state.sandboxConfigurations[id] = configuration
            tell(id.rawValue, .created, &state)
            tell(id.rawValue, .started, &state)
            return id
        }
    }

    package func stopPodSandbox(_ id: SandboxID) async throws {
        try await note(.stopPodSandbox, name(of: id))
        for container in state.containers.values where container.sandboxID == id { end(container.id, code: 137) }
        update { state in
            guard state.sandboxes[id]?.state == .ready else { return }
            state.sandboxes[id]?.state = .notReady
            state.sandboxes[id]?.addresses = []
            tell(id.rawValue, .stopped, &state)
        }
    }

    package func removePodSandbox(_ id: SandboxID) async throws {
        try await note(.removePodSandbox, name(of: id))
        for container in state.containers.values where container.sandboxID == id { end(container.id, code: 137) }
        update { state in
            for container in state.containers.values where container.sandboxID == id {
                remove(container.id, &state)
            }
            guard state.sandboxes.removeValue(forKey: id) != nil else { return }
            state.sandboxConfigurations[id] = nil
            tell(id.rawValue, .removed, &state)
        }
    }

    package func podSandboxStatus(_ id: SandboxID) async throws -> RuntimeSandbox {
        try await note(.podSandboxStatus, name(of: id))
        guard let sandbox = state.sandboxes[id] else {
            throw ContainerRuntimeError(.notFound, "cannot get sandbox \(id): not found")
        }
        return sandbox
    }

    package func listPodSandboxes(_ filter: RuntimeFilter) async throws -> [RuntimeSandbox] {
        try await note(.listPodSandboxes)
        return state.sandboxes.values
            .filter { sandbox in
                (filter.id == nil || filter.id == sandbox.id.rawValue)
                    && filter.labels.allSatisfy { sandbox.labels[$0.key] == $0.value }
            }
            .map { sandbox in
                var listed = sandbox
                listed.addresses = []
                listed.namespaces = NamespaceOptions()
                return listed
            }
    }

    package func updatePodCIDR(_ cidr: String) async throws { try await note(.updatePodCIDR, cidr) }
}

// MARK: - Containers

extension FakeRuntime {
    package func createContainer(
        _ configuration: ContainerConfiguration, in sandbox: SandboxID, sandboxConfiguration: SandboxConfiguration
    ) async throws -> ContainerID {
        try await note(.createContainer, configuration.name)
        let time = now()
        return try update { state in
            guard state.sandboxes[sandbox]?.state == .ready else {
                throw ContainerRuntimeError(.notFound, "cannot create container: sandbox \(sandbox) is not running")
            }
            let image = state.images.values.first {
                let name = configuration.image.image
                return $0.id == name || $0.repoTags.contains(name) || $0.repoDigests.contains(name)
            }
            guard let image else {
                throw ContainerRuntimeError(.notFound, "cannot create container: no image \(configuration.image.image)")
            }
            let isTaken = state.containers.values.contains {
                $0.sandboxID == sandbox && $0.name == configuration.name && $0.attempt == configuration.attempt
            }
            guard !isTaken else { throw ContainerRuntimeError(.alreadyExists, "the container's name is taken") }
            let id = ContainerID(nextID(&state, "container"))
            state.containers[id] = RuntimeContainer(
                id: id, sandboxID: sandbox, name: configuration.name, attempt: configuration.attempt, state: .created,
                createdAt: time, image: configuration.image.userSpecified,
                imageRef: image.repoDigests.first ?? image.id,
                imageID: image.id, labels: configuration.labels, annotations: configuration.annotations,
                mounts: configuration.mounts, logPath: "\(sandboxConfiguration.logDirectory)/\(configuration.logPath)")
            state.containerConfigurations[id] = configuration
            state.resources[id] = configuration.resources
            tell(id.rawValue, .created, &state)
            return id
        }
    }

    package func startContainer(_ id: ContainerID) async throws {
        do {
            try await note(.startContainer, name(of: id))
        } catch let error as ContainerRuntimeError where error.code == .failed {
            failStart(of: id, error.message)
            throw error
        }
        try createLog(of: try existing(id))
        let time = now()
        let exitCode: Int32? = try update { state in
            guard let container = state.containers[id] else {
                throw ContainerRuntimeError(.notFound, "cannot start container \(id): not found")
            }
            guard container.state == .created else {
                throw ContainerRuntimeError(.failed, "cannot start container \(id): it was started before")
            }
            state.containers[id]?.state = .running
            state.containers[id]?.startedAt = time
            tell(id.rawValue, .started, &state)
            return state.exitsAtOnce[container.name]
        }
        if let exitCode { end(id, code: exitCode) }
    }

    /// As containerd leaves it: ended, without having begun.
    private func failStart(of id: ContainerID, _ message: String) {
        let time = now()
        update { state in
            state.containers[id]?.state = .exited
            state.containers[id]?.finishedAt = time
            state.containers[id]?.exitCode = 128
            state.containers[id]?.reason = "StartError"
            state.containers[id]?.message = message
        }
    }

    package func stopContainer(_ id: ContainerID, gracePeriod seconds: Int64) async throws {
        let name = name(of: id)
        try await note(.stopContainer, name)
        let behavior = update { state in
            state.gracePeriods[name, default: []].append(seconds)
            return state.stopBehaviors[name] ?? .exit(code: 143)
        }
        switch behavior {
        case .exit(let code): end(id, code: code)
        case .hang: try await wait { $0.containers[id]?.state != .running }
        }
    }

    package func removeContainer(_ id: ContainerID) async throws {
        try await note(.removeContainer, name(of: id))
        end(id, code: 137)
        update { remove(id, &$0) }
    }

    private func remove(_ id: ContainerID, _ state: inout State) {
        guard state.containers.removeValue(forKey: id) != nil else { return }
        state.containerConfigurations[id] = nil
        state.resources[id] = nil
        tell(id.rawValue, .removed, &state)
    }

    package func listContainers(_ filter: RuntimeFilter) async throws -> [RuntimeContainer] {
        try await note(.listContainers)
        return state.containers.values.filter { matches($0, filter) }.map { container in
            var listed = container
            listed.startedAt = nil
            listed.finishedAt = nil
            listed.exitCode = 0
            listed.reason = ""
            listed.message = ""
            listed.mounts = []
            listed.logPath = ""
            return listed
        }
    }

    package func containerStatus(_ id: ContainerID) async throws -> RuntimeContainer {
        try await note(.containerStatus, name(of: id))
        return try existing(id)
    }

    package func updateContainerResources(_ id: ContainerID, _ resources: LinuxResources) async throws {
        try await note(.updateContainerResources, name(of: id))
        _ = try existing(id)
        update { $0.resources[id] = resources }
    }

    package func reopenContainerLog(_ id: ContainerID) async throws {
        try await note(.reopenContainerLog, name(of: id))
        let container = try existing(id)
        guard container.state == .running else {
            throw ContainerRuntimeError(.failed, "cannot reopen log of container \(id): container is not running")
        }
        try createLog(of: container)
    }

    private func createLog(of container: RuntimeContainer) throws {
        // Some tests have no directory for logs.
        guard HostFiles.exists(HostFiles.parent(of: container.logPath)) else { return }
        try HostFiles.createFile(container.logPath, mode: 0o640)
    }

    package func listContainerStats(_ filter: RuntimeFilter) async throws -> [RuntimeContainerStats] {
        try await note(.listContainerStats)
        let state = state
        return state.stats.values.filter { stats in
            state.containers[stats.id].map { matches($0, filter) } ?? false
        }
    }

    private func existing(_ id: ContainerID) throws -> RuntimeContainer {
        guard let container = state.containers[id] else {
            throw ContainerRuntimeError(.notFound, "cannot get container \(id): not found")
        }
        return container
    }

    private func matches(_ container: RuntimeContainer, _ filter: RuntimeFilter) -> Bool {
        (filter.id == nil || filter.id == container.id.rawValue)
            && (filter.sandboxID == nil || filter.sandboxID == container.sandboxID)
            && filter.labels.allSatisfy { container.labels[$0.key] == $0.value }
    }
}

// MARK: - Commands and streams

extension FakeRuntime {
    package func execSync(_ id: ContainerID, command: [String], timeout seconds: Int64) async throws -> ExecResult {
        try await note(.execSync, name(of: id))
        guard try existing(id).state == .running else {
            throw ContainerRuntimeError(.failed, "cannot run a command in container \(id): it is not running")
        }
        return try await runExecHandler(name(of: id), command)
    }

    package func exec(_ request: ExecRequest) async throws -> String {
        try await note(.exec, name(of: request.container))
        return update { state in
            state.execRequests.append(request)
            return "\(state.streamingURL)/exec/\(nextID(&state, "token"))"
        }
    }

    package func attach(_ request: AttachRequest) async throws -> String {
        try await note(.attach, name(of: request.container))
        return update { state in
            state.attachRequests.append(request)
            return "\(state.streamingURL)/attach/\(nextID(&state, "token"))"
        }
    }

    package func portForward(_ sandbox: SandboxID, ports: [Int32]) async throws -> String {
        try await note(.portForward, name(of: sandbox))
        return update { state in "\(state.streamingURL)/portforward/\(nextID(&state, "token"))" }
    }
}
