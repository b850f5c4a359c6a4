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
        /// `nil` without an API server.
        package var nodeWatch: NodeWatch?
        /// How many ended containers are kept.
        package var deadContainers = DeadContainers.Policy()

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
    /// The kinds of pods whose sources have been read: what nobody asks for by then is an orphan.
    private var knownKinds: Set<PodKind> = []
    /// Pods that were deleted at the API server and of which nothing is left here, while they are still there.
    private var departed: Set<PodUID> = []
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
            group.addTask {
                for await name in self.collaborators.admission.victims { await self.end(name, because: .preempted) }
            }
            if let nodeWatch = collaborators.nodeWatch { group.addTask { await nodeWatch.run() } }
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
        wanted = pods.filter { $0.termination == nil }.byFullName
        await end(pods.filter { $0.termination != nil })
        for name in before.keys where wanted[name] == nil {
            for uid in occupants[name] ?? [] { await workers[uid]?.manifestRemoved() }
        }
        for pod in pods where pod.termination == nil && before[pod.fullName] != pod {
            guard let uids = occupants[pod.fullName] else {
                begin(pod, PodWorker.Beginning())
                continue
            }
            // One that goes for good is followed by what is wanted when it is gone.
            for uid in uids {
                guard let worker = workers[uid], await worker.followsManifest else { continue }
                if uid != pod.uid, pod.pod.isAssigned {
                    // The one before was deleted without a word.
                    await worker.manifestRemoved()
                } else {
                    await worker.manifestChanged(pod)
                }
            }
        }
    }

    /// Has pods go that were deleted at the API server, in the time that they are given.
    private func end(_ leaving: [DesiredPod]) async {
        departed.formIntersection(leaving.map(\.uid))
        for pod in leaving where !departed.contains(pod.uid) {
            if let worker = workers[pod.uid] {
                await worker.terminate(within: pod.termination ?? 0)
            } else {
                begin(pod, PodWorker.Beginning(isUnwanted: true, gracePeriod: pod.termination))
            }
        }
    }

    /// The pods that are wanted, or on their way out.
    var knownPods: Set<PodUID> { Set(workers.keys).union(wanted.values.map(\.uid)) }

    /// What the images may be called that the pods are made of, or are to be.
    var imageReferences: Set<String> {
        get async {
            var pods = wanted.values.map(\.pod)
            for worker in workers.values { pods += await worker.versions.map(\.pod) }
            return pods.reduce(into: []) { references, pod in
                let volumes = pod.spec.volumes.compactMap { $0.image?.reference }
                for image in (pod.spec.initContainers + pod.spec.containers).map(\.image) + volumes {
                    references.formUnion(ImageName.references(image))
                }
            }
        }
    }

    // MARK: What happens

    /// Tells a pod's worker that the runtime has news of it.
    package func runtimeChanged(_ uid: PodUID) async {
        if let worker = workers[uid] { return await worker.handle(.changed) }
        // A sandbox may show after its pod is gone, when the runtime completes what a kubelet that died asked for.
        guard !knownKinds.isEmpty, let state = try? await collaborators.monitor.state(of: uid), !state.isEmpty,
            workers[uid] == nil, let orphan = OrphanPod.reconstruct(state), let kind = PodKind(orphan.pod),
            knownKinds.contains(kind)
        else { return }
        endOrphans([orphan])
    }

    /// Tells what the runtime offers.
    /// See `PodAdmission`.
    nonisolated var burstableCPU: AsyncStream<Int64> { collaborators.admission.burstableCPU }

    nonisolated func note(_ features: RuntimeFeatures) { collaborators.admission.note(features) }

    /// Ends an assigned pod for good, though it is wanted, in the time that its spec says.
    private func end(_ name: PodFullName, because ending: PodEnding) async {
        for uid in occupants[name] ?? [] {
            guard let worker = workers[uid], worker.isAssigned else { continue }
            await worker.end(because: ending)
        }
    }

    /// Ends a pod, though it is wanted, and waits until it has ended, for no longer than `patience`.
    /// - Parameter gracePeriod: seconds between the two signals.
    func end(_ uid: PodUID, because ending: PodEnding, gracePeriod: Int64, within patience: Duration) async {
        await workers[uid]?.end(because: ending, gracePeriod: gracePeriod, within: patience)
    }

    /// Removes what the containers of assigned pods have left that have ended for good, with their logs.
    package func removeContainersOfEndedPods() async {
        for worker in workers.values where worker.isAssigned { await worker.removeContainersOfEnded() }
    }

    /// Has static pods run again that were ended for a shutdown which doesn't come.
    func resumeStaticPods() async {
        for worker in workers.values where !worker.isAssigned { await worker.resume() }
    }

    /// Tells whether the node shuts down: no pod begins then.
    package nonisolated func note(isShuttingDown: Bool) { collaborators.admission.note(isShuttingDown: isShuttingDown) }

    /// Tells what the node is short of.
    package nonisolated func note(_ pressures: Set<NodePressure>) { collaborators.admission.note(pressures) }

    private func roomChanged(for name: PodFullName) async {
        for uid in occupants[name] ?? [] { await workers[uid]?.roomChanged() }
    }

    /// Tells that all pods of these kinds that should be there are: their sources have been read.
    package func allPodsAreKnown(of kinds: Set<PodKind>) {
        knownKinds = kinds
        if kinds.contains(.fromManifests) { collaborators.statuses.noteAllPodsAreKnown() }
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
        if await worker.isDeleted {
            departed.insert(worker.uid)
            collaborators.statuses.noteDeparture(worker.uid, name, await worker.lastStatus)
        }
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
