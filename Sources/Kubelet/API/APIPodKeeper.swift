import KubernetesAPI
package import Logging
package import PodLifecycle
package import PodSources

/// Keeps the API server's pods of this node like what runs: the mirrors of static pods, whatever anybody does to them
/// there, and the status of the pods that the API server has assigned to this node, which it hands to the workers.
///
/// Running pods never depend on it: while the API server is away, or refuses, it waits.
package actor APIPodKeeper {
    /// How long a mirror that somebody deleted stays away. `kubectl delete` looks for the pod's absence only every
    /// 100 ms, and would wait for ever if it never saw it.
    private static let recreationPause = Duration.milliseconds(500)

    private let api: any NodeAPI
    private let nodeName: String
    private let statuses: PodStatuses
    private let clock: any KubeletClock
    private let logger: Logger

    private let bell: WakeSignal
    /// The API server's pods of this node; `nil` until they are known.
    private var shown: [PodFullName: Pod]?
    private var nodeUID: String?
    private var isAway = false
    private var retries = BackOff(initial: .seconds(1), maximum: .seconds(10))
    private var nextTry: [PodFullName: Timestamp] = [:]
    /// The names whose pod or mirror changed.
    private var touched: Set<PodFullName> = []
    /// The last problem said of each pod: a problem is logged once, not at every try.
    private var problems: [PodFullName: String] = [:]
    private var assigned: [PodFullName: DesiredPod] = [:]

    /// The pods that the API server has assigned to this node, the newest set only.
    package nonisolated let assignments: AsyncStream<PodSourceUpdate>
    private let assignmentsInput: AsyncStream<PodSourceUpdate>.Continuation

    package init(
        api: any NodeAPI, nodeName: String, statuses: PodStatuses, clock: any KubeletClock, logger: Logger
    ) {
        self.api = api
        self.nodeName = nodeName
        self.statuses = statuses
        self.clock = clock
        self.logger = logger
        bell = statuses.bell
        (assignments, assignmentsInput) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Tells the UID of the Node object, without which there can be no mirrors.
    package func nodeRegistered(uid: String) {
        if nodeUID != uid { touchAll() }
        nodeUID = uid
        bell.ring()
    }

    /// Works until cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followPods() }
            group.addTask { await self.reconcileOnChange() }
        }
    }

    private func followPods() async {
        for await event in api.watchPods(onNode: nodeName) {
            switch event {
            case .listed(let pods):
                let present = Set(pods.map(\.uid))
                for pod in shown?.values.map(\.self) ?? [] where !present.contains(pod.uid) {
                    statuses.noteRemoval(pod)
                }
                shown = Dictionary(pods.map { ($0.fullName, $0) }, uniquingKeysWith: { $1 })
                nextTry = [:]
                touchAll()
                for pod in pods { statuses.noteGates(pod, now: clock.now()) }
                let found = pods.filter { !$0.isMirror }.map { DesiredPod(assigned: $0) }
                assign(Dictionary(found.map { ($0.fullName, $0) }, uniquingKeysWith: { $1 }), isFirst: true)
            case .changed(let pod):
                shown?[pod.fullName] = pod
                touched.insert(pod.fullName)
                statuses.noteGates(pod, now: clock.now())
                if !pod.isMirror { assign(assigned.merging([pod.fullName: DesiredPod(assigned: pod)]) { $1 }) }
            case .deleted(let pod):
                touched.insert(pod.fullName)
                if shown?[pod.fullName]?.metadata.uid == pod.metadata.uid { noteRemoval(pod.fullName) }
                statuses.noteRemoval(pod)
                if assigned[pod.fullName]?.uid == pod.uid { assign(assigned.filter { $0.key != pod.fullName }) }
            case .disconnected(let reason):
                if !isAway {
                    logger.warning(
                        "the API server is away, what it shows of pods waits", metadata: ["error": "\(reason)"])
                }
                isAway = true
                continue
            }
            isAway = false
            bell.ring()
        }
    }

    /// Hands over the pods that are assigned to this node by now, unless these are the same.
    private func assign(_ pods: [PodFullName: DesiredPod], isFirst: Bool = false) {
        guard isFirst || pods != assigned else { return }
        assigned = pods
        assignmentsInput.yield(
            PodSourceUpdate(
                source: .api, pods: pods.values.sorted { $0.fullName < $1.fullName }, problems: [], complete: true))
    }

    private func touchAll() {
        touched.formUnion(statuses.pods().map(\.fullName))
        touched.formUnion(shown?.keys.map(\.self) ?? [])
    }

    /// Somebody removed a pod: if it was a mirror, a new one follows after a pause.
    private func noteRemoval(_ name: PodFullName) {
        shown?[name] = nil
        nextTry[name] = clock.now().adding(Self.recreationPause)
    }

    private func reconcileOnChange() async {
        while !Task.isCancelled {
            await waitForWork()
            await reconcile()
        }
    }

    private func waitForWork() async {
        guard let due = nextTry.values.min() else { return await bell.wait() }
        _ = await bell.wait(until: due, on: clock)
    }

    private func reconcile() async {
        let changes = statuses.takeChanges()
        touched.formUnion(changes.names)
        if changes.allPodsBecameKnown { touchAll() }
        guard let shown else { return }
        let now = clock.now()
        // Those that wait for their next try are looked at then.
        let names = touched.union(nextTry.keys).filter { nextTry[$0].map { $0 <= now } ?? true }
        touched = []
        guard !names.isEmpty else { return }
        let pods = statuses.pods(named: names)
        let actions = self.actions(pods, shown.filter { names.contains($0.key) })
        for name in names { nextTry[name] = nil }
        var failed: Set<PodFullName> = []
        // A pod is only deleted once its last status has been posted.
        for action in actions where !failed.contains(action.fullName) {
            if await !attempt(action) { failed.insert(action.fullName) }
        }
        for name in names.subtracting(actions.map(\.fullName)) { noteProblem(nil, name) }
    }

    /// - Parameters:
    ///   - pods: the node's pods of the names that are looked at.
    ///   - shown: the API server's pods of these names.
    private func actions(_ pods: [Pod], _ shown: [PodFullName: Pod]) -> [PodAPIAction] {
        let assigned = AssignedPods.actions(pods: pods, shown: shown, lastStatus: statuses.lastStatus)
        // Without a Node object there can be no mirrors; when there is one, all of them are looked at.
        guard let nodeUID else { return assigned }
        let staticPods = pods.filter(\.isStatic)
        let names = Set(staticPods.map(\.fullName))
        let mirrors = MirrorPods.actions(
            staticPods: staticPods, mirrors: shown, nodeName: nodeName, nodeUID: nodeUID
        ).filter { action in
            // Right after the start a mirror without a pod may only be early.
            guard case .delete(let name, _) = action else { return true }
            return names.contains(name) || !statuses.mayStillCome(name)
        }
        return mirrors + assigned
    }

    /// - Returns: whether it is done.
    private func attempt(_ action: PodAPIAction) async -> Bool {
        let name = action.fullName
        if case .nameTaken = action {
            // When it goes, the watch tells.
            noteProblem("pod \(name) on the API server is no mirror, and is left alone", name)
            return true
        }
        do {
            try await perform(action)
            retries.reset(name.description)
            noteProblem(nil, name)
            return true
        } catch is CancellationError {
            return false
        } catch {
            let now = clock.now()
            retries.recordAttempt(name.description, after: now, now: now)
            nextTry[name] = now.adding(retries.delay(name.description))
            if (error as? NodeAPIError)?.code == .conflict {
                // Somebody changed the pod meanwhile: the watch brings it, and what differs then is posted.
                logger.debug("a pod changed under what was posted of it", metadata: ["pod": "\(name)"])
            } else {
                noteProblem("\(error)", name)
            }
            return false
        }
    }

    /// Says a problem once, and shows it as long as it lasts.
    private func noteProblem(_ problem: String?, _ name: PodFullName) {
        guard problems[name] != problem else { return }
        problems[name] = problem
        statuses.noteMirrorProblem(name, problem, now: clock.now())
        guard let problem else { return }
        logger.warning(
            "cannot bring a pod at the API server up to date",
            metadata: ["pod": "\(name.namespace)/\(name.name)", "error": "\(problem)"])
    }

    private func perform(_ action: PodAPIAction) async throws {
        switch action {
        case .create(let pod):
            let created = try await api.createPod(pod)
            // What is posted is known at once: the watch may tell of it later.
            if shown?[pod.fullName] == nil { shown?[pod.fullName] = created }
            touched.insert(pod.fullName)
            bell.ring()
        case .delete(let name, let uid):
            try await api.deletePod(namespace: name.namespace, name: name.name, uid: uid)
            if let pod = shown?[name], pod.metadata.uid == uid {
                if pod.metadata.deletionTimestamp != nil { noteRemoval(name) } else { shown?[name] = nil }
            }
            touched.insert(name)
            bell.ring()
        case .nameTaken: break
        case .patchStatus(let name, let patch):
            let patched = try await api.patchPodStatus(namespace: name.namespace, name: name.name, patch)
            if shown?[name]?.metadata.uid == patched.metadata.uid { shown?[name] = patched }
        }
    }
}
