import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import StructuredData

/// Ending containers and pods.
extension PodActuator {
    /// Upstream's least time between the two signals, whoever asks for less and whatever a hook has left of it.
    private static let leastGrace: Int64 = 2

    /// Stops one container with its hook and the pod's grace period.
    func stop(_ stop: PodActions.ContainerStop, of pod: Pod, _ state: PodRuntimeState) async throws {
        var subject = subject(stop.id, named: stop.name, of: pod, state)
        if stop.skipsHook { subject.container.lifecycle?.preStop = nil }
        try await self.stop(subject, message: stop.message, gracePeriod: stop.gracePeriod)
    }

    /// How a pod is stopped.
    struct StopManner: Sendable {
        /// Seconds between the two signals.
        var gracePeriod: Int64
        /// Whether hooks have been run before.
        var skipsHooks = false
    }

    /// Stops all of a pod: its containers side by side with the grace period, then its sidecars, the last one first,
    /// then its sandboxes.
    func stopAll(_ pod: Pod, _ state: PodRuntimeState, _ manner: StopManner) async throws {
        let end = hooks.clock.now().adding(seconds: manner.gracePeriod)
        func subject(_ container: RuntimeContainer) -> LifecycleHooks.Subject {
            var subject = self.subject(container.id, named: container.name, of: pod, state)
            if manner.skipsHooks { subject.container.lifecycle?.preStop = nil }
            return subject
        }
        let live = state.containers.filter(\.isLive)
        let sidecars = pod.spec.sidecars.reversed().flatMap { sidecar in live.filter { $0.name == sidecar.name } }
        let others = live.filter { !sidecars.contains($0) }
        let subjects = others.map(subject)
        try await stop(sidecars.map(subject)[...], gracePeriod: manner.gracePeriod, end: end) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for subject in subjects {
                    let message = "Stopping container \(subject.container.name)"
                    group.addTask { try await stop(subject, message: message, gracePeriod: manner.gracePeriod) }
                }
                try await group.waitForAll()
            }
        }
        for sandbox in state.sandboxes {
            try await runtime.stopPodSandbox(sandbox.id)
            await monitor.noteChanged(sandbox.id.rawValue)
        }
    }

    /// Stops a container: its hook first, whose time counts into the grace period, then the signals.
    /// - Parameter gracePeriod: seconds; `nil` for the pod's.
    func stop(_ subject: LifecycleHooks.Subject, message: String, gracePeriod: Int64? = nil) async throws {
        events.record(.normal, "Killing", message, about: subject.target)
        let rest = try await hooks.beforeStop(subject, grace: max(1, gracePeriod ?? subject.pod.gracePeriod))
        try await runtime.stopContainer(subject.id, gracePeriod: max(rest, Self.leastGrace))
        await monitor.noteChanged(subject.id.rawValue)
    }

    /// Stops sidecars one after the other when everything else has stopped. As upstream has it, their hooks run at once
    /// (`pkg/kubelet/kuberuntime/kuberuntime_termination_order.go` and `killContainer`).
    /// - Parameter end: when the grace period is over that all of the pod shares.
    private func stop(
        _ sidecars: ArraySlice<LifecycleHooks.Subject>, gracePeriod: Int64, end: Timestamp,
        after others: @escaping @Sendable () async throws -> Void
    ) async throws {
        guard let last = sidecars.last else { return try await others() }
        events.record(.normal, "Killing", "Stopping container \(last.container.name)", about: last.target)
        async let hook = hooks.beforeStop(last, grace: gracePeriod)
        try await stop(sidecars.dropLast(), gracePeriod: gracePeriod, end: end, after: others)
        _ = try await hook
        let rest = end.since(hooks.clock.now()).components.seconds
        try await runtime.stopContainer(last.id, gracePeriod: max(rest, Self.leastGrace))
        await monitor.noteChanged(last.id.rawValue)
    }

    private func subject(
        _ id: ContainerID, named name: String, of pod: Pod, _ state: PodRuntimeState
    ) -> LifecycleHooks.Subject {
        let spec = pod.spec.container(named: name)
        let found = state.containers.first { $0.id == id }
        return LifecycleHooks.Subject(
            pod: pod, container: spec ?? found?.rememberedSpec ?? Container(), id: id,
            addresses: translation.node.addresses(of: pod, own: state.addresses))
    }

    /// Has the runtime let go of a container that doesn't run.
    ///
    /// When a kubelet dies while it has one started, containerd 1.6 may take the start for failed though the process is
    /// there, waiting to begin: it would wait for ever, and containerd never remove the container. With its process it
    /// becomes what containerd takes it for.
    func removeFromRuntime(_ id: ContainerID, of uid: PodUID) async throws {
        try translation.cgroups.endProcesses(of: id, in: uid)
        try await runtime.removeContainer(id)
        await monitor.noteChanged(id.rawValue)
    }

    /// Removes what is left of a stopped pod: sandboxes with their containers, volumes, directories and logs.
    func removeAll(_ pod: Pod, _ state: PodRuntimeState) async throws {
        for container in state.containers {
            try await removeFromRuntime(container.id, of: pod.uid)
        }
        for sandbox in state.sandboxes {
            try await runtime.removePodSandbox(sandbox.id)
            await monitor.noteChanged(sandbox.id.rawValue)
        }
        _ = try await monitor.state(of: pod.uid)
        // First, for what may still run there uses the volumes.
        try await translation.cgroups.remove(pod.uid)
        try volumes.tearDown(pod.uid)
        try HostFiles.removeTree(
            translation.paths.podLogs(namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.uid))
    }
}

extension RuntimeContainer {
    /// As much of the container's spec as it carries with it: enough to let it go as it was promised.
    var rememberedSpec: Container {
        var container = Container()
        container.name = name
        if let saved = annotations[RuntimeLabels.preStopHandler], let json = try? JSONValue(parsing: saved),
            let handler = try? LifecycleHandler(json)
        {
            container.lifecycle = Lifecycle()
            container.lifecycle?.preStop = handler
        }
        return container
    }
}

extension Pod {
    /// Seconds between the signal that asks a container to end and the one that makes it.
    var gracePeriod: Int64 { max(1, spec.terminationGracePeriodSeconds ?? 30) }
}
