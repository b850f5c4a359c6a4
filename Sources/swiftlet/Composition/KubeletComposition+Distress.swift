import ContainerRuntime
import Kubelet
import KubeletConfiguration
import NIOPosix
import PodLifecycle

extension KubeletComposition {
    /// - Throws: `StartError` for thresholds that are none.
    func evictionSettings() throws -> EvictionSettings {
        var patience: [String: Duration] = [:]
        for (signal, text) in configuration.evictionSoftGracePeriod {
            guard let duration = GoDuration(text), duration >= .zero else {
                throw StartError("evictionSoftGracePeriod: \(signal) must be a duration such as 1m30s, not \(text)")
            }
            patience[signal] = duration.duration
        }
        do {
            var settings = try EvictionSettings(
                hard: configuration.evictionHard ?? [:], soft: configuration.evictionSoft, softGracePeriods: patience,
                minimumReclaim: configuration.evictionMinimumReclaim,
                transitionPeriod: configuration.evictionPressureTransitionPeriod.duration,
                maxPodGracePeriod: Int64(configuration.evictionMaxPodGracePeriod))
            if configuration.enforceNodeAllocatable.contains("pods") { settings.keepFreeOfAllocatable() }
            return settings
        } catch {
            throw StartError(error.description)
        }
    }

    /// Ends pods that the API server assigned when the node runs short; without an API server there are none.
    func makeEviction(
        _ settings: EvictionSettings, workers: PodWorkers, statuses: PodStatuses, events: EventRecorder,
        runtime: any RuntimeService, images: ImageFileSystem, cgroups: PodCgroups, collector: ImageCollector,
        reporter: NodeReporter?
    ) -> EvictionManager {
        let measurements = KernelMeasurements(
            paths: paths, runtime: runtime, images: images, cgroups: cgroups,
            blocking: { [threads] work in try await threads.runIfActive(work) })
        return EvictionManager(
            EvictionManager.Parts(
                measurements: measurements, workers: workers, statuses: statuses, events: events, nodeName: nodeName,
                clock: clock, logger: logger),
            settings: settings,
            reclaimDisk: {
                // Ended containers hold images.
                await workers.removeContainersOfEndedPods()
                _ = try? await collector.deleteUnusedImages()
            },
            onPressures: { pressures in
                workers.note(pressures)
                await reporter?.note(pressures)
            })
    }

    /// Has shutdowns of the machine wait for pods; `nil` when the configuration doesn't ask for it.
    func makeShutdown(
        workers: PodWorkers, statuses: PodStatuses, events: EventRecorder, reporter: NodeReporter?
    ) -> NodeShutdownManager? {
        let plan = ShutdownPlan(
            period: configuration.shutdownGracePeriod.duration,
            criticalPeriod: configuration.shutdownGracePeriodCriticalPods.duration,
            byPriority: configuration.shutdownGracePeriodByPodPriority.map {
                ShutdownPlan.Step(priority: $0.priority, seconds: $0.shutdownGracePeriodSeconds)
            })
        guard let plan else { return nil }
        return NodeShutdownManager(
            NodeShutdownManager.Parts(
                workers: workers, statuses: statuses, events: events, nodeName: nodeName, logger: logger),
            plan: plan, notices: LogindNotices(group: group, total: plan.total),
            onShutdown: { isShuttingDown in
                workers.note(isShuttingDown: isShuttingDown)
                await reporter?.note(isShuttingDown: isShuttingDown)
            })
    }
}
