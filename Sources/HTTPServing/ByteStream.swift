import NIOCore
import Synchronization

/// Bytes on their way from an event loop to a task, with backpressure; one task reads.
final class ByteStream: Sendable {
    private enum Ending {
        case open
        case finished
        case failed(any Error)
    }

    private struct State {
        var chunks = CircularBuffer<ByteBuffer>()
        var buffered = 0
        var ending = Ending.open
        var waiter: CheckedContinuation<ByteBuffer?, any Error>?
        var wasAsked = false
        var isPaused = false
    }

    /// Above this many unread bytes the source shall pause; once all are read it shall go on.
    private static let highWatermark = 65_536

    private let state = Mutex(State())
    private let onDemand: @Sendable () -> Void

    /// - Parameter onDemand: called when the reader asks for the first time, and when a paused source may go on.
    init(onDemand: @escaping @Sendable () -> Void) { self.onDemand = onDemand }

    /// Adds bytes. Returns whether the source may go on; if not it waits for `onDemand`.
    func push(_ chunk: ByteBuffer) -> Bool {
        let (waiter, goOn) = state.withLock { state in
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter as CheckedContinuation<ByteBuffer?, any Error>?, true)
            }
            state.chunks.append(chunk)
            state.buffered += chunk.readableBytes
            state.isPaused = state.buffered > Self.highWatermark
            return (nil, !state.isPaused)
        }
        waiter?.resume(returning: chunk)
        return goOn
    }

    /// Ends the stream after what was pushed; the first ending counts.
    func finish(throwing error: (any Error)? = nil) {
        let waiter = state.withLock { state -> CheckedContinuation<ByteBuffer?, any Error>? in
            guard case .open = state.ending else { return nil }
            state.ending = error.map(Ending.failed) ?? .finished
            defer { state.waiter = nil }
            return state.waiter
        }
        if let error { waiter?.resume(throwing: error) } else { waiter?.resume(returning: nil) }
    }

    /// The next bytes, or `nil` at the end. Throws what the stream was ended with, or `CancellationError`.
    func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in self.wait(continuation) }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func wait(_ continuation: CheckedContinuation<ByteBuffer?, any Error>) {
        let (result, demand) = state.withLock { state -> (Result<ByteBuffer?, any Error>?, Bool) in
            var result: Result<ByteBuffer?, any Error>?
            if Task.isCancelled {
                result = .failure(CancellationError())
            } else if let chunk = state.chunks.popFirst() {
                state.buffered -= chunk.readableBytes
                result = .success(chunk)
            } else {
                switch state.ending {
                case .finished: result = .success(nil)
                case .failed(let error): result = .failure(error)
                case .open: state.waiter = continuation
                }
            }
            let demand = !state.wasAsked || (state.isPaused && state.buffered == 0)
            state.wasAsked = true
            if demand { state.isPaused = false }
            return (result, demand)
        }
        if let result { continuation.resume(with: result) }
        if demand { onDemand() }
    }
}
