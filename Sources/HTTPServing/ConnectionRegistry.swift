import NIOCore
import Synchronization

/// The open connections and running requests of a server.
final class ConnectionRegistry: Sendable {
    private struct Entry {
        let channel: any Channel
        let connection: NIOLoopBound<HTTPConnectionHandler>
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var tasks = 0
        var isDraining = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    let failedWrite: EventLoopFuture<Void>
    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int, eventLoop: any EventLoop) {
        self.limit = limit
        failedWrite = eventLoop.makeFailedFuture(HTTPServingError.connectionClosed)
    }

    /// Takes a new connection in, or says no when there are too many or the server stops.
    func admit(_ channel: any Channel, _ connection: NIOLoopBound<HTTPConnectionHandler>) -> Bool {
        let identifier = ObjectIdentifier(channel)
        let isAdmitted = state.withLock { state in
            guard !state.isDraining, state.entries.count < limit else { return false }
            state.entries[identifier] = Entry(channel: channel, connection: connection)
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { _ in self.update { $0.entries[identifier] = nil } }
        }
        return isAdmitted
    }

    func taskStarted() { update { $0.tasks += 1 } }

    func taskEnded() { update { $0.tasks -= 1 } }

    /// Asks every connection to end once its request has.
    func drain() {
        let entries = state.withLock { state in
            state.isDraining = true
            return Array(state.entries.values)
        }
        for entry in entries {
            entry.channel.eventLoop.execute { entry.connection.value.drain(entry.channel) }
        }
    }

    func closeAll() {
        let entries = state.withLock { Array($0.entries.values) }
        for entry in entries { entry.channel.close(promise: nil) }
    }

    /// Returns once no connection is open and no request runs.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                guard state.entries.isEmpty, state.tasks == 0 else {
                    state.waiter = continuation
                    return false
                }
                return true
            }
            if isEmpty { continuation.resume() }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            change(&state)
            guard state.entries.isEmpty, state.tasks == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
