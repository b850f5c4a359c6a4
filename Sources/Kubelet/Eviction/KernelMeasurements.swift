package import ContainerRuntime
package import HostSystem
package import KubernetesAPI
package import PodLifecycle
import Synchronization

/// Measurements from the kernel's files, the file systems and the runtime.
package final class KernelMeasurements: NodeMeasurements {
    private let paths: PodPaths
    private let runtime: any RuntimeService
    private let images: any ImageService
    private let cgroups: PodCgroups
    /// Where the runtime has its images, once it has been asked.
    private let imagesPath = Mutex<String?>(nil)
    /// Runs what may take long on a thread for it.
    private let blocking: @Sendable (@escaping @Sendable () -> DiskUsage) async -> DiskUsage

    package init(
        paths: PodPaths, runtime: any RuntimeService, images: any ImageService, cgroups: PodCgroups,
        blocking: @escaping @Sendable (@escaping @Sendable () -> DiskUsage) async -> DiskUsage
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
            found[.memoryAvailable] = Self.memory((try? HostFiles.readText("/proc/meminfo")) ?? "")
        }
        if signals.contains(.pidAvailable) { found[.pidAvailable] = Self.processes() }
        if !signals.isDisjoint(with: [.nodefsAvailable, .nodefsInodesFree]) {
            found.take(try? DiskSpace.of(paths.root), .nodefsAvailable, .nodefsInodesFree)
        }
        if !signals.isDisjoint(with: [.imagefsAvailable, .imagefsInodesFree]) {
            found.take(await imageFileSystem(), .imagefsAvailable, .imagefsInodesFree)
        }
        return found
    }

    /// What the kernel could have without swapping and without what was used a moment ago: free memory and files that
    /// were not looked at for long, as upstream's working set leaves out.
    /// - Parameter meminfo: the text of `/proc/meminfo`.
    static func memory(_ meminfo: String) -> SignalObservation? {
        var values: [Substring: Int64] = [:]
        for line in meminfo.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, let kibibytes = Int64(words[1]) { values[words[0]] = kibibytes * 1024 }
        }
        guard let total = values["MemTotal:"], let free = values["MemFree:"] else { return nil }
        return SignalObservation(available: free + (values["Inactive(file):"] ?? 0), capacity: total)
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

    private func imageFileSystem() async -> DiskSpace? {
        if let known = imagesPath.withLock({ $0 }) { return try? DiskSpace.of(known) }
        guard let found = try? await images.imageFileSystems().first?.mountpoint else { return nil }
        imagesPath.withLock { $0 = found }
        return try? DiskSpace.of(found)
    }

    // MARK: Who uses it

    package func usage(of pods: [Pod], _ signal: EvictionSignal) async -> [EvictionCandidate] {
        switch signal {
        case .memoryAvailable: return await memoryUsage(of: pods)
        case .pidAvailable:
            return pods.map { EvictionCandidate(pod: $0, usage: cgroups.processCount(of: $0.uid)) }
        case .nodefsAvailable, .imagefsAvailable:
            var candidates: [EvictionCandidate] = []
            for pod in pods {
                let storage = await storage(of: pod)
                candidates.append(EvictionCandidate(pod: pod, usage: storage.total, containers: storage.containers))
            }
            return candidates
        case .nodefsInodesFree, .imagefsInodesFree:
            var candidates: [EvictionCandidate] = []
            for pod in pods {
                let trees = trees(of: pod)
                let usage = await blocking { trees.reduce(DiskUsage()) { $0 + .of(tree: $1) } }
                candidates.append(EvictionCandidate(pod: pod, usage: usage.inodes))
            }
            return candidates
        }
    }

    private func memoryUsage(of pods: [Pod]) async -> [EvictionCandidate] {
        let stats = await statsByPod()
        return pods.map { pod in
            let containers = (stats[pod.uid] ?? [:]).compactMapValues { $0.memoryWorkingSetBytes.map { Int64($0) } }
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

    package func storage(of pod: Pod) async -> PodStorage {
        var storage = PodStorage()
        for volume in pod.spec.volumes where volume.emptyDir?.medium == .disk {
            let path = paths.volume(pod.uid, .emptyDir, volume.name)
            storage.emptyDirs[volume.name] = await blocking { .of(tree: path) }.bytes
        }
        let layers = await statsByPod()[pod.uid] ?? [:]
        let logs = paths.podLogs(namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.uid)
        for container in pod.spec.allContainers {
            let written = await blocking { .of(tree: "\(logs)/\(container.name)") }.bytes
            storage.containers[container.name] = written + Int64(layers[container.name]?.writableLayerBytes ?? 0)
        }
        return storage
    }

    private func trees(of pod: Pod) -> [String] {
        [
            paths.volumes(pod.uid, .emptyDir),
            paths.podLogs(namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.uid),
        ]
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
