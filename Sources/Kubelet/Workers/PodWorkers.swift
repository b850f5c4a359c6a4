import ContainerRuntime
package import KubernetesAPI
package import Logging
package import PodLifecycle
package import PodSources

/// One worker for each pod of the node.
///
/// Pods of one name follow each other: a newcomer waits until its predecessor is gone completely.
package actor PodWorkers {
    /// What every worker works with.
    package struct Collaborators: Sendable {
        package var monitor: RuntimeMonitor
        package var actuator: PodActuator
        package var images: ImagePuller
        package var checkpoints: PodCheckpoints
        package var statuses: PodStatuses
        package var clock: any KubeletClock
        package var logger: Logger

        package init(
            monitor: RuntimeMonitor, actuator: PodActuator, images: ImagePuller, checkpoints: PodCheckpoints,
            statuses: PodStatuses, clock: any KubeletClock, logger: Logger
        ) {
            self.monitor = monitor
            self.actuator = actuator
            self.images = images
            self.checkpoints = checkpoints
            self.statuses = statuses
            self.clock = clock
            self.logger = logger
        }
    }

    /// One version of a pod: an edit of a pod whose manifest fixes the UID is a version of its own.
    private struct Version: Hashable {
        let uid: PodUID
        let hash: String

        init(_ pod: Pod) {
            uid = pod.uid
            hash = pod.metadata.annotations[ConfigAnnotations.hash] ?? ""
        }
    }

    private let collaborators: Collaborators
    private let maximumRestartDelay: Duration
    private var workers: [Version: PodWorker] = [:]
    /// Who has a name, and who waits for it.
    private var names: [PodFullName: [Version]] = [:]
    /// Pods that are wanted again while they go.
    private var returning: [Version: DesiredPod] = [:]
    private let newcomers: AsyncStream<PodWorker>
    private let newcomersInput: AsyncStream<PodWorker>.Continuation

    package init(_ collaborators: Collaborators, maximumRestartDelay: Duration = .seconds(300)) {
        self.collaborators = collaborators
        self.maximumRestartDelay = maximumRestartDelay
        (newcomers, newcomersInput) = AsyncStream.makeStream(of: PodWorker.self)
    }

    /// Runs the workers until cancelled. Containers are left running.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await worker in newcomers {
                group.addTask {
                    await worker.run()
                    if !Task.isCancelled { await self.ended(worker) }
                }
            }
        }
    }

    /// Makes these the pods of the node: new ones are started, and those not among them are stopped.
    package func update(_ pods: [DesiredPod]) async {
        let wanted = Set(pods.map { Version($0.pod) })
        returning = returning.filter { wanted.contains($0.key) }
        for (version, worker) in workers where !wanted.contains(version) { await worker.handle(.removed) }
        for pod in pods {
            let version = Version(pod.pod)
            if let worker = workers[version] {
                // It is wanted again while it goes: it comes back when it is gone.
                if await worker.isUnwanted { returning[version] = pod }
            } else {
                await add(pod, isUnwanted: false)
            }
        }
    }

    /// Has pods go that run without being wanted.
    package func endOrphans(_ pods: [DesiredPod]) async {
        for pod in pods where workers[Version(pod.pod)] == nil { await add(pod, isUnwanted: true) }
    }

    /// Tells a pod's worker that the runtime has news of it.
    package func runtimeChanged(_ uid: PodUID) async {
        for (version, worker) in workers where version.uid == uid { await worker.handle(.changed) }
    }

    /// Tells that all pods that should be there are: the sources have been read.
    package func allPodsAreKnown() { collaborators.statuses.noteAllPodsAreKnown() }

    private func add(_ desired: DesiredPod, isUnwanted: Bool) async {
        let version = Version(desired.pod)
        let name = desired.fullName
        let worker = PodWorker(
            desired, isUnwanted: isUnwanted, collaborators: collaborators, maximumRestartDelay: maximumRestartDelay)
        workers[version] = worker
        collaborators.statuses.announce(desired.pod)
        names[name, default: []].append(version)
        if names[name]?.first == version { await worker.handle(.nameIsFree) }
        newcomersInput.yield(worker)
    }

    private func ended(_ worker: PodWorker) async {
        let version = Version(worker.pod)
        let name = worker.pod.fullName
        workers[version] = nil
        names[name]?.removeAll { $0 == version }
        if let next = names[name]?.first {
            await workers[next]?.handle(.nameIsFree)
        } else {
            names[name] = nil
        }
        if let pod = returning.removeValue(forKey: version) { await add(pod, isUnwanted: false) }
    }
}
