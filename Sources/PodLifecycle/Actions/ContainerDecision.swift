import ContainerRuntime
import KubernetesAPI

/// One pod's situation, and what follows from it for each container.
struct ContainerDecision {
    let target: PodTarget
    let runtime: PodRuntimeState
    let backOff: BackOff
    let health: [ContainerID: ContainerHealth]
    let now: Timestamp

    var pod: Pod { target.pod }

    /// The sandbox is missing or has died: everything that is to run starts anew in another.
    func withoutSandbox() -> PodActions {
        let attempt = runtime.latestSandbox.map { $0.metadata.attempt + 1 } ?? 0
        var actions = PodActions(sandbox: .create(attempt: attempt))
        actions.stops = runtime.containers.filter(\.isLive).map { container in
            PodActions.ContainerStop(
                id: container.id, name: container.name, message: "Stopping container \(container.name)",
                holdsUpAll: true)
        }
        if isDone(afterLosing: actions.stops.map(\.name)) {
            actions.sandbox = .none
            actions.isCompleted = true
            return actions
        }
        // Init containers run again in a new sandbox, as upstream has them.
        if let first = pod.spec.initContainers.first {
            plan(first, .initContainer, into: &actions)
        } else {
            for container in pod.spec.containers where mayStart(container, losesNow: true) {
                plan(container, .container, into: &actions)
            }
        }
        // A sandbox without anything to run in it yet can wait for the first back-off to end.
        if actions.starts.isEmpty, !actions.backingOff.isEmpty { actions.sandbox = .none }
        return actions
    }

    func inSandbox(_ sandbox: RuntimeSandbox) -> PodActions {
        var actions = PodActions(sandbox: .keep(sandbox.id))
        if startsOver(into: &actions) { return actions }
        for container in pod.spec.ephemeralContainers { begin(container, into: &actions) }
        switch initialize(in: sandbox.id, into: &actions) {
        case .underWay: return actions
        case .failed:
            actions.isCompleted = true
            return actions
        case .done: break
        }
        for container in pod.spec.containers { decide(container, .container, into: &actions) }
        dropForeign(into: &actions)
        if isCompleted(actions) {
            // Sidecars live as long as there is something beside which they run.
            actions.starts = []
            actions.backingOff = [:]
            actions.isCompleted = true
        }
        return actions
    }

    /// Brings a container that is to run for good, or to its end, on its way.
    func decide(_ container: Container, _ kind: PodActions.ContainerKind, into actions: inout PodActions) {
        guard let found = runtime.container(named: container.name) else {
            return plan(container, kind, into: &actions)
        }
        switch found.state {
        case .running where target.isOutdated(found):
            // Its successor starts when it has ended.
            let message =
                target.doomed.contains(found.id)
                ? "Stopping container \(found.name): it is to be restarted"
                : "Container \(found.name) definition changed, will be restarted"
            actions.stops.append(PodActions.ContainerStop(id: found.id, name: found.name, message: message))
        case .running:
            if let failed = health[found.id]?.failure {
                actions.stops.append(PodActions.ContainerStop(failed: failed, found.id, container, in: pod))
            } else if target.isToBeResized(found) {
                actions.resizes.append(found.id)
            }
        case .unknown:
            actions.stops.append(stop(found))
            plan(container, kind, into: &actions)
        case .created, .exited:
            if mayStart(container) { plan(container, kind, into: &actions) }
        }
    }

    /// Starts an ephemeral container, which runs once.
    private func begin(_ container: EphemeralContainer, into actions: inout PodActions) {
        let found = runtime.container(named: container.common.name)
        guard found == nil || found?.state == .created else { return }
        plan(container.common, .ephemeralContainer, into: &actions)
        let target = runtime.container(named: container.targetContainerName).flatMap { $0.isLive ? $0.id : nil }
        if let last = actions.starts.indices.last { actions.starts[last].target = target }
    }

