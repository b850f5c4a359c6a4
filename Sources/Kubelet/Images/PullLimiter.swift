/// Lets a bounded number of image pulls, or of what belongs to them, run at a time, in the order they asked.
package actor PullLimiter {
    private let limit: Int
    private var running = 0
    private var queue: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    private var nextID: UInt64 = 0

    /// - Parameter limit: pulls at a time; `nil` for any number.
    package init(limit: Int?) { self.limit = limit ?? .max }

    /// Runs `body` when it is its turn.
    package func withTurn<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await waitForTurn()
        defer { passTurn() }
        return try await body()
    }

    private func waitForTurn() async throws {
        if running < limit {
            running += 1
            return
        }
        nextID += 1
        let id = nextID
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    queue.append((id, continuation))
                }
            }
        } onCancel: {
            // A bridge from the synchronous handler into the actor; it ends at once.
            Task { await self.leave(id) }
        }
        guard granted else { throw CancellationError() }
    }

    private func leave(_ id: UInt64) {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return }
        queue.remove(at: index).continuation.resume(returning: false)
    }

    private func passTurn() {
        guard !queue.isEmpty else {
            running -= 1
            return
        }
        queue.removeFirst().continuation.resume(returning: true)
    }
}
