import ContainerRuntime
import KubernetesAPI
import Logging
import PodLifecycle
import PodSources

/// Keeping a pod as its spec says.
extension PodWorker {
    /// As upstream, which looks again at a pod with an error after 10 to 15 s.
    private static let refusalPause = Duration.seconds(10)
    private static let failedPullIsNews = Duration.seconds(3)

    func sync() async throws {
        let state = try await parts.monitor.state(of: uid)
        guard await isLetIn() else {
            publish(state)
            // A pod from elsewhere may be tried on another node.
            if isAssigned, rejection?.isTemporary == false { handle(.completed) }
            return
        }
        if await skipsToCandidate(state) { return }
        var actions = PodActions.decide(
            target, runtime: state, backOff: crashes, health: probes.health, now: parts.clock.now())
        skipNeedlessResizes(&actions, state)
        nextLook = actions.nextLook
        if !actions.startingOver.isEmpty { return try await startOver(actions.startingOver) }
        refreshVolumes(state)
        noteBackOff(actions)
        holdBackRefused(&actions)
        actions.stops.removeAll { stopsUnderWay.contains($0.id) }
        publish(state)
        if actions.isCompleted || exceedsDeadline(state) { return handle(.completed) }
        if actions.isIdle {
            await removeOldContainers(state)
            await settleCgroup(state)
            completeResize(state)
            return try removeStaleVolumes()
        }
        let decided = actions
        if try await interruptible({ try await self.perform(decided, state) }) { machine.handle(.changed) }
    }

    /// Has all of the pod start over, and remembers that it has to.
    private func startOver(_ present: Set<ContainerID>) async throws {
        var next = target
        next.startedOver = present
        try await parts.checkpoints.save(AcceptedPod(running, next))
        target = next
        handle(.changed)
    }

    /// Whether nothing of this version runs and another is wanted that can: this one need not be started first.
    private func skipsToCandidate(_ state: PodRuntimeState) async -> Bool {
        guard !state.hasLiveContainers, let candidate = update.candidate, !update.isRefused else { return false }
        let spec = candidate.pod.spec
        let images = await parts.images.present(for: spec.allContainers)
        // Those of volumes are looked for with what follows.
        guard let images, spec.volumes.allSatisfy({ $0.image == nil }), update.isCandidate(candidate) else {
            return false
        }
        update.setReady(candidate, images)
        bell.ring()
        return true
    }

    /// Leaves out containers whose start was refused a moment ago.
    private func holdBackRefused(_ actions: inout PodActions) {
        let now = parts.clock.now()
        refusals = refusals.filter { now < $0.value }
        for start in actions.starts { if let due = refusals[start.name] { lookAgain(at: due) } }
        actions.starts.removeAll { refusals[$0.name] != nil }
    }

    private func noteBackOff(_ actions: PodActions) {
        for name in waiting.keys where waiting[name]?.reason == "CrashLoopBackOff" && actions.backingOff[name] == nil {
            waiting[name] = nil
        }
        let pod = running.pod
        for name in actions.backingOff.keys.sorted() where waiting[name]?.reason != "CrashLoopBackOff" {
            let delay = crashes.delay(name).components.seconds
            let message =
                "back-off \(delay.inGoNotation) restarting failed container=\(name) pod=\(pod.nameInMessages)"
            waiting[name] = WaitingReason("CrashLoopBackOff", message)
            parts.actuator.events.record(
                .warning, "BackOff",
                "Back-off restarting failed container \(name) in pod \(pod.nameInMessages)",
                about: EventTarget(pod: pod, container: name))
        }
    }

    /// Does what was decided; true when the pod is to be looked at again at once.
    private func perform(_ actions: PodActions, _ state: PodRuntimeState) async throws -> Bool {
        for stop in actions.stops where stop.holdsUpAll { try await parts.actuator.stop(stop, of: running.pod, state) }
        for stop in actions.stops where !stop.holdsUpAll { request(stop) }
        for id in actions.removals { try await parts.actuator.remove(id, of: state) }
        var changed = actions.stops.contains(where: \.holdsUpAll) || !actions.removals.isEmpty
        try await growCgroup(actions)
        if try await start(actions, state) { changed = true }
        if try await carryOutResizes(actions.resizes, state) { changed = true }
        return changed
    }

