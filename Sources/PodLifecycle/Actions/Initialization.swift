import ContainerRuntime
import KubernetesAPI

/// Running init containers one after the other, and keeping sidecars that have begun, after upstream's
/// `computeInitContainerActions` (`pkg/kubelet/kuberuntime/kuberuntime_container.go`).
extension ContainerDecision {
    enum Initialization {
        /// Everything has run, or runs, that comes before the regular containers.
        case done
        case underWay
        /// An init container failed for good.
        case failed
    }

    func initialize(in sandbox: SandboxID, into actions: inout PodActions) -> Initialization {
        let all = pod.spec.initContainers
        let isInitialized = hasBegun(in: sandbox)
        // Somebody may have removed earlier ones from the runtime: the last that is there tells how far it came.
        let reached = isInitialized ? all.count : all.lastIndex { present($0, in: sandbox) != nil } ?? -1
        for container in all.prefix(max(0, reached)) where container.isSidecar {
            decide(container, .initContainer, into: &actions)
        }
        if isInitialized { return .done }
        if reached >= 0, let found = present(all[reached], in: sandbox) {
            switch goOn(with: all[reached], found, into: &actions) {
            case .done: break
            case let result: return result
            }
        }
        guard reached + 1 < all.count else { return .done }
        plan(all[reached + 1], .initContainer, into: &actions)
        return .underWay
    }

    /// Once a regular container was made, the init containers are done, even if they were removed since.
    private func hasBegun(in sandbox: SandboxID) -> Bool {
        let others = Set(pod.spec.initContainers.map(\.name) + pod.spec.ephemeralContainers.map(\.common.name))
        return runtime.containers.contains { container in
            container.sandboxID == sandbox && !others.contains(container.name)
                && !target.startedOver.contains(container.id)
        }
    }

    private func present(_ container: Container, in sandbox: SandboxID) -> RuntimeContainer? {
        guard let found = runtime.container(named: container.name), found.sandboxID == sandbox,
            !target.startedOver.contains(found.id)
        else { return nil }
        return found
    }

    /// Brings the last init container on that was begun; it is done when the next may start.
    private func goOn(
        with container: Container, _ found: RuntimeContainer, into actions: inout PodActions
    ) -> Initialization {
        if container.isSidecar {
            decide(container, .initContainer, into: &actions)
            let health = health[found.id] ?? ContainerHealth(of: container)
            return found.state == .running && health.isStarted ? .done : .underWay
        }
        switch found.state {
        case .running:
            if target.isToBeResized(found) { actions.resizes.append(found.id) }
            return .underWay
        case .created: break
        case .unknown: actions.stops.append(stop(found))
        case .exited where target.doomed.contains(found.id): break
        case .exited where found.exitCode == 0: return .done
        case .exited: if !container.restarts(afterExit: found.exitCode, in: pod.spec) { return .failed }
        }
        plan(container, .initContainer, into: &actions)
        return .underWay
    }
}