    /// Has all of the pod start over when a rule asks for it, or goes on with it.
    /// - Returns: whether nothing else is to be done now.
    private func startsOver(into actions: inout PodActions) -> Bool {
        let ephemeral = Set(pod.spec.ephemeralContainers.map(\.common.name))
        let mortal = runtime.containers.filter { !ephemeral.contains($0.name) }
        let isAskedFor = (pod.spec.initContainers + pod.spec.containers).contains { container in
            guard let last = runtime.container(named: container.name), last.state == .exited else { return false }
            return !target.startedOver.contains(last.id) && container.startsPodOver(afterExit: last.exitCode)
        }
        if isAskedFor {
            actions.startingOver = Set(mortal.map(\.id))
            return true
        }
        let remaining = mortal.filter { $0.isLive && target.startedOver.contains($0.id) }
        actions.stops = remaining.map { container in
            var stop = PodActions.ContainerStop(
                id: container.id, name: container.name,
                message: "Stopping container \(container.name): all containers of the pod are to be restarted")
            // As upstream has it (KEP-5532).
            stop.skipsHook = true
            return stop
        }
        return !remaining.isEmpty
    }

    /// Whether nothing is left to do for the regular containers, now or later.
    private func isCompleted(_ actions: PodActions) -> Bool {
        let accessory = Set(pod.spec.sidecars.map(\.name) + pod.spec.ephemeralContainers.map(\.common.name))
        return !actions.starts.contains { $0.kind == .container }
            && actions.backingOff.keys.allSatisfy(accessory.contains)
            && !runtime.containers.contains { $0.isLive && !accessory.contains($0.name) }
    }

    /// Ends containers that the spec no longer has.
    private func dropForeign(into actions: inout PodActions) {
        let names = Set(pod.spec.allContainers.map(\.name))
        for found in runtime.containers where !names.contains(found.name) {
            if found.isLive {
                actions.stops.append(
                    PodActions.ContainerStop(
                        id: found.id, name: found.name,
                        message: "Stopping container \(found.name): the pod no longer has such a container"))
            } else {
                actions.removals.append(found.id)
            }
        }
    }

    /// Nobody can tell whether it still runs: it must not run beside the next one.
    func stop(_ unknown: RuntimeContainer) -> PodActions.ContainerStop {
        PodActions.ContainerStop(
            id: unknown.id, name: unknown.name,
            message: "Stopping container \(unknown.name): the container is in an unknown state", holdsUpAll: true)
    }

    /// Starts the container, or holds it back.
    func plan(_ container: Container, _ kind: PodActions.ContainerKind, into actions: inout PodActions) {
        let name = container.name
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
        let counts = !isOutdated || target.startedOver.contains(last.id)
        let failure = last.state == .exited && counts ? last.finishedAt : nil
        if let failure, let due = backOff.nextAttempt(name, after: failure, now: now) {
            actions.backingOff[name] = due
            return
        }
        actions.starts.append(
            PodActions.ContainerStart(
                name: name, kind: kind, restartCount: last.restartCount + 1, lastFailure: failure))
    }

    /// Whether the restart policy lets a container start that isn't running.
    private func mayStart(_ container: Container, losesNow: Bool = false) -> Bool {
        guard let last = runtime.container(named: container.name), !target.isOutdated(last) else { return true }
        switch last.state {
        case .created: return true
        case .running, .unknown: return losesNow && container.restartsWhenLost(in: pod.spec)
        case .exited: return container.restarts(afterExit: last.exitCode, in: pod.spec)
        }
    }

    /// Whether nothing is left to start once the named containers are lost.
    private func isDone(afterLosing lost: [String]) -> Bool {
        guard !runtime.containers.isEmpty else { return false }
        let initFailed = pod.spec.initContainers.contains { container in
            guard let found = runtime.container(named: container.name), !target.isToRunAgain(found) else {
                return false
            }
            if lost.contains(container.name) { return !container.restartsWhenLost(in: pod.spec) }
            return found.hasFailed && !container.restarts(afterExit: found.exitCode, in: pod.spec)
        }
        return initFailed || !pod.spec.containers.contains { mayStart($0, losesNow: lost.contains($0.name)) }
    }
}

extension RuntimeContainer {
    /// Whether it ended, and not well.
    var hasFailed: Bool { state == .exited && exitCode != 0 }
}
