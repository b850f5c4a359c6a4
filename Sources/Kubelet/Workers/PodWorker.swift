import ContainerRuntime
import KubernetesAPI
import Logging
import PodLifecycle
import PodSources

/// Brings one pod to what its spec asks for, keeps it there through edits of its manifest, and takes it away in the end.
///
/// What happens next is decided by `PodWorkerMachine` and `PodActions`; this actor carries it out, one thing at a time,
/// and sleeps until something changes. Beside that it gets newer versions ready, and waits for containers that were
/// asked to stop.
actor PodWorker {
    nonisolated let uid: PodUID
    nonisolated let fullName: PodFullName
    let parts: PodWorkers.Collaborators
    let logger: Logger

    /// Wakes the work that waits for something to happen.
    let bell = WakeSignal()
    /// Rung once, when the pod is no longer wanted, to cut short what is being done for it.
    private let interrupt = WakeSignal()
    /// Rung when a newer version is ready, to cut short the wait for images of the present one.
    let imagesInterrupt = WakeSignal()
    var machine: PodWorkerMachine

    /// The version that runs.
    var running: DesiredPod
    var target: PodTarget
    var isCheckpointed = false
    var isAdmitted: Bool
    /// Why there is no room for the pod.
    var rejection: AdmissionRejection?

    /// When the pod was found to run already.
    let adoptedAt: Timestamp?
    var probes = PodProbes()
    /// Why all of the pod is ended before its time.
    var ending: PodEnding?
    /// The time that it gets to end.
    var goodbye: Goodbye
    /// What it showed when nothing was left of it.
    var lastStatus: PodStatus

    var crashes: BackOff
    private var failures = BackOff(initial: .seconds(1), maximum: .seconds(15))
    var waiting: [String: WaitingReason] = [:]
    /// Until when containers whose start was refused are left alone.
    var refusals: [String: Timestamp] = [:]
    var nextLook: Timestamp?
    /// Images that are there already, by container, for the next start of each.
    var fetchedImages: [String: RuntimeImage]
    /// Whether the present version is one to stay with until another is ready, even if nothing of it runs.
    let wasReady: Bool

    /// Containers that were asked to stop and have not ended yet.
    var stopsUnderWay: Set<ContainerID> = []
    let stopRequests: AsyncStream<PodActions.ContainerStop>
    let stopInput: AsyncStream<PodActions.ContainerStop>.Continuation

    var update = PendingUpdate()
    var resize = ResizeProgress()
    /// The version that takes this one's place when nothing is left of it.
    var successor: DesiredPod?
    /// Whether volumes may be there that the present version doesn't have.
    var hasStaleVolumes = false
    /// Whether volumes may show fields of a version before the present one.
    var hasOutdatedFiles: Bool

    /// What the pod's cgroup was set to last, when nothing was under way.
    var settledCgroup: CgroupSettings?

    /// How a worker begins.
    struct Beginning: Sendable {
        /// The pod is only known from the runtime or a checkpoint, and has to go.
        var isUnwanted = false
        /// The pod runs already.
        var isAdopted = false
        /// Containers that are to be made anew.
        var doomed: Set<ContainerID> = []
        /// Containers that there were when all of the pod had to start over.
        var startedOver: Set<ContainerID> = []
        /// Images that were looked for already, by container.
        var fetchedImages: [String: RuntimeImage] = [:]
        /// Everything was there that this version needs, once.
        var wasReady = false
        /// What the manifest asks for by now.
        var wanted: DesiredPod?
        /// Seconds that an unwanted pod gets to end, where it isn't what its spec says.
        var gracePeriod: Int64?
    }

    init(_ version: DesiredPod, _ beginning: Beginning, _ parts: PodWorkers.Collaborators) {
        running = version
        target = PodTarget(version.pod, doomed: beginning.doomed, startedOver: beginning.startedOver)
        uid = version.uid
        isAssigned = version.pod.isAssigned
        fullName = version.fullName
        self.parts = parts
        var logger = parts.logger
        logger[metadataKey: "pod"] = "\(version.fullName.namespace)/\(version.fullName.name)"
        logger[metadataKey: "podUID"] = "\(version.uid)"
        self.logger = logger
        machine = PodWorkerMachine(isUnwanted: beginning.isUnwanted)
        // What has ended at the API server stays so, whatever the runtime has of it.
        if isAssigned, version.pod.isTerminal { machine.handle(.completed) }
        isAdmitted = beginning.isAdopted || beginning.isUnwanted
        // The kubelet before may have had no time to write them.
        hasOutdatedFiles = beginning.isAdopted
        adoptedAt = beginning.isAdopted ? parts.clock.now() : nil
        goodbye = Goodbye(gracePeriod: beginning.gracePeriod, isDeleted: beginning.gracePeriod != nil)
        lastStatus = version.pod.status
        fetchedImages = beginning.fetchedImages
        wasReady = beginning.wasReady
        let maximum = parts.maximumRestartDelay
        crashes = BackOff(initial: min(.seconds(10), maximum), maximum: maximum, resetAfter: Self.calm)
        if let wanted = beginning.wanted, !wanted.isSameVersion(as: version) { update.setCandidate(wanted) }
        (stopRequests, stopInput) = AsyncStream.makeStream(of: PodActions.ContainerStop.self)
    }

    /// How long a container has to run for its crashes before to be forgotten, whatever the longest back-off is (upstream:
    /// `crashLoopBackOff.HasExpiredFunc` in `pkg/kubelet/kubelet.go`).
    private static let calm = Duration.seconds(600)

    /// A pod from the API server, whose spec hardly changes and whose end is final.
    nonisolated let isAssigned: Bool

    /// Takes an event. Events may come at any time, from any task.
    func handle(_ event: PodWorkerMachine.Event) {
        machine.handle(event)
        if event == .removed {
            interrupt.ring()
            update.bell.ring()
        }
        bell.ring()
    }

    /// There may be room on the node for what was refused.
    func roomChanged() {
        handle(.changed)
        update.bell.ring()
    }

    /// Works until nothing is left of the pod, or until cancelled: then everything stays as it is.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.prepareUpdates() }
            group.addTask { await self.carryOutStops() }
            await work()
            probes.endAll()
            group.cancelAll()
        }
    }

    private func work() async {
        while !Task.isCancelled {
            if update.isReady {
                await attempt("update the pod") { try await self.takeOverCandidate() }
                continue
            }
            if update.takeRestartRequest() {
                await attempt("restart the pod's containers") { try await self.restartContainers() }
                continue
            }
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
        if await bell.wait(until: due, on: parts.clock) {
            nextLook = nil
            machine.handle(.changed)
        }
    }

    func lookAgain(at moment: Timestamp) {
        nextLook = nextLook.map { min($0, moment) } ?? moment
    }

    /// Runs a step; one that fails is tried again later, and sooner when something changes.
    private func attempt(_ what: String, _ step: @Sendable () async throws -> Void) async {
        do {
            try await step()
            failures.reset(what)
        } catch is CancellationError {
        } catch {
            nextLook = parts.clock.now().adding(noteFailure(what, error))
            // What was made before the answer got lost is not known yet, and has its name.
            try? await parts.monitor.relist()
            await waitForChange()
            machine.handle(.changed)
        }
    }

    /// Logs a failure.
    /// - Returns: how long to wait before the next attempt.
    func noteFailure(_ what: String, _ error: any Error) -> Duration {
        let delay = noteFailure(what)
        logger.warning("cannot \(what), trying again in \(delay)", metadata: ["error": "\(error)"])
        return delay
    }

    /// Takes note of a failure that has been logged.
    /// - Returns: how long to wait before the next attempt.
    func noteFailure(_ what: String) -> Duration {
        let now = parts.clock.now()
        failures.recordAttempt(what, after: now, now: now)
        return failures.delay(what)
    }

    func noteSuccess(_ what: String) { failures.reset(what) }

    /// Runs a step that is cut short when the pod is no longer wanted.
    func interruptible<Value: Sendable>(
        _ step: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let value = try await interrupt.race(step) else {
            interrupt.ring()
            throw CancellationError()
        }
        return value
    }

    // MARK: Shown and kept

    func publish(_ state: PodRuntimeState) {
        followProbes(state)
        if isAssigned, running.pod.isTerminal { return parts.statuses.show(running.pod) }
        let situation = PodStatuses.Situation(
            waiting: waiting, health: probes.health, rejection: rejection, ending: ending,
            isOver: isAssigned && machine.isStopping && !state.hasLiveContainers, startedOver: target.startedOver,
            features: parts.monitor.knownFeatures, resize: resize, podAmounts: podAmounts)
        parts.statuses.publish(
            running.pod, parts.actuator.withLastWords(withPresentAmounts(state)), situation, now: parts.clock.now())
    }

    /// Writes the version that runs to disk.
    func saveCheckpoint() async throws {
        try await parts.checkpoints.save(AcceptedPod(running, target))
        isCheckpointed = true
    }
}
