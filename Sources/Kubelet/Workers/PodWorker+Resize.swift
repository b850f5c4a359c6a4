import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources

/// Changing what a pod that runs has of CPU and memory, and telling how far that is (upstream: `pkg/kubelet/allocation`,
/// and `doPodResizeAction` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
extension PodWorker {
    // MARK: Room

    /// Why an assigned pod can't have the amounts of another version; with `nil` it has room for them.
    func refusalOfResize(to version: DesiredPod) -> ResizeRefusal? {
        guard isAdmitted, version.pod.hasOtherAmounts(than: running.pod) else { return nil }
        return parts.admission.resize(version.pod)
    }

    /// Becomes another version as far as that takes no other amounts, which there is no room for.
    func become(_ ready: PendingUpdate.Ready, atPresentAmounts refusal: ResizeRefusal) async throws {
        var version = ready.version
        version.pod = version.pod.withAmounts(of: running.pod)
        version.hash = PodHash(version.pod.semanticHash)
        if !version.isSameVersion(as: running) || version.generation != running.generation,
            case .inPlace(let names) = change(to: version)
        {
            try await become(version, restarting: names)
            fetchedImages.merge(ready.images) { $1 }
        }
        let isNews = resize.wait(refusal, generation: version.generation)
        if isNews { record(.waiting(refusal), of: ready.version.pod, version.generation) }
        handle(.changed)
    }

    /// Takes note that an edit has led back to the version that runs.
    func noteGeneration(_ generation: Int64) {
        resize.endWaiting()
        if running.generation != generation { running.pod.metadata.generation = generation }
    }

    /// Takes note that there is room for the amounts of the version that the pod has just become.
    func beginResize() {
        resize.begin(generation: running.generation)
        record(.started, of: running.pod, running.generation)
    }

    // MARK: Cgroups

    /// Leaves out containers that were resized before this kubelet began.
    func skipNeedlessResizes(_ actions: inout PodActions, _ state: PodRuntimeState) {
        actions.resizes.removeAll { id in
            guard target.resized[id] == nil, let (container, resources) = wanted(for: id, state),
                parts.actuator.translation.cgroups.has(id, in: running.pod, resources)
            else { return false }
            target.resized[id] = ContainerAmounts(of: container, in: running.pod.spec)
            return true
        }
    }

    /// Gives running containers what they are to have; what can't be done is tried again.
    /// - Returns: whether anything changed.
    func carryOutResizes(_ containers: [ContainerID], _ state: PodRuntimeState) async throws -> Bool {
        guard !containers.isEmpty else { return false }
        // The kubelet before may have begun it.
        if resize.underWay == nil { resize.begin(generation: running.generation) }
        let what = "resize the pod's containers"
        do {
            try checkMemory(resizing: containers, state)
            for id in containers {
                guard let (container, resources) = wanted(for: id, state) else { continue }
                try await parts.actuator.resize(id, resources)
                target.resized[id] = ContainerAmounts(of: container, in: running.pod.spec)
            }
            noteSuccess(what)
            return true
        } catch let error where !(error is CancellationError) {
            noteResizeProblem(error, state)
            lookAgain(at: parts.clock.now().adding(noteFailure(what, error)))
            return false
        }
    }

    /// - Throws: `MemoryInUse` when the pod, or a container that is to be resized, uses more than it may have then.
    func checkMemory(resizing containers: [ContainerID], _ state: PodRuntimeState) throws {
        let cgroups = parts.actuator.translation.cgroups
        var changes = [cgroups.memoryChange(of: running.pod, to: cgroupSettings)]
        for id in containers {
            guard let (container, resources) = wanted(for: id, state) else { continue }
            let change = cgroups.memoryChange(of: id, named: container.name, in: running.pod, to: resources)
            if let change { changes.append(change) }
        }
        if let problem = MemoryInUse(changes) { throw problem }
    }

    private func wanted(for id: ContainerID, _ state: PodRuntimeState) -> (Container, LinuxResources)? {
        guard let found = state.containers.first(where: { $0.id == id }),
            let container = running.pod.spec.container(named: found.name)
        else { return nil }
        let node = parts.actuator.translation.node
        return (container, ResourceTranslation.resources(of: container, in: running.pod, on: node))
    }

    // MARK: Progress

    /// Takes note of what keeps a resize from being done, if one is under way.
    func noteResizeProblem(_ error: any Error, _ state: PodRuntimeState) {
        guard let generation = resize.underWay?.generation else { return }
        if resize.fail("\(error)") { record(.failed("\(error)"), of: running.pod, generation) }
        publish(state)
    }

    /// Tells that everything has what it is to have, once nothing is under way.
    func completeResize(_ state: PodRuntimeState) {
        let isSettled = state.readySandbox == nil || settledCgroup == cgroupSettings
        guard isSettled, stopsUnderWay.isEmpty, let generation = resize.complete() else { return }
        record(.completed, of: running.pod, generation)
        publish(state)
    }

    private func record(_ event: ResizeEvent, of pod: Pod, _ generation: Int64) {
        parts.actuator.events.record(
            event.type, event.reason, event.message(of: pod, generation: generation),
            about: EventTarget(pod: running.pod))
    }

    // MARK: Shown

    /// What the cgroup of all of the pod has, if it has amounts of its own.
    var podAmounts: RuntimeAmounts? {
        running.pod.spec.resources.map { _ in parts.actuator.translation.cgroups.amounts(of: running.pod) }
    }

    /// The state with what containers have while they are resized, which not every runtime tells.
    func withPresentAmounts(_ state: PodRuntimeState) -> PodRuntimeState {
        guard resize.underWay != nil else { return state }
        return state.mappingContainers { container in
            guard container.state == .running, container.amounts == nil else { return container }
            var known = container
            known.amounts = parts.actuator.translation.cgroups.amounts(of: container.id, in: running.pod)
            return known
        }
    }
}

extension DesiredPod {
    fileprivate var generation: Int64 { pod.metadata.generation }
}
