import ContainerRuntime
import KubernetesAPI
import Logging
import PodLifecycle
import PodSources

/// Brings one pod to what its spec asks for, keeps it there, and takes it away in the end.
///
/// What happens next is decided by `PodWorkerMachine` and `PodActions`; this actor carries it out, one thing at a
/// time, and sleeps until something changes.
actor PodWorker {
    /// As upstream, which looks again at a pod with an error after 10 to 15 s.
    private static let refusalPause = Duration.seconds(10)

    private let desired: DesiredPod
    nonisolated let pod: Pod
    private let monitor: RuntimeMonitor
    private let actuator: PodActuator
    private let images: ImagePuller
    private let checkpoints: PodCheckpoints
    private let statuses: PodStatuses
    private let clock: any KubeletClock
    private let logger: Logger

    private let bell = WakeSignal()
    /// Rung once, when the pod is no longer wanted, to cut short what is being done for it.
    private let interrupt = WakeSignal()
    private var machine: PodWorkerMachine
    private var crashes: BackOff
    private var failures = BackOff(initial: .seconds(1), maximum: .seconds(15))
    private var waiting: [String: WaitingReason] = [:]
    /// Until when containers whose start was refused are left alone.
    private var refusals: [String: Timestamp] = [:]
    private var nextLook: Timestamp?
    private var isCheckpointed = false

    /// - Parameters:
    ///   - isUnwanted: the pod is only known from the runtime or a checkpoint, and has to go.
    ///   - maximumRestartDelay: the longest back-off between restarts of a container.
    init(
        _ desired: DesiredPod, isUnwanted: Bool, collaborators: PodWorkers.Collaborators, maximumRestartDelay: Duration
    ) {
        self.desired = desired
        pod = desired.pod
        monitor = collaborators.monitor
        actuator = collaborators.actuator
        images = collaborators.images
        checkpoints = collaborators.checkpoints
        statuses = collaborators.statuses
        clock = collaborators.clock
        var logger = collaborators.logger
        logger[metadataKey: "pod"] = "\(pod.metadata.namespace)/\(pod.metadata.name)"
        logger[metadataKey: "podUID"] = "\(pod.metadata.uid)"
        self.logger = logger
        machine = PodWorkerMachine(isUnwanted: isUnwanted)
        crashes = BackOff(
            initial: min(.seconds(10), maximumRestartDelay), maximum: maximumRestartDelay)
    }

    /// Takes an event. Events may come at any time, from any task.
    func handle(_ event: PodWorkerMachine.Event) {
        machine.handle(event)
        if event == .removed { interrupt.ring() }
        bell.ring()
    }

    /// Whether the pod is on its way out.
    var isUnwanted: Bool { machine.isUnwanted }

    /// Works until nothing is left of the pod, or until cancelled: then everything stays as it is.
    func run() async {
        while !Task.isCancelled {
            switch machine.nextCommand() {
            case .leave: return
            case .wait: await waitForChange()
            case .sync: await attempt("sync the pod") { try await self.sync() }
            case .stop: await attempt("stop the pod") { try await self.stop() }
            case .remove: await attempt("remove the pod") { try await self.remove() }
            }
        }
    }

    // MARK: Waiting

    /// Sleeps until the bell rings or the next look is due.
    private func waitForChange() async {
        guard let due = nextLook else { return await bell.wait() }
        if await bell.wait(until: due, on: clock) {
            nextLook = nil
            machine.handle(.changed)
        }
    }

    /// Runs a step; one that fails is tried again later, and sooner when something changes.
    private func attempt(_ what: String, _ step: @Sendable () async throws -> Void) async {
        do {
            try await step()
            failures.reset(what)
        } catch is CancellationError {
        } catch {
            let now = clock.now()
            failures.recordAttempt(what, after: now, now: now)
            let delay = failures.delay(what)
            logger.warning("cannot \(what), trying again in \(delay)", metadata: ["error": "\(error)"])
            nextLook = now.adding(delay)
            await waitForChange()
            machine.handle(.changed)
        }
    }

    /// Runs a step that is cut short when the pod is no longer wanted.
    private func interruptible<Value: Sendable>(
        _ step: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let interrupt = interrupt
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await step() }
            group.addTask {
                await interrupt.wait()
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                interrupt.ring()
                throw CancellationError()
            }
            return value
        }
    }

    // MARK: Keeping

    private func sync() async throws {
        let state = try await monitor.state(of: pod.uid)
        var actions = PodActions.decide(pod, runtime: state, backOff: crashes, now: clock.now())
        nextLook = actions.nextLook
        noteBackOff(actions, state)
        holdBackRefused(&actions)
        publish(state)
        if actions.isCompleted { return handle(.completed) }
        guard !actions.starts.isEmpty || !actions.stops.isEmpty else { return }
        let decided = actions
        let hasStarted = try await interruptible { try await self.perform(decided, state) }
        if hasStarted { machine.handle(.changed) }
    }

    /// Leaves out containers whose start was refused a moment ago.
    private func holdBackRefused(_ actions: inout PodActions) {
        let now = clock.now()
        refusals = refusals.filter { now < $0.value }
        for start in actions.starts { if let due = refusals[start.name] { lookAgain(at: due) } }
        actions.starts.removeAll { refusals[$0.name] != nil }
    }

    private func noteBackOff(_ actions: PodActions, _ state: PodRuntimeState) {
        for name in waiting.keys where waiting[name]?.reason == "CrashLoopBackOff" && actions.backingOff[name] == nil {
            waiting[name] = nil
        }
        for name in actions.backingOff.keys.sorted() where waiting[name]?.reason != "CrashLoopBackOff" {
            let delay = crashes.delay(name).components.seconds
            let message =
                "back-off \(delay.inGoNotation) restarting failed container=\(name) "
                + "pod=\(pod.metadata.name)_\(pod.metadata.namespace)(\(pod.metadata.uid))"
            waiting[name] = WaitingReason("CrashLoopBackOff", message)
            actuator.events.record(
                .warning, "BackOff",
                "Back-off restarting failed container \(name) in pod "
                    + "\(pod.metadata.name)_\(pod.metadata.namespace)(\(pod.metadata.uid))",
                about: EventTarget(pod: pod, container: name))
        }
    }

    /// Does what was decided; true when anything was started or stopped.
    private func perform(_ actions: PodActions, _ state: PodRuntimeState) async throws -> Bool {
        for stop in actions.stops { try await actuator.stop(stop, of: pod) }
        let wanted = actions.starts.compactMap { start in
            (pod.spec.initContainers + pod.spec.containers).first { $0.name == start.name }.map { (start, $0) }
        }
        guard !wanted.isEmpty else { return !actions.stops.isEmpty }
        // Images are looked for while the sandbox is made.
        async let readyImages = fetchImages(wanted.map { $0.1 })
        let sandbox = try await readySandbox(actions, state)
        let images = await readyImages
        var changed = !actions.stops.isEmpty || state.readySandbox == nil
        for (start, container) in wanted {
            try Task.checkCancellation()
            switch images[container.name] {
            case .success(let image)?:
                if try await startOne(start, container, image, sandbox) { changed = true }
            case .failure(let failure as ImageFailure)?:
                waiting[container.name] = WaitingReason(failure.reason.rawValue, failure.message)
                lookAgain(at: failure.retryAt)
                publish(state)
            case .failure(let error)?: throw error
            case nil: break
            }
        }
        await actuator.removeOldContainers(try await monitor.state(of: pod.uid))
        return changed
    }

    private func readySandbox(
        _ actions: PodActions, _ state: PodRuntimeState
    ) async throws -> PodActuator.ReadySandbox {
        switch actions.sandbox {
        case .create(let attempt):
            async let saved: Void = saveCheckpoint()
            let sandbox = try await actuator.createSandbox(for: pod, attempt: attempt, replacing: state.sandboxes)
            try await saved
            return sandbox
        case .keep, .none:
            guard let sandbox = state.readySandbox else { throw CancellationError() }
            try await saveCheckpoint()
            return try actuator.adoptSandbox(sandbox, for: pod)
        }
    }

    private func saveCheckpoint() async throws {
        guard !isCheckpointed else { return }
        try await checkpoints.save(desired)
        isCheckpointed = true
    }

    private func startOne(
        _ start: PodActions.ContainerStart, _ container: Container, _ image: RuntimeImage,
        _ sandbox: PodActuator.ReadySandbox
    ) async throws -> Bool {
        if let failure = start.lastFailure { crashes.recordAttempt(container.name, after: failure, now: clock.now()) }
        do {
            try await actuator.start(start, container, of: pod, image: image, in: sandbox)
            waiting[container.name] = nil
            return true
        } catch let error as ContainerStartError {
            waiting[container.name] = WaitingReason(error.code.rawValue, error.message)
        }
        let due = clock.now().adding(Self.refusalPause)
        refusals[container.name] = due
        lookAgain(at: due)
        publish(try await monitor.state(of: pod.uid))
        return false
    }

    private func lookAgain(at moment: Timestamp) {
        nextLook = nextLook.map { min($0, moment) } ?? moment
    }

    /// What became of the search for one container's image.
    private struct FetchedImage: Sendable {
        let container: String
        let result: Result<RuntimeImage, any Error>
    }

    private func fetchImages(_ containers: [Container]) async -> [String: Result<RuntimeImage, any Error>] {
        let images = images
        let pod = pod
        return await withTaskGroup(of: FetchedImage.self) { group in
            for container in containers {
                group.addTask {
                    do {
                        let image = try await images.image(for: container, of: pod)
                        return FetchedImage(container: container.name, result: .success(image))
                    } catch {
                        return FetchedImage(container: container.name, result: .failure(error))
                    }
                }
            }
            // A loop and a struct: with `reduce` over tuples, the release build of Swift 6.3.1 crashed here.
            var fetched: [String: Result<RuntimeImage, any Error>] = [:]
            for await image in group { fetched[image.container] = image.result }
            return fetched
        }
    }

    private func publish(_ state: PodRuntimeState) {
        statuses.publish(pod, actuator.withLastWords(state), waiting: waiting, now: clock.now())
    }

    // MARK: Goodbye

    private func stop() async throws {
        let state = try await monitor.state(of: pod.uid)
        try await actuator.stopAll(pod, state)
        publish(try await monitor.state(of: pod.uid))
        machine.handle(.stopped)
    }

    private func remove() async throws {
        try await actuator.removeAll(pod, try await monitor.state(of: pod.uid))
        try await checkpoints.remove(pod.uid)
        await images.forget(pod)
        statuses.forget(pod.uid)
        machine.handle(.cleaned)
        logger.info("the pod is gone")
    }
}

extension Int64 {
    /// Seconds as Go prints a duration: `10s`, `1m20s`, `5m0s`.
    fileprivate var inGoNotation: String { self < 60 ? "\(self)s" : "\(self / 60)m\(self % 60)s" }
}
