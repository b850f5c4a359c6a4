package import KubernetesAPI
package import PodLifecycle
import Synchronization

/// A bell for one waiting task: rings are not counted, and one that comes early is not lost.
///
/// Unlike an `AsyncStream`, it survives the cancellation of a wait, so that a wait can be raced against a timer.
package final class WakeSignal: Sendable {
    /// `idle` → `rung` or `waiting`; `rung` → `idle`; `waiting` → `idle`.
    private enum State {
        case idle
        case rung
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    package init() {}

    /// Wakes the waiting task, or lets the next wait return at once.
    package func ring() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            if case .waiting(let continuation) = state {
                state = .idle
                return continuation
            }
            state = .rung
            return nil
        }
        waiter?.resume()
    }

    /// As `wait()`, but at `moment` at the latest.
    /// - Returns: whether the moment came before the bell rang.
    package func wait(until moment: Timestamp, on clock: any KubeletClock) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.wait()
                return false
            }
            group.addTask { (try? await clock.sleep(until: moment)) != nil }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Runs a step that is cancelled when the bell rings first: the answer is `nil` then.
    func race<Value: Sendable>(_ step: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await step() }
            group.addTask {
                await self.wait()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Returns when the bell rings, rang since the last wait, or the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumesNow = state.withLock { state in
                    if case .rung = state {
                        state = .idle
                        return true
                    }
                    if Task.isCancelled { return true }
                    state = .waiting(continuation)
                    return false
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
                guard case .waiting(let continuation) = state else { return nil }
                state = .idle
                return continuation
            }
            waiter?.resume()
        }
    }
}
