import Synchronization

/// The newest events, shared by all watches: the writer adds each event once, and every watch reads from its own
/// position. A watch so costs a position and not a buffer.
final class WatchFeed: Sendable {
    /// What there is to read behind a position.
    enum Lookup {
        /// Nothing is newer.
        case nothing
        /// The position is older than the feed remembers: read the log.
        case behind
        case batch(WatchBatch)
        case ended(ObjectStoreError)
    }

    private struct Waiter {
        let prefix: String
        let position: Int64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var recent: [StoreEvent] = []
        var recentBytes = 0
        /// All events after this revision are in `recent`.
        var floor: Int64
        var latest: Int64
        var waiters: [UInt64: Waiter] = [:]
        var waiterCount: UInt64 = 0
        var ending: ObjectStoreError?
    }

    private static let eventLimit = 256
    private static let byteLimit = 1 << 20
    /// A waiting watch is told that time went on once it is so many revisions behind.
    static let progressInterval: Int64 = 250

    private let state: Mutex<State>

    init(latest: Int64) {
        state = Mutex(State(floor: latest, latest: latest))
    }

    /// Adds events in the order of their revisions and wakes the watches that they concern.
    func publish(_ events: [StoreEvent]) {
        guard let newest = events.last else { return }
        let woken = state.withLock { state in
            state.recent += events
            state.recentBytes += events.reduce(0) { $0 + Self.size($1) }
            state.latest = newest.revision
            Self.trim(&state)
            return Self.takeWaiters(&state) { waiter in
                newest.revision - waiter.position >= Self.progressInterval
                    || events.contains { $0.key.hasPrefix(waiter.prefix) }
            }
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Ends all watches.
    func end(_ error: ObjectStoreError) {
        let woken = state.withLock { state in
            state.ending = error
            return Self.takeWaiters(&state) { _ in true }
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    func lookup(prefix: String, after position: Int64) -> Lookup {
        state.withLock { state in
            if let ending = state.ending { return .ended(ending) }
            guard state.latest > position else { return .nothing }
            guard position >= state.floor else { return .behind }
            let first = state.recent.partitioningIndex { $0.revision > position }
            let events = state.recent[first...].filter { $0.key.hasPrefix(prefix) }
            return .batch(WatchBatch(events: events, revision: state.latest))
        }
    }

    /// Returns when there may be something to read behind the position, or when the task is cancelled.
    func wait(prefix: String, after position: Int64) async {
        let number = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard !Task.isCancelled, state.latest <= position, state.ending == nil else { return true }
                    state.waiters[number] = Waiter(prefix: prefix, position: position, continuation: continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }

    private static func takeWaiters(_ state: inout State, where isConcerned: (Waiter) -> Bool) -> [Waiter] {
        var taken: [Waiter] = []
        for (number, waiter) in state.waiters where isConcerned(waiter) {
            state.waiters[number] = nil
            taken.append(waiter)
        }
        return taken
    }

    /// Drops the older half when there is too much: seldom, and then many at once.
    private static func trim(_ state: inout State) {
        guard state.recent.count > eventLimit || state.recentBytes > byteLimit else { return }
        var dropped = 0
        while dropped < state.recent.count,
            state.recent.count - dropped > eventLimit / 2 || state.recentBytes > byteLimit / 2
        {
            state.recentBytes -= size(state.recent[dropped])
            state.floor = state.recent[dropped].revision
            dropped += 1
        }
        state.recent.removeFirst(dropped)
    }

    private static func size(_ event: StoreEvent) -> Int {
        event.value.count + (event.previous?.count ?? 0)
    }
}

extension Array {
    /// The first index whose element fulfils the condition, in an array where all behind it do as well.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
