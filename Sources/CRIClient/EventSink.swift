internal import ContainerRuntime
internal import Synchronization

/// Where the events of one subscriber go: a bounded buffer that turns an overflow into one `.resynchronize`.
final class EventSink: Sendable {
    /// How many events wait for a slow consumer before the oldest are given up for a relist.
    static let capacity = 1024

    private struct State {
        var isConnected = false
        /// Events put into the buffer since the last `.resynchronize`.
        var sinceResynchronize = 0
    }

    private let continuation: AsyncStream<RuntimeEvent>.Continuation
    private let state = Mutex(State())

    init(_ continuation: AsyncStream<RuntimeEvent>.Continuation) {
        self.continuation = continuation
    }

    /// Whether the last thing known of the subscription is that it stands.
    var isConnected: Bool { state.withLock { $0.isConnected } }

    /// Notes that the subscription stands; does nothing while it does.
    func connect() {
        state.withLock { state in
            guard !state.isConnected else { return }
            state.isConnected = true
            put(.resynchronize, &state)
        }
    }

    /// Notes that the subscription is lost; does nothing, and returns `false`, while there is none.
    @discardableResult
    func disconnect() -> Bool {
        state.withLock { state in
            guard state.isConnected else { return false }
            state.isConnected = false
            put(.disconnected, &state)
            return true
        }
    }

    func changed(_ id: String, _ change: RuntimeEvent.Change) {
        state.withLock { put(.changed(id: id, change), &$0) }
    }

    private func put(_ event: RuntimeEvent, _ state: inout State) {
        state.sinceResynchronize = event == .resynchronize ? 0 : state.sinceResynchronize + 1
        guard case .dropped = continuation.yield(event) else { return }
        // The buffer is full of what the consumer has yet to see; if that has no relist in it any more, ask for one.
        guard state.isConnected, state.sinceResynchronize >= Self.capacity else { return }
        state.sinceResynchronize = 0
        continuation.yield(.resynchronize)
    }
}
