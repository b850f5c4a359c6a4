package import KubernetesAPI

/// How fast a log grows, and when to look at its size next so that it is rotated on time.
///
/// A log that nobody writes to is not looked at: its next write wakes. After that it is looked at by the clock, however
/// often it is written to, until nothing came for an interval.
package struct LogGrowth: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        /// Nothing is to be done before the next write.
        case awaitWrite
        case look(at: Timestamp)
        /// The limit is reached.
        case rotate
    }

    /// Even the fastest log is looked at, and rotated, no more often than this.
    static let shortestPause = Duration.seconds(1)

    private let limit: Int64
    private let interval: Duration
    private var size: Int64 = 0
    private var lookedAt: Timestamp
    private var grewAt: Timestamp
    /// Bytes a second in the last stretch that the log grew in.
    private var pace: Double?
    /// Since when the log rests, or rested last.
    private var restedAt: Timestamp?
    /// The first write after a long rest, and none since: it may well be the only one.
    private var isLoneWrite = false

    /// - Parameters:
    ///   - limit: bytes from which on a log is rotated.
    ///   - interval: how often a log is looked at that grows slowly.
    package init(limit: Int64, interval: Duration, now: Timestamp) {
        self.limit = limit
        self.interval = interval
        lookedAt = now
        grewAt = now
    }

    /// Begins with a log that may be written to or not.
    package mutating func begin(size: Int64, at now: Timestamp) -> Step {
        guard !isDue(size) else { return .rotate }
        note(size, at: now)
        return rest(at: now)
    }

    /// The log was written to while it rested. How fast it grows shows the next look, which therefore comes soon.
    package mutating func written(size: Int64, at now: Timestamp) -> Step {
        guard !isDue(size) else { return .rotate }
        note(size, at: now)
        grewAt = now
        isLoneWrite = restedAt.map { now.since($0) >= interval } ?? false
        return .look(at: now.adding(min(Self.shortestPause, interval)))
    }

    package mutating func looked(size: Int64, at now: Timestamp) -> Step {
        let grown = size - self.size
        let passed = now.since(lookedAt)
        if grown > 0, passed > .zero { pace = Double(grown) / passed.inSeconds }
        guard !isDue(size) else { return .rotate }
        note(size, at: now)
        if grown != 0 {
            grewAt = now
            isLoneWrite = false
            return .look(at: now.adding(pauseUntilLimit))
        }
        let restsAt = grewAt.adding(interval)
        return isLoneWrite || now >= restsAt ? rest(at: now) : .look(at: restsAt)
    }

    /// The log was rotated; the new file is empty.
    package mutating func rotated(at now: Timestamp) -> Step {
        note(0, at: now)
        grewAt = now
        isLoneWrite = false
        return .look(at: now.adding(pauseUntilLimit))
    }

    /// The log could not be rotated, or not be looked at.
    package mutating func failed(at now: Timestamp) -> Step {
        lookedAt = now
        return .look(at: now.adding(interval))
    }

    /// An empty log is not rotated, even if the limit is zero.
    private func isDue(_ size: Int64) -> Bool { size >= limit && size > 0 }

    private mutating func note(_ size: Int64, at now: Timestamp) {
        self.size = size
        lookedAt = now
    }

    private mutating func rest(at now: Timestamp) -> Step {
        restedAt = now
        isLoneWrite = false
        return .awaitWrite
    }

    /// How long the log takes to its limit at its pace.
    private var pauseUntilLimit: Duration {
        guard let pace, pace > 0 else { return min(Self.shortestPause, interval) }
        let seconds = Double(limit - size) / pace
        guard seconds < interval.inSeconds else { return interval }
        return max(.seconds(seconds), Self.shortestPause)
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
