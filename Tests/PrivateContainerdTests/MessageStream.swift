import Logging
import Synchronization

/// Log messages as events to wait for.
final class MessageStream: Sendable {
    private let messages: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (messages, continuation) = AsyncStream.makeStream() }

    var logger: Logger {
        Logger(label: "test") { [continuation] _ in Handler(continuation: continuation) }
    }

    /// Waits for a message, passing over others.
    func next(_ message: String) async {
        for await seen in messages where seen == message { return }
    }

    private struct Handler: LogHandler {
        let continuation: AsyncStream<String>.Continuation
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { continuation.yield(event.message.description) }
    }
}

/// A clock on which every pause is over at once, and is noted.
final class ImpatientClock: Clock, Sendable {
    private let recorded = Mutex<[Duration]>([])

    var pauses: [Duration] { recorded.withLock { $0 } }
    var now: ContinuousClock.Instant { ContinuousClock().now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        let pause = now.duration(to: deadline)
        // What has passed since the deadline was computed is far below a second.
        recorded.withLock { $0.append(.seconds((pause + .milliseconds(999)).components.seconds)) }
    }
}
