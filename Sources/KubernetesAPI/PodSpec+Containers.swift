extension PodSpec {
    /// Init containers, regular ones and ephemeral ones, in this order. Their names are unique in a pod.
    package var allContainers: [Container] { initContainers + containers + ephemeralContainers.map(\.common) }

    /// The init containers that run beside the regular ones; upstream also calls them restartable init containers.
    package var sidecars: [Container] { initContainers.filter(\.isSidecar) }

    package func container(named name: String) -> Container? {
        containers.first { $0.name == name } ?? initContainers.first { $0.name == name }
            ?? ephemeralContainers.first { $0.common.name == name }?.common
    }
}

extension Container {
    /// Whether it is a sidecar, if it is among a pod's init containers.
    package var isSidecar: Bool { restartPolicy == .always }
}
