import ContainerRuntime
import KubernetesAPI
package import Logging
package import PodLifecycle
package import PodSources

/// The kubelet at work: pods from the sources into the workers, and news of them to the API server.
///
/// It only connects the parts; each of them knows its own job.
package struct NodeAgent: Sendable {
    /// The parts, made by the executable. The API server's side is `nil` when the kubelet runs standalone.
    package struct Parts: Sendable {
        package var monitor: RuntimeMonitor
        package var workers: PodWorkers
        package var checkpoints: PodCheckpoints
        package var statuses: PodStatuses
        package var events: EventRecorder
        package var upkeep: Upkeep
        package var apiPods: APIPodKeeper?
        package var reporter: NodeReporter?
        package var nodeName: String
        package var clock: any KubeletClock
        package var logger: Logger

        /// - Parameter pods: what the workers work with.
        package init(
            _ pods: PodWorkers.Collaborators, workers: PodWorkers, events: EventRecorder, upkeep: Upkeep,
            nodeName: String
        ) {
            monitor = pods.monitor
            checkpoints = pods.checkpoints
            statuses = pods.statuses
            clock = pods.clock
            logger = pods.logger
            self.workers = workers
            self.events = events
            self.upkeep = upkeep
            self.nodeName = nodeName
        }
    }

    /// What keeps the node in order beside its pods.
    package struct Upkeep: Sendable {
        package var housekeeping: Housekeeping
        package var relief: HeapRelief
        package var logs: ContainerLogManager
        package var imageCollector: ImageCollector?
        /// `nil` where pods' cgroups are nobody's business.
        package var cgroups: NodeCgroups?
        /// `nil` where pods are never ended for want of anything.
        package var eviction: EvictionManager?
        /// `nil` where nobody looks into the kernel's log.
        package var systemOOMs: SystemOOMWatch?
        /// `nil` where a shutdown of the machine doesn't wait for pods.
        package var shutdown: NodeShutdownManager?

        package init(housekeeping: Housekeeping, relief: HeapRelief, logs: ContainerLogManager) {
            self.housekeeping = housekeeping
            self.relief = relief
            self.logs = logs
        }
    }

    private let parts: Parts
    private let sourceKinds: Set<PodSourceKind>

    /// - Parameter sources: the sources that are configured; until each has been read once, no pod is an orphan.
    package init(_ parts: Parts, sources: Set<PodSourceKind>) {
        self.parts = parts
        sourceKinds = sources
    }

    /// Runs until cancelled. Containers are left running, to be adopted at the next start.
    package func run(updates: AsyncStream<PodSourceUpdate>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await parts.monitor.run() }
            group.addTask { await parts.workers.run() }
            group.addTask { await followRuntime() }
            group.addTask { for await features in parts.monitor.features { parts.workers.note(features) } }
            group.addTask { await parts.events.run() }
            addUpkeep(to: &group)
            if let apiPods = parts.apiPods { group.addTask { await apiPods.run() } }
            if let reporter = parts.reporter { group.addTask { await reporter.run() } }
            group.addTask { await followSources(updates) }
        }
    }

    private func addUpkeep(to group: inout TaskGroup<Void>) {
        let upkeep = parts.upkeep
        group.addTask { await upkeep.housekeeping.run() }
        group.addTask { await upkeep.relief.run() }
        group.addTask { await upkeep.logs.run() }
        if let collector = upkeep.imageCollector { group.addTask { await collector.run() } }
        if let shutdown = upkeep.shutdown { group.addTask { await shutdown.run() } }
        if let watch = upkeep.systemOOMs { group.addTask { await watch.run() } }
        if let eviction = upkeep.eviction { group.addTask { await eviction.run() } }
        if let cgroups = upkeep.cgroups {
            group.addTask { await cgroups.limitPods() }
            group.addTask { for await amount in parts.workers.burstableCPU { await cgroups.weighBurstable(amount) } }
        }
    }

    private func followRuntime() async {
        for await uid in parts.monitor.changes {
            await parts.workers.runtimeChanged(uid)
            parts.upkeep.relief.noteWork()
        }
    }

    private func followSources(_ updates: AsyncStream<PodSourceUpdate>) async {
        guard await knowRuntime() else { return }
        var newest: [PodSourceKind: PodSourceUpdate] = [:]
        var problems = ProblemLog(parts)
        var known: Set<PodKind> = []
        // Where there is no source of a kind, all of it is known from the start.
        await follow(PodSourceMerge.merge(newest, expecting: sourceKinds), &known)
        for await update in updates {
            newest[update.source] = update
            let merged = PodSourceMerge.merge(newest, expecting: sourceKinds)
            problems.report(merged)
            await follow(merged, &known)
        }
    }

    /// - Parameter known: the kinds of which all pods were known before.
    private func follow(_ merged: MergedPods, _ known: inout Set<PodKind>) async {
        // Before what is wanted now, which follows on what runs.
        for kind in PodKind.allCases where !known.contains(kind) {
            await takeOver(kind, wanted: merged.pods, wantedIsComplete: merged.known.contains(kind))
        }
        await parts.workers.update(merged.pods)
        guard merged.known != known else { return }
        known = merged.known
        await parts.workers.allPodsAreKnown(of: known)
        if known.contains(.assigned) || !sourceKinds.contains(.api), known.contains(.fromManifests) {
            parts.upkeep.housekeeping.allPodsAreKnown()
            parts.upkeep.imageCollector?.allPodsAreKnown()
        }
    }

    /// Nothing is decided before it is known what runs already, and what the runtime can do.
    private func knowRuntime() async -> Bool {
        while !Task.isCancelled {
            do {
                try await parts.monitor.relist()
                parts.workers.note(try await parts.monitor.readFeatures())
                return true
            } catch is CancellationError {
                return false
            } catch {
                parts.logger.warning("cannot list the runtime's pods", metadata: ["error": "\(error)"])
                guard (try? await parts.clock.sleep(for: .seconds(1))) != nil else { return false }
            }
        }
        return false
    }

    /// Goes on with what runs, and has pods go whose manifests went while the kubelet was away: they get their full
    /// goodbye by the spec they were accepted with.
    /// - Parameter wantedIsComplete: every source of the kind has been read; until then only predecessors of wanted pods
    ///   go.
    private func takeOver(_ kind: PodKind, wanted: [DesiredPod], wantedIsComplete: Bool) async {
        do {
            var running: [PodUID: PodRuntimeState] = [:]
            for uid in await parts.monitor.knownPods { running[uid] = try await parts.monitor.state(of: uid) }
            let takeover = Takeover(
                of: kind, running: running, accepted: try await parts.checkpoints.load(), wanted: wanted,
                wantedIsComplete: wantedIsComplete)
            let orphans = takeover.orphans
            if !orphans.isEmpty {
                parts.logger.info("ending pods that nobody asks for any more", metadata: ["count": "\(orphans.count)"])
            }
            await parts.workers.adopt(takeover.adopted, wanted: wanted)
            await parts.workers.endOrphans(orphans)
        } catch is CancellationError {
        } catch {
            parts.logger.error("cannot look for orphaned pods", metadata: ["error": "\(error)"])
        }
    }
}
