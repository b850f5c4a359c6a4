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
        package var housekeeping: Housekeeping
        package var relief: HeapRelief
        package var checkpoints: PodCheckpoints
        package var statuses: PodStatuses
        package var events: EventRecorder
        package var mirrors: MirrorPodKeeper?
        package var reporter: NodeReporter?
        package var nodeName: String
        package var clock: any KubeletClock
        package var logger: Logger

        package init(
            monitor: RuntimeMonitor, workers: PodWorkers, housekeeping: Housekeeping, relief: HeapRelief,
            checkpoints: PodCheckpoints, statuses: PodStatuses, events: EventRecorder, mirrors: MirrorPodKeeper?,
            reporter: NodeReporter?,
            nodeName: String,
            clock: any KubeletClock, logger: Logger
        ) {
            self.monitor = monitor
            self.workers = workers
            self.housekeeping = housekeeping
            self.relief = relief
            self.checkpoints = checkpoints
            self.statuses = statuses
            self.events = events
            self.mirrors = mirrors
            self.reporter = reporter
            self.nodeName = nodeName
            self.clock = clock
            self.logger = logger
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
            group.addTask { await parts.housekeeping.run() }
            group.addTask { await parts.relief.run() }
            group.addTask { await parts.events.run() }
            if let mirrors = parts.mirrors { group.addTask { await mirrors.run() } }
            if let reporter = parts.reporter { group.addTask { await reporter.run() } }
            group.addTask { await followSources(updates) }
        }
    }

    private func followRuntime() async {
        for await uid in parts.monitor.changes {
            await parts.workers.runtimeChanged(uid)
            parts.relief.noteWork()
        }
    }

    private func followSources(_ updates: AsyncStream<PodSourceUpdate>) async {
        guard await knowRuntime() else { return }
        var newest: [PodSourceKind: PodSourceUpdate] = [:]
        var problems = ProblemLog(parts)
        var hasTakenOver = false
        if sourceKinds.isEmpty {
            await takeOver(wanted: [], wantedIsComplete: true)
            hasTakenOver = true
            await allPodsAreKnown()
        }
        for await update in updates {
            newest[update.source] = update
            let merged = PodSourceMerge.merge(newest, expecting: sourceKinds)
            problems.report(merged)
            if !hasTakenOver {
                // Before what is wanted now, which follows on what runs.
                await takeOver(wanted: merged.pods, wantedIsComplete: merged.complete)
                hasTakenOver = merged.complete
            }
            await parts.workers.update(merged.pods)
            if merged.complete { await allPodsAreKnown() }
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
    /// - Parameter wantedIsComplete: every source has been read; until then only predecessors of wanted pods go.
    private func takeOver(wanted: [DesiredPod], wantedIsComplete: Bool) async {
        do {
            var running: [PodUID: PodRuntimeState] = [:]
            for uid in await parts.monitor.knownPods { running[uid] = try await parts.monitor.state(of: uid) }
            let takeover = Takeover(
                running: running, accepted: try await parts.checkpoints.load(), wanted: wanted,
                wantedIsComplete: wantedIsComplete)
            let orphans = takeover.orphans
            if !orphans.isEmpty {
                parts.logger.info("ending pods whose manifests are gone", metadata: ["count": "\(orphans.count)"])
            }
            await parts.workers.adopt(takeover.adopted, wanted: wanted)
            await parts.workers.endOrphans(orphans)
        } catch is CancellationError {
        } catch {
            parts.logger.error("cannot look for orphaned pods", metadata: ["error": "\(error)"])
        }
    }

    private func allPodsAreKnown() async {
        await parts.workers.allPodsAreKnown()
        parts.housekeeping.allPodsAreKnown()
    }
}
