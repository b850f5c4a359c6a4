import ContainerRuntime
import KubernetesAPI
import Logging
import PodLifecycle
import PodSources

/// A version of a pod that is to take over, and how far it is.
struct PendingUpdate: Sendable {
    /// A version whose images are there, as far as anything has to stop for it.
    struct Ready: Sendable {
        var version: DesiredPod
        var images: [String: RuntimeImage]
    }

    /// Wakes the preparation of updates.
    let bell = WakeSignal()
    /// The newest version, as long as it isn't the one that runs.
    private(set) var candidate: DesiredPod?
    /// The candidate's images, once all are there.
    private var images: [String: RuntimeImage]?
    /// Whether there was no room for the candidate.
    private(set) var isRefused = false
    /// Whether a version that was ready is taking over at this moment.
    private(set) var isTakingOver = false
    private var isRestartRequested = false

    /// Whether the candidate waits to be taken over.
    var isReady: Bool { images != nil }

    func isCandidate(_ version: DesiredPod) -> Bool { candidate?.isSameVersion(as: version) ?? false }

    /// Makes a version the one that is to take over. What was prepared stays if it is the candidate already.
    mutating func setCandidate(_ version: DesiredPod?) {
        if let version, isCandidate(version) {
            candidate = version
            return
        }
        candidate = version
        images = nil
        isRefused = false
        bell.ring()
    }

    /// Notes that everything is there that a version needs, if it still is the candidate.
    mutating func setReady(_ version: DesiredPod, _ images: [String: RuntimeImage]) {
        if isCandidate(version) { self.images = images }
    }

    /// The candidate, if it is ready: it is taking over from now on, until `endTakeover`.
    mutating func beginTakeover() -> Ready? {
        guard let candidate, let images else { return nil }
        self.images = nil
        isTakingOver = true
        return Ready(version: candidate, images: images)
    }

    mutating func endTakeover() { isTakingOver = false }

    mutating func noteRefusal() { isRefused = true }

    mutating func requestRestart() { isRestartRequested = true }

    mutating func takeRestartRequest() -> Bool {
        defer { isRestartRequested = false }
        return isRestartRequested
    }
}

/// Becoming another version.
///
/// The old version runs on until nothing is missing that the new one needs; a newer one cuts short what is being done
/// for an older one.
extension PodWorker {
    /// Tells what the manifest asks for now.
    func manifestChanged(_ newest: DesiredPod) {
        if isAssigned, machine.isStopping { return }
        let current = successor ?? running
        // While another version takes over, what it is to be compared with isn't there yet.
        if update.isTakingOver || !newest.isSameVersion(as: current) { return update.setCandidate(newest) }
        if update.candidate != nil {
            update.setCandidate(nil)
            noteWaiting(nil)
        }
        // The rest concerns what runs on; who takes over hears of it then.
        guard successor == nil else { return }
        if newest.restartRequests > running.restartRequests { update.requestRestart() }
        running.restartRequests = newest.restartRequests
        noteGeneration(newest.pod.metadata.generation)
        if running.origin != newest.origin {
            running.origin = newest.origin
            isCheckpointed = false
        }
        handle(.changed)
    }

    // MARK: Preparing

    /// Gets the newest version ready, again and again, until cancelled.
    func prepareUpdates() async {
        while !Task.isCancelled {
            guard let candidate = update.candidate, !update.isReady, followsManifest else {
                await update.bell.wait()
                continue
            }
            do {
                let images = try await update.bell.race { try await self.images(for: candidate) }
                noteSuccess("prepare the update")
                guard let images, update.isCandidate(candidate) else { continue }
                if successor != nil {
                    succeed(by: PendingUpdate.Ready(version: candidate, images: images))
                    continue
                }
                update.setReady(candidate, images)
                imagesInterrupt.ring()
                bell.ring()
                await update.bell.wait()
            } catch is CancellationError {
                // The loop ends, or a newer version is there.
            } catch let failure as ImageFailure {
                noteWaiting(WaitingReason(failure.reason.rawValue, failure.message))
                _ = await update.bell.wait(until: failure.retryAt, on: parts.clock)
            } catch {
                let delay = noteFailure("prepare the update", error)
                _ = await update.bell.wait(until: parts.clock.now().adding(delay), on: parts.clock)
            }
        }
    }

    /// The images of the containers that the version starts; none where it takes nothing's place.
    private func images(for version: DesiredPod) async throws -> [String: RuntimeImage] {
        let spec = version.pod.spec
        var needed = spec.allContainers
        if successor == nil {
            let isLive = try await parts.monitor.state(of: uid).hasLiveContainers
            guard isLive || wasReady else { return [:] }
            if case .inPlace(let names) = change(to: version) {
                // Ephemeral ones say themselves why they don't start.
                needed = (spec.initContainers + spec.containers).filter { names.contains($0.name) }
            }
        }
        return try await parts.images.fetch(for: needed, of: running.pod, volumes: spec.volumes).mapValues {
            try $0.get()
        }
    }