    // MARK: Starting

    private func start(_ actions: PodActions, _ state: PodRuntimeState) async throws -> Bool {
        let wanted = actions.starts.compactMap { start in
            running.pod.spec.container(named: start.name).map { (start, $0) }
        }
        guard !wanted.isEmpty else { return false }
        // Images are looked for while the sandbox is made.
        async let readyImages = fetchImages(wanted.map { $0.1 })
        let sandbox = try await readySandbox(actions, state)
        let images = try await readyImages
        var changed = state.readySandbox == nil
        for (start, container) in wanted {
            try Task.checkCancellation()
            switch images[container.name] {
            case .success(let image)?:
                if try await startOne(start, container, image, sandbox) { changed = true }
            case .failure(let failure as ImageFailure)?:
                waiting[container.name] = WaitingReason(failure.reason.rawValue, failure.message)
                parts.actuator.events.record(
                    .warning, "Failed", "Error: \(failure.reason.rawValue)",
                    about: EventTarget(pod: running.pod, container: container.name))
                lookAgain(at: nextLook(after: failure))
                publish(state)
            case .failure(let error)?: throw error
            case nil: break
            }
        }
        await removeOldContainers(try await parts.monitor.state(of: uid))
        return changed
    }

    /// Removes what ended long ago; what the runtime doesn't let go is tried again.
    private func removeOldContainers(_ state: PodRuntimeState) async {
        let what = "remove old containers"
        let dead = DeadContainers(
            of: state, parts.deadContainers, await parts.monitor.deadContainers, now: parts.clock.now())
        if let due = dead.nextLook { lookAgain(at: due) }
        if await parts.actuator.remove(dead.removals, of: state) {
            noteSuccess(what)
        } else {
            lookAgain(at: parts.clock.now().adding(noteFailure(what)))
        }
    }

    private func readySandbox(
        _ actions: PodActions, _ state: PodRuntimeState
    ) async throws -> PodActuator.ReadySandbox {
        switch actions.sandbox {
        case .create(let attempt):
            async let saved: Void = saveCheckpointOnce()
            let sandbox = try await parts.actuator.createSandbox(
                for: running.pod, attempt: attempt, replacing: state.sandboxes)
            try await saved
            return sandbox
        case .keep, .none:
            guard let sandbox = state.readySandbox else { throw CancellationError() }
            try await saveCheckpointOnce()
            return try await parts.actuator.adoptSandbox(sandbox, for: running.pod)
        }
    }

    private func saveCheckpointOnce() async throws {
        if !isCheckpointed { try await saveCheckpoint() }
    }

    /// A pull that failed is shown for a moment, and then that it is waited with: as upstream's next sync does.
    private func nextLook(after failure: ImageFailure) -> Timestamp {
        guard failure.isOfThePull else { return failure.retryAt }
        return min(failure.retryAt, parts.clock.now().adding(Self.failedPullIsNews))
    }

    private func startOne(
        _ start: PodActions.ContainerStart, _ container: Container, _ image: RuntimeImage,
        _ sandbox: PodActuator.ReadySandbox
    ) async throws -> Bool {
        if let failure = start.lastFailure {
            crashes.recordAttempt(container.name, after: failure, now: parts.clock.now())
        }
        do {
            try await parts.actuator.start(start, container, of: target, image: image, in: sandbox)
            waiting[container.name] = nil
            return true
        } catch let error as ContainerStartError {
            waiting[container.name] = WaitingReason(error.code.rawValue, error.message)
        }
        let due = parts.clock.now().adding(Self.refusalPause)
        refusals[container.name] = due
        lookAgain(at: due)
        let state = try await parts.monitor.state(of: uid)
        publish(state)
        guard let last = state.container(named: container.name), last.state == .exited else { return false }
        // If it isn't tried again, it may have been all that was left to do.
        return !container.restarts(afterExit: last.exitCode, in: running.pod.spec)
    }

