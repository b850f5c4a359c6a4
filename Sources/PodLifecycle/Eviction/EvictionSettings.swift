/// The thresholds of a configuration.
package struct EvictionSettings: Sendable {
    /// What can't be a threshold; one line.
    package struct Invalid: Error, CustomStringConvertible {
        package let description: String
    }

    package var thresholds: [EvictionThreshold] = []
    /// How long a shortage is shown after it was last seen.
    package var transitionPeriod: Duration
    /// The longest time in seconds that a pod gets for which a lasting shortage is the reason.
    package var maxPodGracePeriod: Int64

    /// Signals that upstream knows and overrides: containers' files are with the images.
    private static let silent: Set<String> = ["containerfs.available", "containerfs.inodesFree"]

    /// - Parameters: `evictionHard`, `evictionSoft`, `evictionSoftGracePeriod` and `evictionMinimumReclaim`, by signal.
    package init(
        hard: [String: String], soft: [String: String], softGracePeriods: [String: Duration],
        minimumReclaim: [String: String], transitionPeriod: Duration, maxPodGracePeriod: Int64
    ) throws(Invalid) {
        self.transitionPeriod = transitionPeriod
        self.maxPodGracePeriod = maxPodGracePeriod
        for (name, text) in hard.sorted(by: { $0.key < $1.key }) {
            try add(name, text, nil, minimumReclaim[name], field: "evictionHard")
        }
        for (name, text) in soft.sorted(by: { $0.key < $1.key }) {
            guard let patience = softGracePeriods[name] else {
                throw Invalid(
                    description: "evictionSoft: grace period must be specified for the soft eviction threshold \(name)")
            }
            try add(name, text, patience, minimumReclaim[name], field: "evictionSoft")
        }
    }

    /// Keeps as much free of what pods may have together as of the machine's memory, so that pods are evicted before the
    /// kernel ends processes of any pod (upstream: `addAllocatableThresholds` in `pkg/kubelet/eviction/helpers.go`).
    package mutating func keepFreeOfAllocatable() {
        thresholds += thresholds.filter { $0.signal == .memoryAvailable && $0.gracePeriod == nil }.map { threshold in
            var copy = threshold
            copy.signal = .allocatableMemoryAvailable
            return copy
        }
    }

    private mutating func add(
        _ name: String, _ text: String, _ patience: Duration?, _ reclaim: String?, field: String
    ) throws(Invalid) {
        if Self.silent.contains(name) { return }
        guard let signal = EvictionSignal(rawValue: name) else {
            throw Invalid(description: "\(field): unsupported eviction signal \(name)")
        }
        var threshold = EvictionThreshold(
            signal: signal, amount: try Self.amount(text, name, field), gracePeriod: patience)
        threshold.minimumReclaim = try reclaim.map { text throws(Invalid) in
            try Self.amount(text, name, "evictionMinimumReclaim")
        }
        thresholds.append(threshold)
    }

    private static func amount(
        _ text: String, _ name: String, _ field: String
    ) throws(Invalid) -> EvictionThreshold.Amount {
        guard let amount = EvictionThreshold.Amount(parsing: text) else {
            throw Invalid(
                description: "\(field): eviction threshold \(name) must be an amount or a percentage, not \(text)")
        }
        return amount
    }
}
