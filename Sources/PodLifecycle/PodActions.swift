package import ContainerRuntime
package import KubernetesAPI

/// What brings a pod from what runs to what its spec asks for.
///
/// Decided without side effects, after upstream's `computePodActions`
/// (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
package struct PodActions: Sendable, Hashable {
    package enum SandboxAction: Sendable, Hashable {
        /// It is ready: containers start in it.
        case keep(SandboxID)
        /// Stop what is left of the old ones and make one.
        case create(attempt: UInt32)
        /// Nothing is to start, so none is needed.
        case none
    }

    package enum ContainerKind: Sendable, Hashable {
        case initContainer, container
    }

    package struct ContainerStart: Sendable, Hashable {
        package var name: String
        package var kind: ContainerKind
        /// How often the container was started before.
        package var restartCount: Int32
        /// A container that was created but never started, to be started instead of making one.
        package var created: ContainerID?
        /// When the container of that name ended before; `nil` at the first start.
        package var lastFailure: Timestamp?
    }

    package struct ContainerStop: Sendable, Hashable {
        package var id: ContainerID
        package var name: String
        /// What is said of it in the events.
        package var message: String
        /// Whether nothing may start in the pod before it has ended, rather than only its own successor.
        package var holdsUpAll = false
        /// Seconds between the two signals; `nil` for what the pod's spec says.
        package var gracePeriod: Int64?

        fileprivate init(id: ContainerID, name: String, because reason: String, holdsUpAll: Bool = false) {
            self.id = id
            self.name = name
            message = "Stopping container \(name): \(reason)"
            self.holdsUpAll = holdsUpAll
        }

        /// The stop of a container whose probe has failed for good; worded as upstream does.
        package init(failed kind: ProbeKind, _ id: ContainerID, _ container: Container, in pod: Pod) {
            self.id = id
            name = container.name
            message = "Container \(container.name) failed \(kind.rawValue.lowercased()) probe"
            if pod.spec.restartPolicy != .never { message += ", will be restarted" }
            gracePeriod = container.probe(kind)?.terminationGracePeriodSeconds
        }
    }

    package var sandbox: SandboxAction
    package var stops: [ContainerStop] = []
    /// Containers that have ended, or never began, and that nobody asks for any more.
    package var removals: [ContainerID] = []
    /// Running containers whose amounts of CPU or memory are to change.
    package var resizes: [ContainerID] = []
    package var starts: [ContainerStart] = []
    /// Containers held back after failures, with the moment that each is due.
    package var backingOff: [String: Timestamp] = [:]
    /// All containers have ended, and none is to start again.
    package var isCompleted = false

    /// When the pod is to be looked at again without an event.
    package var nextLook: Timestamp? { backingOff.values.min() }

    package init(sandbox: SandboxAction) { self.sandbox = sandbox }
}

extension PodActions {
    /// Decides for a pod that is wanted.
    /// - Parameters:
    ///   - backOff: the failures so far, by container name.
    ///   - health: what probes say of containers.
    package static func decide(
        _ target: PodTarget, runtime: PodRuntimeState, backOff: BackOff, health: [ContainerID: ContainerHealth] = [:],
        now: Timestamp
    ) -> PodActions {
        let decision = ContainerDecision(
            target: target, runtime: runtime, backOff: backOff, health: health, now: now)
        guard let sandbox = runtime.readySandbox else { return decision.withoutSandbox() }
        return decision.inSandbox(sandbox)
    }
}

/// One pod's situation, and what follows from it for each container.
private struct ContainerDecision {
    let target: PodTarget
    let runtime: PodRuntimeState
    let backOff: BackOff
    let health: [ContainerID: ContainerHealth]
    let now: Timestamp

    private var pod: Pod { target.pod }

    /// The sandbox is missing or has died: everything that is to run starts anew in another.
    func withoutSandbox() -> PodActions {
        let attempt = runtime.latestSandbox.map { $0.metadata.attempt + 1 } ?? 0
        var actions = PodActions(sandbox: .create(attempt: attempt))
        actions.stops = runtime.containers.filter(\.isLive).map { container in
            PodActions.ContainerStop(
                id: container.id, name: container.name, because: "the pod's sandbox is gone", holdsUpAll: true)
        }
        if isDone(afterLosing: actions.stops.map(\.name)) {
            actions.sandbox = .none
            actions.isCompleted = true
            return actions
        }
        // Init containers run again in a new sandbox, as upstream has them.
        if let first = pod.spec.initContainers.first {
            plan(first.name, .initContainer, into: &actions)
        } else {
            for container in pod.spec.containers where mayStart(container.name, losesNow: true) {
                plan(container.name, .container, into: &actions)
            }
        }
        // A sandbox without anything to run in it yet can wait for the first back-off to end.
        if actions.starts.isEmpty, !actions.backingOff.isEmpty { actions.sandbox = .none }
        return actions
    }

    func inSandbox(_ sandbox: RuntimeSandbox) -> PodActions {
        var actions = PodActions(sandbox: .keep(sandbox.id))
        switch initProgress(in: sandbox.id) {
        case .running: return actions
        case .failed:
            actions.isCompleted = true
            return actions
        case .next(let name):
            if let found = runtime.container(named: name), found.state == .unknown { actions.stops = [stop(found)] }
            plan(name, .initContainer, into: &actions)
            return actions
        case .done: break
        }
        for container in pod.spec.containers { decide(container, into: &actions) }
        dropForeign(into: &actions)
        actions.isCompleted = actions.starts.isEmpty && actions.backingOff.isEmpty && !runtime.hasLiveContainers
        return actions
    }

