package import KubernetesAPI

/// Exponential delays between attempts at things that keep failing, one entry a key.
///
/// The first failure is retried at once; the delay that follows doubles with each attempt, from `initial` to
/// `maximum`. An entry that has been quiet for long enough starts over. Numbers and rules follow upstream's
/// `client-go/util/flowcontrol/backoff.go` as the kubelet uses it.
package struct BackOff: Sendable, Hashable {
    private struct Entry: Hashable {
        var delay: Duration
        var updatedAt: Timestamp
    }

    private let initial: Duration
    private let maximum: Duration
    private let resetAfter: Duration
    private var entries: [String: Entry] = [:]

    /// - Parameter resetAfter: how long an entry has to be quiet to start over; `nil` for twice the maximum.
    package init(
        initial: Duration = .seconds(10), maximum: Duration = .seconds(300), resetAfter: Duration? = nil
    ) {
        self.initial = initial
        self.maximum = max(initial, maximum)
        self.resetAfter = resetAfter ?? self.maximum * 2
    }

    /// When the next attempt is due after a failure at `failure`, or `nil` when it is due already.
    package func nextAttempt(_ key: String, after failure: Timestamp, now: Timestamp) -> Timestamp? {
        guard let entry = entries[key], !isStale(entry, at: failure) else { return nil }
        let due = failure.adding(entry.delay)
        return now < due ? due : nil
    }

    /// The delay that applies to the key now; zero when nothing failed lately.
    package func delay(_ key: String) -> Duration { entries[key]?.delay ?? .zero }

    /// Notes an attempt that follows a failure at `failure`.
    package mutating func recordAttempt(_ key: String, after failure: Timestamp, now: Timestamp) {
        guard let entry = entries[key], !isStale(entry, at: failure) else {
            entries[key] = Entry(delay: initial, updatedAt: now)
            return
        }
        entries[key] = Entry(delay: min(entry.delay * 2, maximum), updatedAt: now)
    }

    /// Forgets the key's failures.
    package mutating func reset(_ key: String) { entries[key] = nil }

    private func isStale(_ entry: Entry, at failure: Timestamp) -> Bool {
        failure.since(entry.updatedAt) > resetAfter
    }
}
