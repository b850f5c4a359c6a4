package import KubernetesAPI

/// What a probe is for. Spelled as events spell it.
package enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    /// Until it succeeds, the others wait; when it fails for good, the container is restarted.
    case startup = "Startup"
    /// Whether the container is ready for its clients.
    case readiness = "Readiness"
    /// When it fails for good, the container is restarted.
    case liveness = "Liveness"
}

extension Container {
    package func probe(_ kind: ProbeKind) -> Probe? {
        switch kind {
        case .startup: startupProbe
        case .readiness: readinessProbe
        case .liveness: livenessProbe
        }
    }
}

/// What one check found.
package struct ProbeOutcome: Sendable, Hashable {
    package enum Result: String, Sendable, Hashable {
        case success
        /// A success with something to be said about it.
        case warning
        case failure
        /// It could not be found out; it counts as nothing.
        case unknown
    }

    package var result: Result
    package var message: String

    package init(_ result: Result, _ message: String = "") {
        self.result = result
        self.message = message
    }
}

/// Counts a probe's outcomes up to its thresholds.
package struct ProbeRecord: Sendable, Hashable {
    private var wasSuccess: Bool?
    private var count: Int32 = 0

    package init() {}

    /// Takes note of an outcome.
    /// - Returns: what is true of the container from now on; `nil` when that is still open.
    package mutating func note(_ outcome: ProbeOutcome, _ probe: Probe) -> Bool? {
        let isSuccess: Bool
        switch outcome.result {
        case .success, .warning: isSuccess = true
        case .failure: isSuccess = false
        case .unknown: return nil
        }
        count = wasSuccess == isSuccess ? min(count, .max - 1) + 1 : 1
        wasSuccess = isSuccess
        return count < (isSuccess ? probe.successThreshold : probe.failureThreshold) ? nil : isSuccess
    }
}

/// When a probe is due. The beat is counted from the container's start, so that those of a node don't all come at once,
/// not even after a restart of the kubelet.
package struct ProbeSchedule: Sendable, Hashable {
    private let first: Timestamp
    private let period: Duration

    package init(_ probe: Probe, startedAt: Timestamp) {
        first = startedAt.adding(seconds: Int64(probe.initialDelaySeconds))
        period = .seconds(max(1, Int64(probe.periodSeconds)))
    }

    /// The first one that somebody makes who begins now: at once, unless the container is to be left alone for a while.
    package func beginning(now: Timestamp) -> Timestamp { max(first, now) }

    /// The one after one that has ended now. Those that it has taken the time of are left out.
    package func next(after now: Timestamp) -> Timestamp {
        let elapsed = now.since(first)
        guard elapsed >= .zero else { return first }
        return first.adding(period * (elapsed.seconds / period.seconds + 1))
    }
}

extension Duration {
    fileprivate var seconds: Int64 { components.seconds }
}
