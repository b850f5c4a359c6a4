package import KubernetesAPI

/// In which order pods end, and in how much time, when their node shuts down, after upstream's
/// `pkg/kubelet/nodeshutdown/nodeshutdown_manager.go`.
package struct ShutdownPlan: Sendable, Hashable {
    /// Pods from a priority on, up to that of the next step.
    package struct Step: Sendable, Hashable {
        package var priority: Int32
        package var seconds: Int64

        package init(priority: Int32, seconds: Int64) {
            self.priority = priority
            self.seconds = seconds
        }
    }

    /// Pods that end side by side.
    package struct Group: Sendable, Hashable {
        package var seconds: Int64
        package var pods: [Pod]

        /// Seconds that a pod gets.
        package func gracePeriod(of pod: Pod) -> Int64 { min(seconds, pod.spec.terminationGracePeriodSeconds ?? 30) }
    }

    /// The least priority first.
    package let steps: [Step]

    /// The priority of what the node depends on.
    private static let critical: Int32 = 2_000_000_000

    /// - Parameters:
    ///   - period: `shutdownGracePeriod`, for all pods.
    ///   - criticalPeriod: `shutdownGracePeriodCriticalPods`, the last part of it, which critical pods have alone.
    ///   - steps: `shutdownGracePeriodByPodPriority`, which is used instead where there is any.
    /// - Returns: `nil` when a shutdown waits for no pod.
    package init?(period: Duration, criticalPeriod: Duration, byPriority steps: [Step]) {
        if !steps.isEmpty {
            self.steps = steps.sorted { $0.priority < $1.priority }
            return
        }
        let (all, last) = (period.components.seconds, criticalPeriod.components.seconds)
        guard all > 0 else { return nil }
        self.steps = [Step(priority: 0, seconds: all - last), Step(priority: Self.critical, seconds: last)]
    }

    package var total: Duration { .seconds(steps.reduce(0) { $0 + $1.seconds }) }

    /// The pods by their steps, in the order in which they end; steps without pods are left out.
    package func groups(of pods: [Pod]) -> [Group] {
        let indices = Dictionary(grouping: pods) { pod in
            // What is below the first step goes with it.
            steps.lastIndex { $0.priority <= pod.spec.priority ?? 0 } ?? 0
        }
        return indices.sorted { $0.key < $1.key }.map { Group(seconds: steps[$0.key].seconds, pods: $0.value) }
    }
}

extension PodEnding {
    /// The node shuts down; worded as upstream does.
    package static let nodeShutdown = PodEnding(
        reason: "Terminated", message: "Pod was terminated in response to imminent node shutdown.",
        disruption: Disruption(message: "Pod was terminated in response to imminent node shutdown."))
}
