package import PodLifecycle

/// Lets a bounded number of calls run at a time; the others wait for their turn, in the order they asked.
package actor Turns {
    /// Who goes first of those that wait.
    package enum Rank: Int, Sendable, Comparable {
        /// What brings something to its end that has begun.
        case finishing
        /// What begins something new.
        case beginning

        package static func < (one: Rank, other: Rank) -> Bool { one.rawValue < other.rawValue }
    }

    private struct Waiter {
        var id: UInt64
        var rank: Rank
        var continuation: CheckedContinuation<Bool, Never>
    }

    private let limit: Int
    private let patience: Patience?
    private var holders: Set<UInt64> = []
    private var queue: [Waiter] = []
    private var nextID: UInt64 = 0

    /// For how long a call keeps others waiting.
    package struct Patience: Sendable {
        package var duration: Duration
        package var clock: any KubeletClock

        package init(_ duration: Duration, on clock: any KubeletClock) {
            self.duration = duration
            self.clock = clock
        }
    }

    /// - Parameters:
    ///   - limit: calls at a time; `nil` for any number.
    ///   - patience: a call that takes longer goes on without having a turn, so that what hangs holds nothing up.
    package init(limit: Int?, patience: Patience? = nil) {
        self.limit = limit ?? .max
        self.patience = patience
    }

    /// How many wait.
    var waiting: Int { queue.count }

    /// Runs `body` when it is its turn.
    package func withTurn<Value: Sendable>(
        _ rank: Rank = .beginning, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let turn = try await take(rank)
        defer { giveBack(turn) }
        guard let patience else { return try await body() }
        return try await withThrowingTaskGroup(of: Value?.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                // Cut short when the call ends first, which gives the turn back a moment earlier.
                try? await patience.clock.sleep(for: patience.duration)
                await self.giveBack(turn)
                return nil
            }
            defer { tasks.cancelAll() }
            while let result = try await tasks.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func take(_ rank: Rank) async throws -> UInt64 {
        nextID += 1
        let id = nextID
        if holders.count < limit {
            holders.insert(id)
            return id
        }
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    queue.append(Waiter(id: id, rank: rank, continuation: continuation))
                }
            }
        } onCancel: {
            // A bridge from the synchronous handler into the actor; it ends at once.
            Task { await self.leave(id) }
        }
        guard granted else { throw CancellationError() }
        return id
    }

    private func leave(_ id: UInt64) {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return }
        queue.remove(at: index).continuation.resume(returning: false)
    }

    /// May be told more than once.
    private func giveBack(_ id: UInt64) {
        guard holders.remove(id) != nil else { return }
        guard let next = queue.indices.min(by: { queue[$0].rank < queue[$1].rank }) else { return }
        let waiter = queue.remove(at: next)
        holders.insert(waiter.id)
        waiter.continuation.resume(returning: true)
    }
}