    private func decide(_ container: Container, into actions: inout PodActions) {
        guard let found = runtime.container(named: container.name) else {
            return plan(container.name, .container, into: &actions)
        }
        switch found.state {
        case .running where target.isOutdated(found):
            // Its successor starts when it has ended.
            let why = target.doomed.contains(found.id) ? "it is to be restarted" : "its definition has changed"
            actions.stops.append(PodActions.ContainerStop(id: found.id, name: found.name, because: why))
        case .running:
            if let failed = health[found.id]?.failure {
                actions.stops.append(PodActions.ContainerStop(failed: failed, found.id, container, in: pod))
            } else if target.isToBeResized(found) {
                actions.resizes.append(found.id)
            }
        case .unknown:
            actions.stops.append(stop(found))
            plan(container.name, .container, into: &actions)
        case .created, .exited:
            if mayStart(container.name) { plan(container.name, .container, into: &actions) }
        }
    }

    /// Ends containers that the spec no longer has.
    private func dropForeign(into actions: inout PodActions) {
        let names = Set((pod.spec.initContainers + pod.spec.containers).map(\.name))
        for found in runtime.containers where !names.contains(found.name) {
            if found.isLive {
                actions.stops.append(
                    PodActions.ContainerStop(
                        id: found.id, name: found.name, because: "the pod no longer has such a container"))
            } else {
                actions.removals.append(found.id)
            }
        }
    }

    /// Nobody can tell whether it still runs: it must not run beside the next one.
    private func stop(_ unknown: RuntimeContainer) -> PodActions.ContainerStop {
        PodActions.ContainerStop(
            id: unknown.id, name: unknown.name, because: "the container is in an unknown state", holdsUpAll: true)
    }

    private enum InitProgress {
        case done, running, failed
        case next(String)
    }

    private func initProgress(in sandbox: SandboxID) -> InitProgress {
        // Once a main container has started, the init containers are done, even if they were removed since.
        let initNames = Set(pod.spec.initContainers.map(\.name))
        if runtime.containers.contains(where: { !initNames.contains($0.name) && $0.sandboxID == sandbox }) {
            return .done
        }
        for container in pod.spec.initContainers {
            guard let found = runtime.container(named: container.name), found.sandboxID == sandbox else {
                return .next(container.name)
            }
            switch found.state {
            case .running: return .running
            case .created, .unknown: return .next(container.name)
            case .exited where target.doomed.contains(found.id): return .next(container.name)
            case .exited where found.exitCode == 0: continue
            case .exited: return pod.spec.restartPolicy == .never ? .failed : .next(container.name)
            }
        }
        return .done
    }

    /// Starts the container, or holds it back.
    private func plan(_ name: String, _ kind: PodActions.ContainerKind, into actions: inout PodActions) {
        guard let last = runtime.container(named: name) else {
            actions.starts.append(PodActions.ContainerStart(name: name, kind: kind, restartCount: 0))
            return
        }
        let isOutdated = target.isOutdated(last)
        if last.state == .created, isOutdated {
            // It has never run, so it counts as no restart; its name is free once it is removed.
            actions.removals.append(last.id)
            actions.starts.append(PodActions.ContainerStart(name: name, kind: kind, restartCount: last.restartCount))
            return
        }
        if last.state == .created, case .keep(last.sandboxID) = actions.sandbox {
            actions.starts.append(
                PodActions.ContainerStart(
                    name: name, kind: kind, restartCount: last.restartCount, created: last.id,
                    lastFailure: runtime.containers(named: name).dropFirst().first?.finishedAt))
            return
        }
        // The failures of another version say nothing of this one.
        let failure = last.state == .exited && !isOutdated ? last.finishedAt : nil
        if let failure, let due = backOff.nextAttempt(name, after: failure, now: now) {
            actions.backingOff[name] = due
            return
        }
        actions.starts.append(
            PodActions.ContainerStart(
                name: name, kind: kind, restartCount: last.restartCount + 1, lastFailure: failure))
    }

    /// Whether the restart policy lets a container start that isn't running.
    private func mayStart(_ name: String, losesNow: Bool = false) -> Bool {
        guard let last = runtime.container(named: name), !target.isOutdated(last) else { return true }
        switch last.state {
        case .created: return true
        case .running, .unknown: return losesNow && pod.spec.restartPolicy != .never
        case .exited: break
        }
        if pod.spec.restartPolicy == .never { return false }
        return pod.spec.restartPolicy != .onFailure || last.exitCode != 0
    }

    /// Whether nothing is left to start once the named containers are lost.
    private func isDone(afterLosing lost: [String]) -> Bool {
        guard pod.spec.restartPolicy != .always, !runtime.containers.isEmpty else { return false }
        let initFailed =
            pod.spec.restartPolicy == .never
            && pod.spec.initContainers.contains { container in
                guard let found = runtime.container(named: container.name), !target.doomed.contains(found.id) else {
                    return false
                }
                return lost.contains(container.name) || (found.state == .exited && found.exitCode != 0)
            }
        return initFailed || !pod.spec.containers.contains { mayStart($0.name, losesNow: lost.contains($0.name)) }
    }
}
