import KubernetesAPI
import Logging
import PodLifecycle
import PodSources

/// How a pod is let go.
struct Goodbye: Sendable {
    /// Seconds between the two signals; `nil` for what its spec says.
    fileprivate(set) var gracePeriod: Int64?
    /// Whether somebody deleted the pod at the API server, where it stays until nothing is left of it here.
    fileprivate(set) var isDeleted: Bool
    /// Rung when there is less time than there was.
    fileprivate let shortened = WakeSignal()
    /// Each is rung once, when everything has stopped.
    fileprivate var onlookers: [WakeSignal] = []

    init(gracePeriod: Int64?, isDeleted: Bool) {
        self.gracePeriod = gracePeriod
        self.isDeleted = isDeleted
    }

    fileprivate mutating func resume() { gracePeriod = nil }

    fileprivate mutating func tellOnlookers() {
        for onlooker in onlookers { onlooker.ring() }
        onlookers = []
    }

    /// Takes note of less time; more of it there never is.
    fileprivate mutating func shorten(to seconds: Int64, from present: Int64) {
        guard max(1, seconds) < present else { return }
        gracePeriod = seconds
        shortened.ring()
    }
}

/// The end of a pod, in its time or before.
extension PodWorker {
    /// Tells that the pod was deleted at the API server, or that it now gets less time to end.
    func terminate(within seconds: Int64) {
        goodbye.isDeleted = true
        if goodbye.gracePeriod == nil, !machine.isStopping {
            goodbye.gracePeriod = seconds
        } else {
            goodbye.shorten(to: seconds, from: gracePeriod)
        }
        manifestRemoved()
    }

    /// Whether the pod was deleted at the API server.
    var isDeleted: Bool { goodbye.isDeleted }

    /// Ends all of the pod for good, though it is wanted.
    /// - Parameter gracePeriod: seconds; `nil` for what its spec says.
    func end(because ending: PodEnding, gracePeriod: Int64? = nil) async {
        guard self.ending == nil, !machine.isStopping else { return }
        self.ending = ending
        // A shutdown is told of the node, once.
        if ending != .nodeShutdown {
            parts.actuator.events.record(
                .warning, ending.reason, ending.message, about: EventTarget(pod: running.pod),
                annotations: ending.annotations)
        }
        if let gracePeriod { goodbye.gracePeriod = gracePeriod }
        if let state = try? await parts.monitor.state(of: uid) { publish(state) }
        handle(.completed)
    }

    /// As `end(because:gracePeriod:)`, and waits until all of it has ended, for no longer than `patience`. One that ends
    /// already is only waited for.
    func end(because ending: PodEnding, gracePeriod: Int64, within patience: Duration) async {
        await end(because: ending, gracePeriod: gracePeriod)
        guard machine.isStopping, !hasStopped else { return }
        let stopped = WakeSignal()
        goodbye.onlookers.append(stopped)
        _ = await stopped.wait(until: parts.clock.now().adding(patience), on: parts.clock)
    }

    /// Removes the containers of a pod that has ended for good, and their logs.
    func removeContainersOfEnded() async {
        guard case .finished = machine.state, let state = try? await parts.monitor.state(of: uid),
            !state.containers.isEmpty, case .finished = machine.state
        else { return }
        _ = await parts.actuator.remove(state.containers, of: state)
    }

    /// Runs again after a shutdown was called off that all of it was ended for.
    func resume() {
        guard ending == .nodeShutdown else { return }
        ending = nil
        goodbye.resume()
        handle(.revised)
    }

    /// Whether nothing of it runs any more.
    private var hasStopped: Bool {
        switch machine.state {
        case .finished, .removing, .ended: true
        case .syncing, .stopping: false
        }
    }

    private var gracePeriod: Int64 { max(1, goodbye.gracePeriod ?? running.pod.gracePeriod) }

    func stop() async throws {
        await saveFarewell()
        let state = try await parts.monitor.state(of: uid)
        followProbes(state)
        try await stopAll(state)
        publish(try await parts.monitor.state(of: uid))
        // What has ended for good takes nothing of the node any more.
        if case .stopping(.completed) = machine.state, successor == nil {
            parts.admission.release(fullName)
            isAdmitted = false
            // Nothing of an assigned pod runs again then, and its files may be why it had to end (upstream:
            // `SyncTerminatedPod` in `pkg/kubelet/kubelet.go`).
            if isAssigned { try parts.actuator.volumes.removeAll(of: uid) }
        }
        machine.handle(.stopped)
        goodbye.tellOnlookers()
    }

    /// Stops everything, and begins again with less time when somebody shortens it.
    private func stopAll(_ state: PodRuntimeState) async throws {
        var skipsHooks = false
        while true {
            let (actuator, pod) = (parts.actuator, running.pod)
            let manner = PodActuator.StopManner(gracePeriod: gracePeriod, skipsHooks: skipsHooks)
            if try await goodbye.shortened.race({ try await actuator.stopAll(pod, state, manner) }) != nil { return }
            // It may have been shortened before this began.
            skipsHooks = skipsHooks || manner.gracePeriod != gracePeriod
        }
    }

    /// Lets the next kubelet know, should this one not see the end of it, that nobody is to go on with this pod.
    private func saveFarewell() async {
        guard case .stopping(.removed) = machine.state, successor == nil else { return }
        do {
            try await parts.checkpoints.save(AcceptedPod(running, isLeaving: true))
        } catch {
            // On a disk that is full it goes all the same.
            logger.warning("cannot save that the pod is on its way out", metadata: ["error": "\(error)"])
        }
    }

    func remove() async throws {
        try await parts.actuator.removeAll(running.pod, try await parts.monitor.state(of: uid))
        // Till its successor runs, a checkpoint is all that is left of the pod if its manifest is spoiled meanwhile.
        if let successor { try await parts.checkpoints.save(AcceptedPod(successor, supersedes: uid)) }
        if successor?.uid != uid { try await parts.checkpoints.remove(uid) }
        await parts.images.forget(running.pod)
        lastStatus = parts.statuses.forget(uid) ?? lastStatus
        machine.handle(.cleaned)
        logger.info("the pod is gone")
    }
}
