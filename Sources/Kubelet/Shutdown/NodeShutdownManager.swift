import KubernetesAPI
package import Logging
package import PodLifecycle

/// Ends pods in their order while the machine waits with its shutdown.
///
/// Static pods end too, those of the priority `system-node-critical` last; they come back at the next start.
package actor NodeShutdownManager {
    private let plan: ShutdownPlan
    private let notices: any ShutdownNotices
    private let workers: PodWorkers
    private let statuses: PodStatuses
    private let onShutdown: @Sendable (Bool) async -> Void
    private let logger: Logger
    private var problem = ""

    /// - Parameter onShutdown: told when the node begins to shut down, and when that was called off.
    package init(
        plan: ShutdownPlan, notices: any ShutdownNotices, workers: PodWorkers, statuses: PodStatuses,
        onShutdown: @escaping @Sendable (Bool) async -> Void, logger: Logger
    ) {
        self.plan = plan
        self.notices = notices
        self.workers = workers
        self.statuses = statuses
        self.onShutdown = onShutdown
        self.logger = logger
    }

    /// Watches until cancelled.
    package func run() async {
        for await event in notices.events() {
            switch event {
            case .watching: problem = ""
            case .begins: await shutDown()
            case .calledOff:
                logger.info("the shutdown of the node was called off")
                await onShutdown(false)
                await workers.resumeStaticPods()
            case .unavailable(let reason):
                if reason != problem {
                    logger.warning("cannot delay shutdowns of the node for its pods", metadata: ["error": "\(reason)"])
                }
                problem = reason
            }
        }
    }

    private func shutDown() async {
        logger.warning("the node shuts down, ending its pods")
        await onShutdown(true)
        let pods = statuses.pods().filter { !$0.isTerminal }
        for group in plan.groups(of: pods) where group.seconds > 0 {
            await withDiscardingTaskGroup { tasks in
                for pod in group.pods {
                    let grace = group.gracePeriod(of: pod)
                    tasks.addTask {
                        await self.workers.end(
                            pod.uid, because: .nodeShutdown, gracePeriod: grace, within: .seconds(group.seconds))
                    }
                }
            }
        }
        logger.info("the node's pods have ended")
        notices.letGo()
    }
}
