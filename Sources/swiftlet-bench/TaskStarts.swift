import ContainerRuntime
import Synchronization

/// Counts the processes that containerd reports as started, pause processes included, and when.
final class TaskStarts: Sendable {
    private struct State {
        /// One for each report.
        var instants: [ContinuousClock.Instant] = []
        /// Whether reports are coming in.
        var isConnected = false
        var waiting: [(total: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// How many have started by now.
    var count: Int { state.withLock { $0.instants.count } }

    /// Notes starts until its task is cancelled.
    func follow(_ events: AsyncStream<RuntimeEvent>) async {
        for await event in events {
            let now = ContinuousClock.now
            let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                switch event {
                case .changed(_, .started): state.instants.append(now)
                case .resynchronize: state.isConnected = true
                default: return []
                }
                let total = state.instants.count
                let ready = state.waiting.filter { $0.total <= total }.map(\.continuation)
                state.waiting.removeAll { $0.total <= total }
                return ready
            }
            for continuation in ready { continuation.resume() }
        }
    }

    /// Returns when reports are coming in.
    func waitUntilConnected() async throws {
        // The connection counts as the zeroth start.
        try await wait(total: 0)
    }

    /// The time of start number `total`, counted from the first ever.
    /// - Throws: `BenchmarkError` when it doesn't come within two minutes.
    func instant(ofStart total: Int) async throws -> ContinuousClock.Instant {
        try await wait(total: total)
        return state.withLock { $0.instants[total - 1] }
    }

    private func wait(total: Int) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await withCheckedContinuation { continuation in
                    let isReady = self.state.withLock { state in
                        if state.isConnected && state.instants.count >= total { return true }
                        state.waiting.append((total, continuation))
                        return false
                    }
                    if isReady { continuation.resume() }
                }
                return true
            }
            tasks.addTask {
                try await Task.sleep(for: .seconds(120))
                return false
            }
            let came = try await tasks.next() ?? false
            tasks.cancelAll()
            if !came {
                // What waits is let go, so that the group can end.
                let late = state.withLock { state in
                    defer { state.waiting = [] }
                    return state.waiting.map(\.continuation)
                }
                for continuation in late { continuation.resume() }
                throw BenchmarkError("start number \(total) has not come within two minutes; there were \(count)")
            }
        }
    }
}

/// Why a measurement did not come about.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
