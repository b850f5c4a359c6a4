package import KubernetesAPI

/// Which shortages there are, and which have lasted long enough that pods have to go, after `synchronize` of upstream's
/// `pkg/kubelet/eviction/eviction_manager.go`.
package struct EvictionRecord: Sendable {
    private let thresholds: [EvictionThreshold]
    /// How long a shortage is shown after it was last seen.
    private let transitionPeriod: Duration
    private var firstSeen: [EvictionThreshold: Timestamp] = [:]
    private var lastSeen: [NodePressure: Timestamp] = [:]

    package init(thresholds: [EvictionThreshold], transitionPeriod: Duration) {
        self.thresholds = thresholds.filter { !$0.amount.isOff }
        self.transitionPeriod = transitionPeriod
    }

    /// The signals that anything depends on.
    package var signals: Set<EvictionSignal> { Set(thresholds.map(\.signal)) }

    /// Takes note of what there is now.
    /// - Returns: the thresholds for which pods have to go, the most urgent first.
    package mutating func note(
        _ observations: [EvictionSignal: SignalObservation], now: Timestamp
    ) -> [EvictionThreshold] {
        let met = thresholds.filter { threshold in
            guard let observation = observations[threshold.signal] else { return false }
            return threshold.isMet(observation, wasMet: firstSeen[threshold] != nil)
        }
        let before = firstSeen
        firstSeen = Dictionary(met.map { ($0, before[$0] ?? now) }) { first, _ in first }
        for threshold in met { lastSeen[threshold.signal.pressure] = now }
        return met.filter { threshold in
            guard let patience = threshold.gracePeriod else { return true }
            return now.since(firstSeen[threshold] ?? now) >= patience
        }.sorted { $0.rank < $1.rank }
    }

    /// Whether there is as much of everything as the thresholds and their `minimumReclaim` ask for.
    package func isRelieved(by observations: [EvictionSignal: SignalObservation]) -> Bool {
        !thresholds.contains { threshold in
            observations[threshold.signal].map { threshold.isMet($0, wasMet: true) } ?? false
        }
    }

    /// The shortages that the node shows.
    package func pressures(now: Timestamp) -> Set<NodePressure> {
        let current = Set(firstSeen.keys.map(\.signal.pressure))
        return current.union(lastSeen.filter { now.since($0.value) < transitionPeriod }.map(\.key))
    }
}

extension EvictionThreshold {
    /// Memory comes before everything else, and what evicts at once before what has patience.
    fileprivate var rank: Int { (signal.pressure == .memory ? 0 : 2) + (gracePeriod == nil ? 0 : 1) }
}