    /// The images of containers that are about to start.
    /// - Throws: `CancellationError` when a newer version is ready before they are.
    private func fetchImages(_ containers: [Container]) async throws -> [String: Result<RuntimeImage, any Error>] {
        var found: [String: Result<RuntimeImage, any Error>] = [:]
        for container in containers {
            if let image = fetchedImages.removeValue(forKey: container.name) { found[container.name] = .success(image) }
        }
        let missing = containers.filter { found[$0.name] == nil }
        guard !missing.isEmpty else { return found }
        let images = parts.images
        let pod = running.pod
        guard let fetched = try await imagesInterrupt.race({ await images.fetch(for: missing, of: pod) }) else {
            machine.handle(.changed)
            throw CancellationError()
        }
        return found.merging(fetched) { first, _ in first }
    }

    /// Whether the pod has run for longer than it may; if not, it is looked at again when it has.
    private func exceedsDeadline(_ state: PodRuntimeState) -> Bool {
        let begun = parts.statuses.startTime(of: uid)
        let due = running.pod.spec.activeDeadlineSeconds.flatMap { begun?.adding(seconds: $0) }
        let wasOverdue = ending == .deadlineExceeded
        let isOverdue = due.map { $0 <= parts.clock.now() } ?? false
        if let due, !isOverdue { lookAgain(at: due) }
        guard isOverdue != wasOverdue, ending == nil || wasOverdue else { return ending != nil }
        ending = isOverdue ? .deadlineExceeded : nil
        publish(state)
        if let ending {
            parts.actuator.events.record(
                .normal, ending.reason, ending.message, about: EventTarget(pod: running.pod))
        }
        return isOverdue
    }

    // MARK: Stopping

    /// Has a container stop beside everything else, unless it is stopping already.
    func request(_ stop: PodActions.ContainerStop) {
        if stopsUnderWay.insert(stop.id).inserted { stopInput.yield(stop) }
    }

    /// Stops containers that were asked to, side by side; the sync that follows each end starts its successor.
    func carryOutStops() async {
        await withDiscardingTaskGroup { group in
            for await stop in stopRequests { group.addTask { await self.carryOut(stop) } }
        }
    }

    private func carryOut(_ stop: PodActions.ContainerStop) async {
        do {
            try await parts.actuator.stop(stop, of: running.pod, try await parts.monitor.state(of: uid))
            noteSuccess("stop container \(stop.name)")
        } catch is CancellationError {
            return
        } catch {
            // Till then it counts as under way.
            try? await parts.clock.sleep(for: noteFailure("stop container \(stop.name)", error))
        }
        stopsUnderWay.remove(stop.id)
        handle(.changed)
    }

    // MARK: Volumes

    /// Has volumes show the fields of the present version. No container waits for it.
    private func refreshVolumes(_ state: PodRuntimeState) {
        guard hasOutdatedFiles, state.readySandbox != nil else { return }
        let what = "refresh the files of volumes"
        do {
            try parts.actuator.volumes.refresh(running.pod)
            hasOutdatedFiles = false
            noteSuccess(what)
        } catch {
            lookAgain(at: parts.clock.now().adding(noteFailure(what, error)))
        }
    }

    private func removeStaleVolumes() throws {
        guard hasStaleVolumes, stopsUnderWay.isEmpty else { return }
        try parts.actuator.volumes.removeForeign(of: running.pod)
        hasStaleVolumes = false
    }
}

extension PodActions {
    /// Whether there is nothing to do now.
    fileprivate var isIdle: Bool { stops.isEmpty && removals.isEmpty && resizes.isEmpty && starts.isEmpty }
}

extension Int64 {
    /// Seconds as Go prints a duration: `10s`, `1m20s`, `5m0s`.
    fileprivate var inGoNotation: String { self < 60 ? "\(self)s" : "\(self / 60)m\(self % 60)s" }
}
