import KubernetesAPI

/// How many pulls may begin: so many a second, and some more at once after a pause. A pull too many fails.
///
/// Upstream's token bucket (`throttleImagePulling` in `pkg/kubelet/images/helpers.go`).
package struct PullRate: Sendable, Hashable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    /// When `tokens` was right.
    private var counted: Timestamp?

    /// - Parameters:
    ///   - perSecond: 0 for no limit.
    ///   - burst: at once.
    package init?(perSecond: Int32, burst: Int32) {
        guard perSecond > 0 else { return nil }
        self.perSecond = Double(perSecond)
        self.burst = Double(burst)
        tokens = self.burst
    }

    /// Takes one pull's turn, if there is one at this moment.
    mutating func take(at now: Timestamp) -> Bool {
        // A clock that was set back brings nothing.
        let passed = max(.zero, counted.map { now.since($0) } ?? .zero)
        counted = now
        tokens = min(burst, tokens + passed / .seconds(1) * perSecond)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
