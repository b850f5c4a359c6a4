package import KubernetesAPI

/// The time of day and the only way to wait for it; tests put a manual one in its place.
package protocol KubeletClock: Sendable {
    func now() -> Timestamp
    /// Returns at `moment`, at once when that has passed; throws `CancellationError` when cancelled.
    func sleep(until moment: Timestamp) async throws
}

extension KubeletClock {
    package func sleep(for duration: Duration) async throws {
        try await sleep(until: now().adding(duration))
    }
}
