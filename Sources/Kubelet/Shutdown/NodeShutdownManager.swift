import KubernetesAPI
package import Logging
package import PodLifecycle

/// Ends pods in their order while the machine waits with its shutdown.
///
/// Static pods end too, those of the priority `system-node-critical` last; they come back at the next start.
package actor NodeShutdownManager {
    /// What it works with.
    package struct Parts: Sendable {
        package var workers: PodWorkers
        package var statuses: PodStatuses
        package var events: any EventSink
        package var nodeName: String
        package var logger: Logger

        package init(
            workers: PodWorkers, statuses: PodStatuses, events: any EventSink, nodeName: String, logger: Logger
        ) {
            self.workers = workers
            self.statuses = statuses
            self.events = events
            self.nodeName = nodeName
            self.logger = logger
        }
    }

    private let parts: Parts
    private let plan: ShutdownPlan
    private let notices: any ShutdownNotices
    private let onShutdown: @Sendable (Bool) async -> Void
    private var problem = ""

    /// - Parameter onShutdown: told when the node begins to shut down, and when that was called off.
    package init(
        _ parts: Parts, plan: ShutdownPlan, notices: any ShutdownNotices,
        onShutdown: @escaping @Sendable (Bool) async -> Void
    ) {
        self.parts = parts
        self.plan = plan
        self.notices = notices
        self.onShutdown = onShutdown
    }

    /// Watches until cancelled.
    package func run() async {
        for await event in notices.events() {
            switch event {
            case .watching: problem = ""
            case .begins: await shutDown()
            case .calledOff:
                parts.logger.info("the shutdown of the node was called off")
                tell("Shutdown manager detected shutdown cancellation")
                await onShutdown(false)
                await parts.workers.resumeStaticPods()
            case .unavailable(let reason):
                if reason != problem {
                    parts.logger.warning(
                        "cannot delay shutdowns of the node for its pods", metadata: ["error": "\(reason)"])
                }
                problem = reason
            }
        }
    }

    private func shutDown() async {
        parts.logger.warning("the node shuts down, ending its pods")
        tell("Shutdown manager detected shutdown event")
        await onShutdown(true)
        let pods = parts.statuses.pods().filter { !$0.isTerminal }
        // Those of a group without time are asked to end too, and nobody waits for them.
        for group in plan.groups(of: pods) {
            await withDiscardingTaskGroup { tasks in
                for pod in group.pods {
                    let grace = group.gracePeriod(of: pod)
                    tasks.addTask {
                        await self.parts.workers.end(
                            pod.uid, because: .nodeShutdown, gracePeriod: grace, within: .seconds(group.seconds))
                    }
                }
            }
        }
        parts.logger.info("the node's pods have ended")
        notices.letGo()
    }

    /// Upstream's reason and words (`pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go`).
    private func tell(_ message: String) {
        parts.events.record(.normal, "NodeShutdown", message, about: EventTarget(node: parts.nodeName))
    }
}
