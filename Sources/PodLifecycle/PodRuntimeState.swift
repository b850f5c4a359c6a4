package import ContainerRuntime
package import KubernetesAPI

/// What the runtime has of one pod.
package struct PodRuntimeState: Sendable, Hashable {
    package var uid: PodUID
    package var name: String
    package var namespace: String
    /// Newest first.
    package private(set) var sandboxes: [RuntimeSandbox]
    /// Newest first; several of one name when it was restarted.
    package private(set) var containers: [RuntimeContainer]

    package init(
        uid: PodUID, name: String, namespace: String, sandboxes: [RuntimeSandbox] = [],
        containers: [RuntimeContainer] = []
    ) {
        self.uid = uid
        self.name = name
        self.namespace = namespace
        self.sandboxes = sandboxes.sorted { ($0.metadata.attempt, $0.createdAt) > ($1.metadata.attempt, $1.createdAt) }
        self.containers = containers.sorted { ($0.createdAt, $0.attempt) > ($1.createdAt, $1.attempt) }
    }

    /// The sandbox that the pod's containers run in, if one is ready.
    package var readySandbox: RuntimeSandbox? { sandboxes.first { $0.state == .ready } }

    package var latestSandbox: RuntimeSandbox? { sandboxes.first }

    package var isEmpty: Bool { sandboxes.isEmpty && containers.isEmpty }

    /// The pod's IP addresses, the primary one first.
    package var addresses: [String] { readySandbox?.addresses ?? [] }

    /// The container of that name that counts: the one that runs, or else the newest.
    package func container(named name: String) -> RuntimeContainer? { containers(named: name).first }

    /// All containers of that name, the one that counts first and then the newest. A runtime may complete the creation
    /// of another, for a kubelet that died, when one runs already.
    package func containers(named name: String) -> [RuntimeContainer] {
        let found = containers.filter { $0.name == name }
        return found.filter(\.isLive) + found.filter { !$0.isLive }
    }

    /// The state with every container replaced by what `change` makes of it.
    package func mappingContainers(_ change: (RuntimeContainer) -> RuntimeContainer) -> PodRuntimeState {
        var changed = self
        changed.containers = containers.map(change)
        return changed
    }

    package var hasLiveContainers: Bool { containers.contains { $0.isLive } }
}

extension RuntimeContainer {
    /// Whether a process may be behind it: it runs, or the runtime can't tell.
    package var isLive: Bool { state == .running || state == .unknown }

    /// How often the container was restarted before this one, as upstream's annotation keeps it.
    package var restartCount: Int32 {
        annotations[RuntimeLabels.containerRestartCount].flatMap { Int32($0) } ?? Int32(clamping: attempt)
    }
}