    func change(to version: DesiredPod) -> PodUpdate {
        if version.hasFixedUID && version.uid != uid { return .replacement(because: "metadata.uid") }
        if isAssigned { return .ofAssigned(from: running.pod, to: version.pod) }
        return PodUpdate(from: running.pod, to: version.pod)
    }

    /// Shows why a newer version has not taken over, or that none is waiting.
    private func noteWaiting(_ reason: WaitingReason?) {
        guard parts.statuses.noteUpdateWaiting(fullName, reason, now: parts.clock.now()), let reason else { return }
        parts.actuator.events.record(
            .warning, "UpdatePending",
            "The new version of the manifest waits, the old one runs on: \(reason.reason): \(reason.message)",
            about: EventTarget(pod: running.pod))
    }

    // MARK: Taking over

    /// Lets the candidate take over if it is ready.
    func takeOverCandidate() async throws {
        guard let ready = update.beginTakeover() else { return }
        defer {
            update.endTakeover()
            // What the manifest asks for by now: the version that took over, a newer one, or even the one before.
            if let newest = update.candidate { manifestChanged(newest) }
        }
        do {
            try await takeOver(ready)
        } catch {
            update.setReady(ready.version, ready.images)
            throw error
        }
    }

    private func takeOver(_ ready: PendingUpdate.Ready) async throws {
        guard !machine.isUnwanted else { return }
        let change = change(to: ready.version)
        if isAssigned {
            if let refusal = refusalOfResize(to: ready.version) {
                update.noteRefusal()
                return try await become(ready, atPresentAmounts: refusal)
            }
            resize.endWaiting()
        } else if let refused = refusal(of: ready.version.pod, change) {
            update.noteRefusal()
            handle(.changed)
            return noteWaiting(WaitingReason(refused.reason, refused.message))
        }
        switch change {
        case .inPlace(let names): try await become(ready.version, restarting: names)
        case .replacement(let cause):
            successor = ready.version
            logger.info("another version takes the pod's place", metadata: ["because": "\(cause)"])
            handle(.removed)
        }
        fetchedImages.merge(ready.images) { $1 }
    }

    /// Has a yet newer version take the pod's place, which is ready before the pod has ended.
    private func succeed(by ready: PendingUpdate.Ready) {
        update.setCandidate(nil)
        guard case .stopping = machine.state, parts.admission.reserve(ready.version.pod) == nil else { return }
        successor = ready.version
        fetchedImages = ready.images
        noteWaiting(nil)
    }

    /// Why there is no room for the other version; what this one has counts as free.
    private func refusal(of pod: Pod, _ change: PodUpdate) -> AdmissionRejection? {
        guard isAdmitted else { return nil }
        return switch change {
        case .inPlace: parts.admission.exchange(pod)
        case .replacement: parts.admission.reserve(pod)
        }
    }

    /// Goes on as another version in the same sandbox.
    func become(_ version: DesiredPod, restarting names: Set<String>) async throws {
        let state = try await parts.monitor.state(of: uid)
        var next = version
        // The UID is that of the version which made the sandbox.
        next.pod.uid = uid
        let present = state.containers.map(\.id)
        var nextTarget = PodTarget(
            next.pod, doomed: target.doomed.intersection(present), startedOver: target.startedOver.intersection(present)
        )
        nextTarget.resized = target.resized
        // Of some it can't be told by themselves that they are to be made anew.
        for container in names.compactMap({ state.container(named: $0) }) where !nextTarget.isOutdated(container) {
            nextTarget.doomed.insert(container.id)
        }
        try await parts.checkpoints.save(AcceptedPod(next, nextTarget))
        let isResize = next.pod.hasOtherAmounts(than: running.pod)
        running = next
        target = nextTarget
        isCheckpointed = true
        if isResize, isAdmitted { beginResize() }
        hasStaleVolumes = true
        hasOutdatedFiles = true
        for name in names {
            crashes.reset(name)
            waiting[name] = nil
            refusals[name] = nil
            fetchedImages[name] = nil
        }
        await parts.images.forget(next.pod)
        handle(.revised)
    }

    /// Has every container stop with its grace period and start again, as the operator asked for.
    func restartContainers() async throws {
        do {
            let state = try await parts.monitor.state(of: uid)
            target.doomed.formUnion(state.containers.map(\.id))
            target.doomed.formIntersection(state.containers.map(\.id))
            try await saveCheckpoint()
        } catch {
            update.requestRestart()
            throw error
        }
        for container in running.pod.spec.allContainers { crashes.reset(container.name) }
        handle(.revised)
    }
}

extension PodWorker {
    /// The version that runs, and those that may follow.
    var versions: [DesiredPod] { [running] + [update.candidate, successor].compactMap { $0 } }

    /// Whether it matters to the pod what its manifest says: one that goes for good has none.
    var followsManifest: Bool { successor != nil || !machine.isUnwanted }

    /// Tells that the pod is to go, and that no version of it takes its place.
    func manifestRemoved() {
        successor = nil
        update.setCandidate(nil)
        handle(.removed)
    }

    /// The version that takes this one's place, with the images that were fetched for it.
    var handover: PendingUpdate.Ready? {
        successor.map { PendingUpdate.Ready(version: $0, images: fetchedImages) }
    }
}
