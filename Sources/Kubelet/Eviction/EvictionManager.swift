import HostSystem
import KubernetesAPI
package import Logging
package import PodLifecycle

/// Ends pods when the node runs short of memory, disk or processes, or when they have written more than they may, after
/// upstream's `pkg/kubelet/eviction/eviction_manager.go`. Static pods are never ended for that.
package actor EvictionManager {
    /// Upstream's.
    private static let period = Duration.seconds(10)
    /// When to look again after a pod has gone.
    private static let shortPeriod = Duration.seconds(1)
    /// Seconds that a pod gets for which there is no time.
    private static let leastGrace: Int64 = 1
    /// Seconds that a pod's end may take beyond half as much again as its grace period, or 10 s if that is more: what
    /// upstream has patience for while it cleans up (`podCleanupTimeout`, and `killPodNow` in `pkg/kubelet/pod_workers.go`).
    private static let cleanupPatience: Int64 = 30

    /// The parts that it works with.
    package struct Parts: Sendable {
        package var measurements: any NodeMeasurements
        package var workers: PodWorkers
        package var statuses: PodStatuses
        package var events: any EventSink
        package var nodeName: String
        package var clock: any KubeletClock
        package var logger: Logger

        package init(
            measurements: any NodeMeasurements, workers: PodWorkers, statuses: PodStatuses, events: any EventSink,
            nodeName: String, clock: any KubeletClock, logger: Logger
        ) {
            self.measurements = measurements
            self.workers = workers
            self.statuses = statuses
            self.events = events
            self.nodeName = nodeName
            self.clock = clock
            self.logger = logger
        }
    }

    private let parts: Parts
    private let settings: EvictionSettings
    private var record: EvictionRecord
    private var pressures: Set<NodePressure> = []
    /// Frees disk space that nobody needs.
    private let reclaimDisk: @Sendable () async -> Void
    private let onPressures: @Sendable (Set<NodePressure>) async -> Void

    /// - Parameters:
    ///   - reclaimDisk: removes ended containers and images that nobody needs.
    ///   - onPressures: told of the node's shortages when they change.
    package init(
        _ parts: Parts, settings: EvictionSettings, reclaimDisk: @escaping @Sendable () async -> Void,
        onPressures: @escaping @Sendable (Set<NodePressure>) async -> Void
    ) {
        self.parts = parts
        self.settings = settings
        self.reclaimDisk = reclaimDisk
        self.onPressures = onPressures
        record = EvictionRecord(thresholds: settings.thresholds, transitionPeriod: settings.transitionPeriod)
    }

    /// Looks now and then, until cancelled.
    package func run() async {
        while !Task.isCancelled {
            let hasEvicted = await look()
            guard (try? await parts.clock.sleep(for: hasEvicted ? Self.shortPeriod : Self.period)) != nil else {
                return
            }
        }
    }

    /// - Returns: whether pods had to go.
    private func look() async -> Bool {
        let observations = await parts.measurements.observe(record.signals)
        let urgent = record.note(observations, now: parts.clock.now())
        await show(record.pressures(now: parts.clock.now()))
        let pods = parts.statuses.assignedPods()
        if await enforceLimits(pods) { return true }
        guard let threshold = urgent.first, let observation = observations[threshold.signal] else { return false }
        return await relieve(threshold, observation, pods)
    }

    private func show(_ current: Set<NodePressure>) async {
        guard current != pressures else { return }
        for pressure in current.subtracting(pressures) {
            parts.logger.warning("the node is under pressure", metadata: ["condition": "\(pressure.conditionType)"])
        }
        pressures = current
        await onPressures(current)
    }

    private func relieve(
        _ threshold: EvictionThreshold, _ observation: SignalObservation, _ pods: [Pod]
    ) async -> Bool {
        let resource = threshold.signal.resource
        parts.events.record(
            .warning, "EvictionThresholdMet", "Attempting to reclaim \(resource)",
            about: EventTarget(node: parts.nodeName))
        if await canReclaim(threshold.signal) {
            await reclaimDisk()
            if record.isRelieved(by: await parts.measurements.observe(record.signals)) { return false }
        }
        let ranking = EvictionRanking(for: threshold.signal)
        let candidates = await parts.measurements.usage(of: pods, threshold.signal)
        guard let first = ranking.ranked(candidates).first else {
            parts.logger.warning(
                "the node is short and there is no pod to evict", metadata: ["resource": "\(resource)"])
            return false
        }
        let patient = min(settings.maxPodGracePeriod, first.pod.spec.terminationGracePeriodSeconds ?? 30)
        await evict(
            first.pod, ranking.ending(of: first, threshold, observation),
            gracePeriod: threshold.gracePeriod == nil ? Self.leastGrace : patient)
        return true
    }

    /// Whether ended containers and images are on the file system that is short.
    private func canReclaim(_ signal: EvictionSignal) async -> Bool {
        guard signal.pressure == .disk else { return false }
        if signal.isOfImages { return true }
        return await !parts.measurements.hasImageFileSystem()
    }

    /// Ends pods that have written more than they may.
    /// - Returns: whether there were any.
    private func enforceLimits(_ pods: [Pod]) async -> Bool {
        let limited = pods.filter { !PodImportance(of: $0).isCritical && StorageLimits(of: $0) != nil }
        let storage = await parts.measurements.storage(of: limited)
        let hasImageFileSystem = limited.isEmpty ? false : await parts.measurements.hasImageFileSystem()
        var hasEvicted = false
        for pod in limited {
            let own = storage[pod.uid] ?? PodStorage()
            guard
                let limits = StorageLimits(of: pod),
                let ending = own.excess(over: limits, withImageFileSystem: hasImageFileSystem)
            else { continue }
            await evict(pod, ending, gracePeriod: Self.leastGrace)
            hasEvicted = true
        }
        return hasEvicted
    }

    /// Ends a pod, and waits until it has ended: till then it holds what the node is short of, and no other pod has to go
    /// for the same shortage.
    private func evict(_ pod: Pod, _ ending: PodEnding, gracePeriod: Int64) async {
        parts.logger.warning(
            "evicting a pod",
            metadata: ["pod": "\(pod.metadata.namespace)/\(pod.metadata.name)", "because": "\(ending.message)"])
        let patience = max(10, gracePeriod + gracePeriod / 2) + Self.cleanupPatience
        await parts.workers.end(pod.uid, because: ending, gracePeriod: gracePeriod, within: .seconds(patience))
    }
}
