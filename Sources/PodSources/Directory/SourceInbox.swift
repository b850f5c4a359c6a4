import HostSystem
import Synchronization

/// What woke a directory source, gathered until it has time: bounded, and without waking it twice.
final class SourceInbox: Sendable {
    struct Contents: Sendable {
        /// In the kernel's order.
        var events: [InotifyEvent] = []
        /// Whether everything is to be looked at.
        var wantsScan = false
    }

    /// One element for any number of notes since the last.
    let wakeups: AsyncStream<Void>
    private let wakeup: AsyncStream<Void>.Continuation
    private let contents = Mutex(Contents())
    private let limit = 4_096

    init() {
        (wakeups, wakeup) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes an event; those beyond the limit become one scan.
    func add(_ event: InotifyEvent) {
        contents.withLock { contents in
            if contents.events.count < limit { return contents.events.append(event) }
            contents.events = []
            contents.wantsScan = true
        }
        wakeup.yield()
    }

    func requestScan() {
        contents.withLock { $0.wantsScan = true }
        wakeup.yield()
    }

    /// Wakes without anything new: a deadline has come.
    func wake() { wakeup.yield() }

    func take() -> Contents {
        contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }
}
