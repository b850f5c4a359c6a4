import Synchronization

/// A gate that opens, or turns out to stay shut, once; any number may wait in front of it.
final class StartGate: Sendable {
    private enum State {
        case waiting([AsyncStream<Never>.Continuation])
        case decided(Result<Void, any Error>)
    }

    private let state = Mutex(State.waiting([]))

    /// Lets everybody through, now and later; does nothing once that is decided.
    func open() { decide(.success(())) }

    /// Sends everybody away with an error, now and later; does nothing once the gate has opened.
    func shut(_ error: any Error) { decide(.failure(error)) }

    /// Throws what the gate was shut with, or `CancellationError`.
    func pass() async throws {
        let (decision, continuation) = AsyncStream.makeStream(of: Never.self)
        state.withLock { state in
            switch state {
            case .waiting(let others): state = .waiting(others + [continuation])
            case .decided: continuation.finish()
            }
        }
        for await _ in decision {}
        try Task.checkCancellation()
        try state.withLock { state in
            if case .decided(let result) = state { try result.get() }
        }
    }

    private func decide(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state -> [AsyncStream<Never>.Continuation] in
            guard case .waiting(let continuations) = state else { return [] }
            state = .decided(result)
            return continuations
        }
        for continuation in waiting { continuation.finish() }
    }
}
