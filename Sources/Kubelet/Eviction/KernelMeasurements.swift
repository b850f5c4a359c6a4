package import ContainerRuntime
package import HostSystem
package import KubernetesAPI
package import PodLifecycle

/// Measurements from the kernel's files, the file systems and the runtime.
package final class KernelMeasurements: NodeMeasurements {
    private let paths: PodPaths
    private let runtime: any RuntimeService
    private let images: ImageFileSystem
    private let cgroups: PodCgroups
    /// Runs what blocks on the thread for it; what waits there too has its turn in between.
    private let blocking: @Sendable (@escaping @Sendable () -> DiskUsageCount) async throws -> DiskUsageCount

    package init(
        paths: PodPaths, runtime: any RuntimeService, images: ImageFileSystem, cgroups: PodCgroups,
        blocking: @escaping @Sendable (@escaping @Sendable () -> DiskUsageCount) async throws -> DiskUsageCount
    ) {
        self.paths = paths
        self.runtime = runtime
        self.images = images
        self.cgroups = cgroups
        self.blocking = blocking
    }

    package func observe(_ signals: Set<EvictionSignal>) async -> [EvictionSignal: SignalObservation] {
        var found: [EvictionSignal: SignalObservation] = [:]
        if signals.contains(.memoryAvailable) {
            found[.memoryAvailable] = Self.memory(.read())
        }
        if signals.contains(.allocatableMemoryAvailable) { found[.allocatableMemoryAvailable] = allocatableMemory() }
        if signals.contains(.pidAvailable) { found[.pidAvailable] = Self.processes() }
        if !signals.isDisjoint(with: [.nodefsAvailable, .nodefsInodesFree]) {
            found.take(try? DiskSpace.of(paths.root), .nodefsAvailable, .nodefsInodesFree)
        }
        if !signals.isDisjoint(with: [.imagefsAvailable, .imagefsInodesFree]) {
            found.take(try? await images.space(), .imagefsAvailable, .imagefsInodesFree)
        }
        return found
    }

    /// What the kernel could have without swapping and without what was used a moment ago: free memory and files that
    /// were not looked at for long, as upstream's working set leaves out.
    static func memory(_ memory: MemoryInformation) -> SignalObservation? {
        guard let total = memory["MemTotal"], let free = memory["MemFree"] else { return nil }
        return SignalObservation(available: free + (memory["Inactive(file)"] ?? 0), capacity: total)
    }

    /// What is left of what all pods may have, files that were not looked at for long included.
    private func allocatableMemory() -> SignalObservation? {
        guard let use = cgroups.memoryUse(), let total = MemoryInformation.read()["MemTotal"] else { return nil }
        let capacity = min(use.limit ?? total, total)
        return SignalObservation(available: max(0, capacity - use.workingSet), capacity: capacity)
    }

    /// How many more processes and threads there can be.
    private static func processes() -> SignalObservation? {
        let limits = ["pid_max", "threads-max"].compactMap { name in
            (try? HostFiles.readText("/proc/sys/kernel/\(name)", limit: 64)).flatMap { Int64($0.dropLast()) }
        }
        // `0.00 0.01 0.05 1/123 456`: after the slash, what there is.
        let load = (try? HostFiles.readText("/proc/loadavg", limit: 256))?.split(separator: " ") ?? []
        let present = load.dropFirst(3).first?.split(separator: "/").last.flatMap { Int64($0) }
        guard let capacity = limits.min(), let present else { return nil }
        return SignalObservation(available: capacity - present, capacity: capacity)
    }

    // MARK: Who uses it

    package func usage(of pods: [Pod], _ signal: EvictionSignal) async -> [EvictionCandidate] {
        switch signal {
        case .memoryAvailable, .allocatableMemoryAvailable: return await memoryUsage(of: pods)
        case .pidAvailable:
            return pods.map { EvictionCandidate(pod: $0, usage: cgroups.processCount(of: $0.uid)) }
        case .nodefsAvailable, .imagefsAvailable, .nodefsInodesFree, .imagefsInodesFree:
            return await diskUsage(of: pods, signal)
        }
    }

    /// What pods use of the file system that is short: of all they have written, or of their part of it where images have
    /// a file system of their own (upstream: `buildSignalToRankFunc` in `pkg/kubelet/eviction/helpers.go`).
    private func diskUsage(of pods: [Pod], _ signal: EvictionSignal) async -> [EvictionCandidate] {
        let isSeparate = await hasImageFileSystem()
        let storage = await storage(of: pods)
        return pods.map { pod in
            let own = storage[pod.uid] ?? PodStorage()
            let usage = isSeparate ? (signal.isOfImages ? own.onImages : own.onNode) : own.total
            return signal.resource == "inodes"
                ? EvictionCandidate(pod: pod, usage: usage.inodes)
                : EvictionCandidate(pod: pod, usage: usage.bytes, containers: own.bytesOfContainers)
        }
    }

    package func hasImageFileSystem() async -> Bool { (try? await images.isSeparate(from: paths.root)) ?? false }

    private func memoryUsage(of pods: [Pod]) async -> [EvictionCandidate] {
        let stats = await statsByPod()
        return pods.map { pod in
            guard let own = stats[pod.uid] else { return EvictionCandidate(pod: pod, usage: nil) }
            let containers = own.compactMapValues { $0.memoryWorkingSetBytes.map { Int64($0) } }
            return EvictionCandidate(pod: pod, usage: containers.values.reduce(0, +), containers: containers)
        }
    }

    /// What the runtime tells of running containers, by pod and name.
    private func statsByPod() async -> [PodUID: [String: RuntimeContainerStats]] {
        let stats = (try? await runtime.listContainerStats(.all)) ?? []
        return stats.reduce(into: [:]) { found, stats in
            guard let uid = stats.labels[RuntimeLabels.podUID], let name = stats.labels[RuntimeLabels.containerName]
            else { return }
            found[PodUID(uid), default: [:]][name] = stats
        }
    }

    package func storage(of pods: [Pod]) async -> [PodUID: PodStorage] {
        guard !pods.isEmpty else { return [:] }
        let layers = await statsByPod()
        var storage: [PodUID: PodStorage] = [:]
        for pod in pods { storage[pod.uid] = await self.storage(of: pod, layers[pod.uid] ?? [:]) }
        return storage
    }

    private func storage(of pod: Pod, _ layers: [String: RuntimeContainerStats]) async -> PodStorage {
        var storage = PodStorage()
        for volume in pod.spec.volumes where volume.emptyDir?.medium == .disk {
            storage.emptyDirs[volume.name] = await usage(ofTree: paths.volume(pod.uid, .emptyDir, volume.name))
        }
        let logs = paths.podLogs(namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.uid)
        for container in pod.spec.allContainers {
            let stats = layers[container.name]
            let layer = DiskUsage(
                bytes: Int64(clamping: stats?.writableLayerBytes ?? 0),
                inodes: Int64(clamping: stats?.writableLayerInodes ?? 0))
            storage.containers[container.name] = PodStorage.OfContainer(
                logs: await usage(ofTree: "\(logs)/\(container.name)"), layer: layer)
        }
        return storage
    }

    private func usage(ofTree path: String) async -> DiskUsage {
        var count = DiskUsageCount(tree: path)
        while !count.isComplete {
            let before = count
            // Without a thread the process is about to end.
            guard !Task.isCancelled, let after = try? await blocking({ before.proceeding() }) else { break }
            count = after
        }
        return count.usage
    }
}

extension [EvictionSignal: SignalObservation] {
    fileprivate mutating func take(_ space: DiskSpace?, _ bytes: EvictionSignal, _ inodes: EvictionSignal) {
        guard let space else { return }
        self[bytes] = SignalObservation(
            available: Int64(clamping: space.available), capacity: Int64(clamping: space.capacity))
        // Some file systems don't count any.
        guard space.inodes > 0 else { return }
        self[inodes] = SignalObservation(
            available: Int64(clamping: space.freeInodes), capacity: Int64(clamping: space.inodes))
    }
}
