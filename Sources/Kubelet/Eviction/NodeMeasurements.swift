package import KubernetesAPI
package import PodLifecycle

/// Measures what a node can run short of, and who uses it.
package protocol NodeMeasurements: Sendable {
    /// What there is now; what can't be measured is left out.
    func observe(_ signals: Set<EvictionSignal>) async -> [EvictionSignal: SignalObservation]

    /// What these pods use of what is short.
    func usage(of pods: [Pod], _ signal: EvictionSignal) async -> [EvictionCandidate]

    /// What pods have written on the node's disk.
    func storage(of pods: [Pod]) async -> [PodUID: PodStorage]
}

/// What a pod has written on the node's disk, in bytes.
package struct PodStorage: Sendable, Hashable {
    /// Volumes of the medium disk, by name.
    package var emptyDirs: [String: Int64]
    /// Logs and writable layers, by container.
    package var containers: [String: Int64]

    package init(emptyDirs: [String: Int64] = [:], containers: [String: Int64] = [:]) {
        self.emptyDirs = emptyDirs
        self.containers = containers
    }

    package var total: Int64 { emptyDirs.values.reduce(0, +) + containers.values.reduce(0, +) }
}
