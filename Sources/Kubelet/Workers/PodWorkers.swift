import ContainerRuntime
package import KubernetesAPI
package import Logging
package import PodLifecycle
package import PodSources

/// One worker for each pod of the node.
///
/// Pods of one name follow each other: the next begins when nothing is left of the one before.
package actor PodWorkers {
    /// What every worker works with.
    package struct Collaborators: Sendable {
        package var monitor: RuntimeMonitor
        package var actuator: PodActuator
        package var images: ImagePuller
        package var checkpoints: PodCheckpoints
        package var admission: PodAdmission
        package var statuses: PodStatuses
        package var prober: Prober
        package var clock: any KubeletClock
        package var logger: Logger
        /// The longest back-off between restarts of a container.
        package var maximumRestartDelay = Duration.seconds(300)

        package init(
            monitor: RuntimeMonitor, actuator: PodActuator, images: ImagePuller, checkpoints: PodCheckpoints,
            admission: PodAdmission, statuses: PodStatuses, prober: Prober, clock: any KubeletClock, logger: Logger
        ) {
            self.monitor = monitor
            self.actuator = actuator
            self.images = images
            self.checkpoints = checkpoints
            self.admission = admission
            self.statuses = statuses
            self.prober = prober
            self.clock = clock
            self.logger = logger
        }
    }

    private let collaborators: Collaborators
    private var workers: [PodUID: PodWorker] = [:]
    /// The workers of a name: one as a rule, and beside it pods found in the runtime that have to go.
    private var occupants: [PodFullName: Set<PodUID>] = [:]
    /// The pods of the manifests.
    private var wanted: [PodFullName: DesiredPod] = [:]
    /// Pods that wait for a UID which another pod has.
    private var waitingForUID: [PodUID: Set<PodFullName>] = [:]
    /// Whether the sources have been read: what nobody asks for by then is an orphan.
    private var knowsAll = false
    private let newcomers: AsyncStream<PodWorker>
    private let newcomersInput: AsyncStream<PodWorker>.Continuation

    package init(_ collaborators: Collaborators) {
        self.collaborators = collaborators
        (newcomers, newcomersInput) = AsyncStream.makeStream(of: PodWorker.self)
    }

    /// Runs the workers until cancelled. Containers are left running.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await name in self.collaborators.admission.retries { await self.roomChanged(for: name) }
            }
            for await worker in newcomers {
                group.addTask {
                    await worker.run()
                    if !Task.isCancelled { await self.ended(worker) }
                }
            }
        }
    }

    // MARK: What is wanted

    /// Goes on with pods that run already.
    /// - Parameter wanted: what the manifests ask for by now, which `update` is told next.
    package func adopt(_ pods: [AcceptedPod], wanted: [DesiredPod]) {
        let wanted = wanted.byFullName
        for pod in pods where workers[pod.version.uid] == nil {
            collaborators.admission.adopt(pod.version.pod)
            begin(
                pod.version,
                PodWorker.Beginning(
                    isAdopted: true, doomed: pod.doomed, startedOver: pod.startedOver, wasReady: true,
                    wanted: wanted[pod.version.fullName]))
        }
    }

    /// Has pods go that run without being wanted.
    package func endOrphans(_ pods: [DesiredPod]) {
        for pod in pods where workers[pod.uid] == nil {
            // Its ports are taken until it is gone.
            if occupants[pod.fullName] == nil { collaborators.admission.adopt(pod.pod) }
            begin(pod, PodWorker.Beginning(isUnwanted: true))
        }
    }

    /// Makes these the pods of the node: new ones are started, changed ones updated, and those not among them stopped.
    package func update(_ pods: [DesiredPod]) async {
        let before = wanted
        wanted = pods.byFullName
        for name in before.keys where wanted[name] == nil {
            for uid in occupants[name] ?? [] { await workers[uid]?.manifestRemoved() }
        }
        for pod in pods where before[pod.fullName] != pod {
            guard let uids = occupants[pod.fullName] else {
                begin(pod, PodWorker.Beginning())
                continue
            }
            // One that goes for good is followed by what is wanted when it is gone.
            for uid in uids {
                if let worker = workers[uid], await worker.followsManifest { await worker.manifestChanged(pod) }
            }
        }
    }

    /// The pods that are wanted, or on their way out.
    var knownPods: Set<PodUID> { Set(workers.keys).union(wanted.values.map(\.uid)) }

    // MARK: What happens

    /// Tells a pod's worker that the runtime has news of it.
    package func runtimeChanged(_ uid: PodUID) async {
        if let worker = workers[uid] { return await worker.handle(.changed) }
        // A sandbox may show after its pod is gone, when the runtime completes what a kubelet that died asked for.
        guard knowsAll, let state = try? await collaborators.monitor.state(of: uid), !state.isEmpty,
            workers[uid] == nil, let orphan = OrphanPod.reconstruct(state)
        else { return }
        endOrphans([orphan])
    }

    /// Tells what the runtime offers.
    nonisolated func note(_ features: RuntimeFeatures) { collaborators.admission.note(features) }

    private func roomChanged(for name: PodFullName) async {
        for uid in occupants[name] ?? [] { await workers[uid]?.roomChanged() }
    }

    /// Tells that all pods that should be there are: the sources have been read.
    package func allPodsAreKnown() {
        knowsAll = true
        collaborators.statuses.noteAllPodsAreKnown()
    }

    // MARK: Coming and going

    private func begin(_ version: DesiredPod, _ beginning: PodWorker.Beginning) {
        guard workers[version.uid] == nil else {
            waitingForUID[version.uid, default: []].insert(version.fullName)
            return
        }
        let worker = PodWorker(version, beginning, collaborators)
        workers[version.uid] = worker
        collaborators.statuses.announce(version.pod)
        occupants[version.fullName, default: []].insert(version.uid)
        newcomersInput.yield(worker)
    }

    /// Begins the version that was ready to take the place of the one that ended. What is wanted now, if that is yet
    /// another, follows when it is ready too.
    private func beginSuccessor(_ handover: PendingUpdate.Ready?, wanted next: DesiredPod) {
        guard let handover else { return begin(next, PodWorker.Beginning()) }
        var version = handover.version
        if version.isSameVersion(as: next) {
            // The file may have another name by now, and a restart that was asked for meanwhile has been had.
            version.origin = next.origin
            version.restartRequests = next.restartRequests
        }
        begin(version, PodWorker.Beginning(fetchedImages: handover.images, wasReady: true, wanted: next))
    }

    private func ended(_ worker: PodWorker) async {
        let handover = await worker.handover
        let name = worker.fullName
        workers[worker.uid] = nil
        occupants[name]?.remove(worker.uid)
        if occupants[name]?.isEmpty == true {
            occupants[name] = nil
            if let next = wanted[name] {
                beginSuccessor(handover, wanted: next)
            } else {
                collaborators.admission.release(name)
            }
        }
        for name in waitingForUID.removeValue(forKey: worker.uid) ?? [] where occupants[name] == nil {
            if let next = wanted[name] { begin(next, PodWorker.Beginning()) }
        }
    }
}
