package import KubernetesAPI
import PodLifecycle
import Synchronization

/// A clock that stands still until a test advances it.
package final class ManualClock: KubeletClock {
    private struct Sleeper {
        let due: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Waiter {
        let id: Int
        let condition: @Sendable ([Timestamp]) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var serial = 0
        var sleepers: [Int: Sleeper] = [:]
        var waiters: [Waiter] = []

        var dues: [Timestamp] { sleepers.values.map(\.due).sorted() }

        mutating func takeMetWaiters() -> [Waiter] {
            let dues = dues
            let met = waiters.filter { $0.condition(dues) }
            waiters.removeAll { $0.condition(dues) }
            return met
        }
    }

    private let guarded: Mutex<State>

    package init(_ start: Timestamp = .testStart) {
        guarded = Mutex(State(now: start))
    }

    package func now() -> Timestamp { guarded.withLock { $0.now } }

    package func sleep(until moment: Timestamp) async throws {
        try Task.checkCancellation()
        let id = guarded.withLock { state in
            state.serial += 1
            return state.serial
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isCancelled = Task.isCancelled
                let (isOver, met) = guarded.withLock { state -> (Bool, [Waiter]) in
                    if isCancelled || moment <= state.now { return (true, []) }
                    state.sleepers[id] = Sleeper(due: moment, continuation: continuation)
                    return (false, state.takeMetWaiters())
                }
                for waiter in met { waiter.continuation.resume() }
                guard isOver else { return }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { continuation.resume() }
            }
        } onCancel: {
            let (sleeper, met) = guarded.withLock { state in
                (state.sleepers.removeValue(forKey: id), state.takeMetWaiters())
            }
            for waiter in met { waiter.continuation.resume() }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets time pass, and wakes who slept until then.
    package func advance(by duration: Duration) {
        let woken = guarded.withLock { state in
            state.now = state.now.adding(duration)
            let now = state.now
            let woken = state.sleepers.filter { $0.value.due <= now }
            for id in woken.keys { state.sleepers[id] = nil }
            return woken.values.sorted { $0.due < $1.due }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// The moments that somebody sleeps until, in order.
    package var sleepers: [Timestamp] { guarded.withLock { $0.dues } }

    /// Returns once the moments that somebody sleeps until meet the condition.
    package func wait(until condition: @escaping @Sendable ([Timestamp]) -> Bool) async throws {
        let id = guarded.withLock { state in
            state.serial += 1
            return state.serial
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isCancelled = Task.isCancelled
                let isOver = guarded.withLock { state in
                    if isCancelled || condition(state.dues) { return true }
                    state.waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
                    return false
                }
                guard isOver else { return }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { continuation.resume() }
            }
        } onCancel: {
            let waiter = guarded.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns once somebody sleeps for this long from now on.
    package func waitForSleep(of duration: Duration) async throws {
        let due = now().adding(duration)
        try await wait { $0.contains(due) }
    }
}

extension Timestamp {
    /// When tests begin: 2026-11-24T00:00:00Z.
    package static let testStart = Timestamp(seconds: 1_795_478_400)
}
