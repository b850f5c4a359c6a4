import ContainerRuntime
import KubernetesAPI
package import Logging
package import PodLifecycle

/// Removes what pods left on the machine that nobody knows any more: directories, cgroups and logs. What the runtime made
/// unnoticed, it brings to the notice of their pods.
///
/// A kubelet that is killed while a sandbox is made, and whose manifest is another at its next start, never hears of
/// that pod again; nor does one whose runtime was killed. What either had begun may end after the successor has looked,
/// so it looks again, less and less often. Upstream does the same every two seconds
/// (`pkg/kubelet/kubelet_pods.go`, `HandlePodCleanups`).
package struct Housekeeping: Sendable {
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(300)

    private let monitor: RuntimeMonitor
    private let workers: PodWorkers
    private let volumes: PodVolumes
    private let cgroups: PodCgroups
    private let logs: PodLogs
    private let clock: any KubeletClock
    private let logger: Logger
    private let start = WakeSignal()

    package init(
        monitor: RuntimeMonitor, workers: PodWorkers, volumes: PodVolumes, cgroups: PodCgroups,
        clock: any KubeletClock, logger: Logger
    ) {
        self.monitor = monitor
        self.workers = workers
        self.volumes = volumes
        self.cgroups = cgroups
        logs = PodLogs(directory: volumes.paths.logs)
        self.clock = clock
        self.logger = logger
    }

    /// Tells that every source has been read: what is not a pod's by now is nobody's.
    func allPodsAreKnown() { start.ring() }

    /// Cleans up, from when all pods are known, until cancelled.
    func run() async {
        await start.wait()
        var pause = Self.firstPause
        // At the start, and when the runtime comes back, its pods have just been listed.
        var isDue = false
        while !Task.isCancelled {
            do {
                // What was made for a kubelet that died may have no event that says whose it is.
                if isDue { try await monitor.relist() }
                try await cleanUp()
            } catch is CancellationError {
                return
            } catch {
                logger.warning("cannot remove what pods left", metadata: ["error": "\(error)"])
            }
            isDue = await monitor.returns.wait(until: clock.now().adding(pause), on: clock)
            pause = isDue ? min(pause * 4, Self.longestPause) : Self.firstPause
        }
    }

    private func cleanUp() async throws {
        let found = try cgroups.storedPods().union(volumes.storedPods()).union(logs.storedPods())
        // Asked after the look: a pod that comes now has not been found.
        for uid in found.subtracting(await knownPods).sorted() {
            // What runs is in the middle of something, and has a sandbox to be known by soon. One that has come back
            // meanwhile, with the UID it had, has directories of its own again.
            guard try await cgroups.removeIfUnused(uid), await !knownPods.contains(uid) else { continue }
            try volumes.tearDown(uid)
            try logs.removeIfUnused(uid)
        }
        try ContainerLogLinks.sweep(volumes.paths.logLinks, of: logs.directory, keeping: await monitor.liveLogs)
    }

    private var knownPods: Set<PodUID> {
        get async { await workers.knownPods.union(monitor.knownPods) }
    }
}
