package import HostSystem
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

    /// Whether images and what containers write into their own files are on another file system than all else.
    func hasImageFileSystem() async -> Bool
}

/// What a pod has written on the node's disks.
package struct PodStorage: Sendable, Hashable {
    package struct OfContainer: Sendable, Hashable {
        package var logs: DiskUsage
        /// What it has written into its own files.
        package var layer: DiskUsage

        package init(logs: DiskUsage = DiskUsage(), layer: DiskUsage = DiskUsage()) {
            self.logs = logs
            self.layer = layer
        }
    }

    /// Volumes of the medium disk, by name.
    package var emptyDirs: [String: DiskUsage]
    /// By name.
    package var containers: [String: OfContainer]

    package init(emptyDirs: [String: DiskUsage] = [:], containers: [String: OfContainer] = [:]) {
        self.emptyDirs = emptyDirs
        self.containers = containers
    }

    /// What is on the images' file system, where it is one of its own.
    var onImages: DiskUsage { containers.values.reduce(DiskUsage()) { $0 + $1.layer } }

    /// What is on the node's file system, where images have one of their own.
    var onNode: DiskUsage {
        emptyDirs.values.reduce(DiskUsage(), +) + containers.values.reduce(DiskUsage()) { $0 + $1.logs }
    }

    var total: DiskUsage { onNode + onImages }

    /// Why the pod has to go by its limits; `nil` for one that may stay.
    /// - Parameter hasImages: whether layers are on a file system of their own: then a container's limit counts its logs
    ///   alone, as upstream has it.
    func excess(over limits: StorageLimits, withImageFileSystem hasImages: Bool) -> PodEnding? {
        limits.excess(
            emptyDirs: emptyDirs.mapValues(\.bytes),
            containers: hasImages ? containers.mapValues(\.logs.bytes) : bytesOfContainers, total: total.bytes)
    }

    /// Bytes of logs and layer, by container.
    var bytesOfContainers: [String: Int64] { containers.mapValues { $0.logs.bytes + $0.layer.bytes } }
}
