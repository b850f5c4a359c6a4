/// Where a pod worker stands. Each state names the states that may follow it.
package enum PodWorkerState: Sendable, Hashable {
    /// Being made, or kept, as its spec says. Next: `stopping`.
    case syncing
    /// Everything is being stopped. Next: `finished` or again `syncing` after `completed`, `removing` after `removed`.
    case stopping(StopReason)
    /// Its containers have ended for good and its manifest is still there. Next: `removing`, or `syncing` when they are
    /// to run again.
    case finished
    /// Stopped, and what is left of it is being removed. Next: `ended`.
    case removing
    /// Nothing is left.
    case ended

    package enum StopReason: Sendable, Hashable {
        /// Every container has done its work, or failed for good.
        case completed
        /// The pod is no longer wanted, or not as it is: another version follows when nothing is left.
        case removed
    }
}

/// What a pod worker is to do next.
package enum PodWorkerCommand: Sendable, Hashable {
    /// Compare the pod with what runs, and act.
    case sync
    /// Stop the containers with their grace period, then the sandbox.
    case stop
    /// Remove sandboxes, volumes, directories and the checkpoint.
    case remove
    /// Wait for the next event.
    case wait
    /// Leave: nothing is left to do.
    case leave
}

/// The states of a pod worker and the only way between them.
package struct PodWorkerMachine: Sendable, Hashable {
    package enum Event: Sendable, Hashable {
        /// The runtime, a timer or a probe gives reason to look again.
        case changed
        /// The spec is another by now, or containers are to be restarted.
        case revised
        /// The containers have ended and none is to start again.
        case completed
        /// The pod is no longer wanted.
        case removed
        /// Containers and sandbox have stopped.
        case stopped
        /// What was left has been removed.
        case cleaned
    }

    package private(set) var state: PodWorkerState
    /// Something changed since the last sync began.
    private var isStale = true

    /// - Parameter isUnwanted: the pod is only found in the runtime, and has to go.
    package init(isUnwanted: Bool) {
        state = isUnwanted ? .stopping(.removed) : .syncing
    }

    /// What to do in the state as it is. Asking for `sync` takes the change that called for it.
    package mutating func nextCommand() -> PodWorkerCommand {
        switch state {
        case .finished: return .wait
        case .syncing:
            guard isStale else { return .wait }
            isStale = false
            return .sync
        case .stopping: return .stop
        case .removing: return .remove
        case .ended: return .leave
        }
    }

    /// Takes an event; one that has no meaning in the present state changes nothing.
    package mutating func handle(_ event: Event) {
        switch (state, event) {
        case (.syncing, .changed): isStale = true
        case (.syncing, .revised), (.stopping(.completed), .revised), (.finished, .revised):
            state = .syncing
            isStale = true
        case (.syncing, .completed): state = .stopping(.completed)
        case (.syncing, .removed), (.stopping(.completed), .removed): state = .stopping(.removed)
        case (.stopping(.completed), .stopped): state = .finished
        case (.stopping(.removed), .stopped), (.finished, .removed): state = .removing
        case (.removing, .cleaned): state = .ended
        default: break
        }
    }

    /// Whether its containers have ended or are being stopped.
    package var isStopping: Bool { state != .syncing }

    /// Whether the pod is on its way out, or gone.
    package var isUnwanted: Bool {
        switch state {
        case .stopping(.removed), .removing, .ended: true
        case .syncing, .stopping(.completed), .finished: false
        }
    }
}
