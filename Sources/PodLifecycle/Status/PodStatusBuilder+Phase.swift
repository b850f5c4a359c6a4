import ContainerRuntime
import KubernetesAPI

extension PodStatusBuilder {
    /// Where the pod is in its life, after upstream's `getPhase` (`pkg/kubelet/kubelet_pods.go`).
    func phase(_ status: PodStatus) -> PodPhase {
        if isOver { return finalPhase(status) }
        if hasFailedInitialization(status) { return .failed }
        if !isInitialized(status) { return .pending }
        var waiting = 0
        var running = 0
        var hasFailed = false
        var mayRestart = false
        let sidecars = zip(pod.spec.initContainers, status.initContainerStatuses).filter(\.0.isSidecar)
        if sidecars.contains(where: { $0.1.state.running != nil }) { running += 1 }
        for (container, status) in zip(pod.spec.containers, status.containerStatuses) {
            if status.state.running != nil {
                running += 1
            } else if let ended = status.state.terminated ?? status.lastState.terminated {
                let isRestarting = status.state.terminated == nil
                mayRestart = mayRestart || isRestarting || isToFollow(container, exitCode: ended.exitCode)
                hasFailed = hasFailed || ended.exitCode != 0
            } else {
                waiting += 1
            }
        }
        if waiting > 0 { return .pending }
        // What is going to be started again counts as running.
        if running > 0 || mayRestart { return .running }
        return hasFailed ? .failed : .succeeded
    }

    /// How a pod ends of which nothing starts again, whatever its restart policy says: what never ran has failed (upstream:
    /// `TerminatePod` in `pkg/kubelet/status/status_manager.go`).
    private func finalPhase(_ status: PodStatus) -> PodPhase {
        if previous.phase.isTerminal { return previous.phase }
        return status.containerStatuses.allSatisfy { $0.state.terminated?.exitCode == 0 } ? .succeeded : .failed
    }

    /// Whether an init container has failed and isn't started again.
    private func hasFailedInitialization(_ status: PodStatus) -> Bool {
        zip(pod.spec.initContainers, status.initContainerStatuses).contains { container, status in
            guard !container.isSidecar, let ended = status.state.terminated, ended.exitCode != 0 else { return false }
            return !isToFollow(container, exitCode: ended.exitCode)
        }
    }

    /// Whether the container starts again after that end, alone or with all of the pod.
    func isToFollow(_ container: Container, exitCode: Int32) -> Bool {
        guard !pod.spec.ephemeralContainers.contains(where: { $0.common.name == container.name }) else { return false }
        let isDone = exitCode == 0 && pod.spec.initContainers.contains { $0.name == container.name && !$0.isSidecar }
        if isDone { return false }
        return container.restarts(afterExit: exitCode, in: pod.spec) || container.startsPodOver(afterExit: exitCode)
    }

    /// Whether everything has run, or runs, that comes before the regular containers. That stays so while all of the pod
    /// starts over.
    func isInitialized(_ status: PodStatus) -> Bool {
        pod.spec.containers.contains { runtime.container(named: $0.name) != nil } || incomplete(status).isEmpty
    }

    /// The init containers that haven't run to their end, and the sidecars that haven't started.
    func incomplete(_ status: PodStatus) -> [String] {
        zip(pod.spec.initContainers, status.initContainerStatuses).compactMap { container, status in
            let isComplete = container.isSidecar ? status.started == true : status.state.terminated?.exitCode == 0
            return isComplete ? nil : container.name
        }
    }
}
