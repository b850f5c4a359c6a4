import ContainerLogs
package import ContainerRuntime
import HostSystem
import KubernetesAPI
package import Logging
import PodLifecycle

/// Carries out what was decided for a pod. Every step may be repeated after a crash in the middle of it.
package struct PodActuator: Sendable {
    let runtime: any RuntimeService
    let monitor: RuntimeMonitor
    let images: ImagePuller
    let volumes: PodVolumes
    let translation: PodTranslation
    let hooks: LifecycleHooks
    let events: any EventSink
    let logger: Logger
    /// For the calls that start something. Sandboxes come after containers, so that pods get ready one by one instead of
    /// all at the end.
    let starts: Turns

    package init(
        runtime: any RuntimeService, monitor: RuntimeMonitor, images: ImagePuller, volumes: PodVolumes,
        translation: PodTranslation, hooks: LifecycleHooks, events: any EventSink, logger: Logger, starts: Turns
    ) {
        self.starts = starts
        self.runtime = runtime
        self.monitor = monitor
        self.images = images
        self.volumes = volumes
        self.translation = translation
        self.hooks = hooks
        self.events = events
        self.logger = logger
    }

    /// A sandbox that containers can start in.
    struct ReadySandbox: Sendable {
        var id: SandboxID
        var configuration: SandboxConfiguration
        var addresses: [String]
        /// By their names.
        var volumes: [String: PreparedVolume]
    }

    // MARK: Sandboxes

    /// The ready sandbox, with what containers in it need.
    func adoptSandbox(_ sandbox: RuntimeSandbox, for pod: Pod) async throws -> ReadySandbox {
        ReadySandbox(
            id: sandbox.id,
            configuration: try await configuration(of: pod, attempt: sandbox.metadata.attempt, present: sandbox),
            addresses: sandbox.addresses, volumes: try prepareVolumes(of: pod))
    }

    /// Makes a sandbox in place of those that are left.
    func createSandbox(for pod: Pod, attempt: UInt32, replacing old: [RuntimeSandbox]) async throws -> ReadySandbox {
        try await checkNetwork(for: pod)
        if !old.isEmpty {
            events.record(
                .normal, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.",
                about: EventTarget(pod: pod))
        }
        for sandbox in old where sandbox.metadata.attempt < attempt { try await runtime.stopPodSandbox(sandbox.id) }
        let configuration: SandboxConfiguration
        do {
            configuration = try await self.configuration(of: pod, attempt: attempt)
        } catch let error where !(error is CancellationError) {
            recordFailedSandbox(pod, error)
            throw error
        }
        try HostFiles.createDirectory(translation.paths.pod(pod.uid), mode: 0o750)
        try HostFiles.createDirectory(configuration.logDirectory, mode: 0o755)
        let prepared = try prepareVolumes(of: pod)
        let id: SandboxID
        do {
            id = try await starts.withTurn(.beginning) {
                try await uncancelled { try await runtime.runPodSandbox(configuration) }
            }
        } catch let error as ContainerRuntimeError {
            recordFailedSandbox(pod, error)
            throw error
        }
        await monitor.noteCreated(id, of: pod.uid)
        let status = try await monitor.state(of: pod.uid)
        let addresses = status.sandboxes.first { $0.id == id }?.addresses ?? []
        return ReadySandbox(id: id, configuration: configuration, addresses: addresses, volumes: prepared)
    }

    private func recordFailedSandbox(_ pod: Pod, _ error: any Error) {
        let message = "Failed to create pod sandbox: \(Self.words(for: error))"
        events.record(.warning, "FailedCreatePodSandBox", message, about: EventTarget(pod: pod))
    }

    /// An error as users are told of it: of the runtime's only what the runtime said.
    private static func words(for error: any Error) -> String {
        (error as? ContainerRuntimeError)?.detail ?? "\(error)"
    }

    /// Holds back a pod that wants a network of its own while the runtime has none to give.
    /// - Throws: `SandboxError` after it recorded an event, `ContainerRuntimeError` when the runtime is away.
    private func checkNetwork(for pod: Pod) async throws {
        guard !pod.spec.hostNetwork, let problem = try await runtime.status().networkProblem else { return }
        let message = "network is not ready: \(problem)"
        events.record(.warning, "NetworkNotReady", message, about: EventTarget(pod: pod))
        throw SandboxError(message)
    }

    private func prepareVolumes(of pod: Pod) throws -> [String: PreparedVolume] {
        do {
            return try volumes.prepare(pod)
        } catch {
            events.record(.warning, "FailedMount", "\(error)", about: EventTarget(pod: pod))
            throw error
        }
    }

    // MARK: Containers

    /// Creates and starts one container whose image is there.
    /// - Throws: `ContainerStartError` when the spec or the runtime refuses, `ContainerRuntimeError` when the runtime is
    ///   away; in each case after it recorded an event.
    func start(
        _ start: PodActions.ContainerStart, _ container: Container, of version: PodTarget, image: RuntimeImage,
        in sandbox: ReadySandbox
    ) async throws {
        let pod = version.pod
        let target = EventTarget(pod: pod, container: container.name)
        var start = start
        if start.created == nil, start.restartCount == 0 {
            // The runtime may have lost those before, whose logs are still there.
            start.restartCount = try ContainerLogFiles.nextNumber(
                in: "\(sandbox.configuration.logDirectory)/\(container.name)")
        }
        let id: ContainerID
        if let created = start.created, try await takeUp(created, of: pod.uid) {
            id = created
        } else {
            id = try await create(start, container, of: version, image: image, in: sandbox)
            do {
                try await startInTurn(id)
            } catch let error as ContainerRuntimeError {
                await monitor.noteChanged(id.rawValue)
                // The runtime names the container by its ID, which is another one at each attempt: events would not add up.
                let detail = error.detail.replacing(id.rawValue, with: container.name)
                events.record(.warning, "Failed", "Error: \(detail)", about: target)
                throw Self.refusal(.runContainerError, error, detail)
            }
        }
        await monitor.noteChanged(id.rawValue)
        events.record(.normal, "Started", "Container started", about: target)
        let subject = LifecycleHooks.Subject(
            pod: pod, container: container, id: id,
            addresses: translation.node.addresses(of: pod, own: sandbox.addresses))
        do {
            try await hooks.afterStart(subject)
        } catch let failure as HookFailure {
            try await stop(subject, message: "FailedPostStartHook")
            throw ContainerStartError(.postStartHookError, failure.description)
        }
    }

    private func create(
        _ start: PodActions.ContainerStart, _ container: Container, of version: PodTarget, image: RuntimeImage,
        in sandbox: ReadySandbox
    ) async throws -> ContainerID {
        let pod = version.pod
        let target = EventTarget(pod: pod, container: container.name)
        let id: ContainerID
        do {
            let configuration = try translation.container(
                container, of: version, start: start,
                in: try await surroundings(of: container, in: pod, image: image, sandbox))
            try prepareDirectories(start, container, of: pod, sandbox)
            try writeEtcHosts(of: pod, sandbox)
            id = try await starts.withTurn(.finishing) {
                try await uncancelled {
                    try await runtime.createContainer(
                        configuration, in: sandbox.id, sandboxConfiguration: sandbox.configuration)
                }
            }
        } catch let error where !(error is CancellationError) {
            if let detail = (error as? ContainerStartError)?.detail {
                logger.warning(
                    "cannot create a container",
                    metadata: [
                        "pod": "\(pod.metadata.name)", "container": "\(container.name)", "error": "\(error): \(detail)",
                    ])
            }
            let words = Self.words(for: error)
            events.record(.warning, "Failed", "Error: \(words)", about: target)
            throw Self.refusal(.createContainerError, error, words)
        }
        await monitor.noteCreated(id, in: sandbox.id, of: pod.uid)
        events.record(.normal, "Created", "Container created", about: target)
        return id
    }

    /// Starts a container whose first start came to no end: a kubelet or a runtime died before it or in it.
    /// - Returns: whether it runs. If not it is gone: what that start left may be in the way ("task … already exists",
    ///   says containerd), which tells nothing of the container, and must not count as its failure.
    /// - Throws: also when the first start is still under way.
    private func takeUp(_ created: ContainerID, of uid: PodUID) async throws -> Bool {
        do {
            try await startInTurn(created)
            return true
        } catch let error as ContainerRuntimeError where error.code != .unavailable {
            await monitor.noteChanged(created.rawValue)
            let found = try await monitor.state(of: uid).containers.first { $0.id == created }
            switch found?.state {
            case .running: return true
            case .exited where found?.startedAt == nil: break
            case .created, .exited, .unknown, nil: throw error
            }
            logger.info(
                "making a container anew whose start was cut short",
                metadata: ["containerID": "\(created)", "error": "\(error)"])
            try await removeFromRuntime(created, of: uid)
            return false
        }
    }

    private func startInTurn(_ id: ContainerID) async throws {
        try await starts.withTurn(.finishing) { try await uncancelled { try await runtime.startContainer(id) } }
    }

    /// Carries a call to its end, though nobody wants its result any more: a runtime that loses its client in the middle
    /// may leave behind what nobody knows of.
    private func uncancelled<Value: Sendable>(_ call: @escaping @Sendable () async throws -> Value) async throws
        -> Value
    {
        // It ends with the call, whose end is awaited here.
        try await Task { try await call() }.value
    }

    /// A runtime that is away has refused nothing.
    private static func refusal(
        _ code: ContainerStartError.Code, _ error: any Error, _ detail: String
    ) -> any Error {
        guard let error = error as? ContainerRuntimeError, error.code != .unavailable else { return error }
        return ContainerStartError(code, detail)
    }

    private func prepareDirectories(
        _ start: PodActions.ContainerStart, _ container: Container, of pod: Pod, _ sandbox: ReadySandbox
    ) throws {
        try HostFiles.createDirectory("\(sandbox.configuration.logDirectory)/\(container.name)", mode: 0o755)
        guard !container.terminationMessagePath.isEmpty else { return }
        let file = translation.paths.terminationLog(
            pod.uid, container: container.name, restartCount: start.restartCount)
        try HostFiles.createDirectory(HostFiles.parent(of: file), mode: 0o755)
        // Any user of the container may write its last words.
        try HostFiles.createFile(file, mode: 0o666)
    }

    /// Removes ended containers with their logs, and dead sandboxes that none of the others was in.
    /// - Returns: whether all could be removed.
    func remove(_ old: [RuntimeContainer], of state: PodRuntimeState) async -> Bool {
        var kept = state.containers
        var isClean = true
        for name in Set(state.containers.map(\.name)) {
            do {
                if let newest = state.containers(named: name).first(where: { $0.state == .exited }),
                    newest.startedAt == nil
                {
                    try translation.cgroups.endProcesses(of: newest.id, in: state.uid)
                }
                for container in old where container.name == name {
                    try await remove(container.id, of: state)
                    kept.removeAll { $0.id == container.id }
                }
            } catch is CancellationError {
                return true
            } catch {
                isClean = false
                logger.warning(
                    "cannot remove ended containers", metadata: ["container": "\(name)", "error": "\(error)"])
            }
        }
        return await removeDeadSandboxes(state, keeping: kept) && isClean
    }

    /// Removes sandboxes that have died, unless a container that is kept was in them, or there is no newer one.
    private func removeDeadSandboxes(_ state: PodRuntimeState, keeping kept: [RuntimeContainer]) async -> Bool {
        var isClean = true
        let current = (state.readySandbox ?? state.latestSandbox)?.id
        for sandbox in state.sandboxes
        where sandbox.state != .ready && sandbox.id != current && !kept.contains(where: { $0.sandboxID == sandbox.id })
        {
            do {
                // Its network may still be there.
                try await runtime.stopPodSandbox(sandbox.id)
                try await runtime.removePodSandbox(sandbox.id)
                await monitor.noteChanged(sandbox.id.rawValue)
            } catch is CancellationError {
                return true
            } catch {
                isClean = false
                logger.warning(
                    "cannot remove a dead sandbox", metadata: ["sandboxID": "\(sandbox.id)", "error": "\(error)"])
            }
        }
        return isClean
    }

    /// Removes a container that doesn't run, and its log with the rotated files.
    func remove(_ id: ContainerID, of state: PodRuntimeState) async throws {
        try await removeFromRuntime(id, of: state.uid)
        if let path = state.containers.first(where: { $0.id == id })?.logPath, !path.isEmpty {
            try ContainerLogFiles.remove(path)
        }
    }

    /// Gives a running container other amounts of CPU and memory.
    func resize(_ id: ContainerID, _ resources: LinuxResources) async throws {
        try await runtime.updateContainerResources(id, resources)
        await monitor.noteChanged(id.rawValue)
    }

    /// The state with what ended containers left as their termination messages, after what the runtime says of them.
    func withLastWords(_ state: PodRuntimeState) -> PodRuntimeState {
        state.mappingContainers { container in
            guard container.state == .exited else { return container }
            let file = translation.paths.terminationLog(
                state.uid, container: container.name, restartCount: container.restartCount)
            var known = container
            let words = [container.message, TerminationMessage.read(of: container, file: file) ?? ""]
            known.message = words.filter { !$0.isEmpty }.joined(separator: ": ")
            return known
        }
    }
}
