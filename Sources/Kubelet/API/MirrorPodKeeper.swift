import KubernetesAPI
package import Logging
package import PodLifecycle

/// Keeps the API server's mirror pods like the static pods they show, whatever anybody does to them there.
///
/// Running pods never depend on it: while the API server is away, or refuses, the mirrors wait.
package actor MirrorPodKeeper {
    /// How long a mirror that somebody deleted stays away. `kubectl delete` looks for the pod's absence only every
    /// 100 ms, and would wait for ever if it never saw it.
    private static let recreationPause = Duration.milliseconds(500)

    private let api: any NodeAPI
    private let nodeName: String
    private let statuses: PodStatuses
    private let clock: any KubeletClock
    private let logger: Logger

    private let bell: WakeSignal
    private var mirrors: [PodFullName: Pod]?
    private var nodeUID: String?
    private var isAway = false
    private var retries = BackOff(initial: .seconds(1), maximum: .seconds(30))
    private var nextTry: [PodFullName: Timestamp] = [:]
    /// The last problem said of each pod: a problem is logged once, not at every try.
    private var problems: [PodFullName: String] = [:]

    package init(
        api: any NodeAPI, nodeName: String, statuses: PodStatuses, clock: any KubeletClock, logger: Logger
    ) {
        self.api = api
        self.nodeName = nodeName
        self.statuses = statuses
        self.clock = clock
        self.logger = logger
        bell = statuses.bell
    }

    /// Tells the UID of the Node object, without which there can be no mirrors.
    package func nodeRegistered(uid: String) {
        nodeUID = uid
        bell.ring()
    }

    /// Works until cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followMirrors() }
            group.addTask { await self.reconcileOnChange() }
        }
    }

    private func followMirrors() async {
        for await event in api.watchPods(onNode: nodeName) {
            switch event {
            case .listed(let pods):
                mirrors = Dictionary(pods.map { ($0.fullName, $0) }, uniquingKeysWith: { $1 })
                nextTry = [:]
            case .changed(let pod): mirrors?[pod.fullName] = pod
            case .deleted(let pod):
                if mirrors?[pod.fullName]?.metadata.uid == pod.metadata.uid { noteRemoval(pod.fullName) }
            case .disconnected(let reason):
                if !isAway {
                    logger.warning("the API server is away, mirror pods wait", metadata: ["error": "\(reason)"])
                }
                isAway = true
                continue
            }
            isAway = false
            bell.ring()
        }
    }

    /// Somebody removed a mirror: a new one follows after a pause.
    private func noteRemoval(_ name: PodFullName) {
        mirrors?[name] = nil
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
        guard let mirrors, let nodeUID else { return }
        let pods = statuses.pods().filter(\.isStatic)
        let shown = Set(pods.map(\.fullName))
        let actions = MirrorPods.actions(staticPods: pods, mirrors: mirrors, nodeName: nodeName, nodeUID: nodeUID)
            .filter { action in
                // Right after the start a mirror without a pod may only be early.
                guard case .delete(let name, _) = action else { return true }
                return shown.contains(name) || !statuses.mayStillCome(name)
            }
        let now = clock.now()
        for action in actions {
            let name = action.fullName
            if let due = nextTry[name], now < due { continue }
            nextTry[name] = nil
            await attempt(action)
        }
        let concerned = Set(actions.map(\.fullName))
        nextTry = nextTry.filter { concerned.contains($0.key) }
        for name in problems.keys where !concerned.contains(name) { noteProblem(nil, name) }
    }

    private func attempt(_ action: MirrorPodAction) async {
        let name = action.fullName
        do {
            try await perform(action)
            retries.reset(name.description)
            noteProblem(nil, name)
        } catch is CancellationError {
        } catch {
            let now = clock.now()
            retries.recordAttempt(name.description, after: now, now: now)
            nextTry[name] = now.adding(retries.delay(name.description))
            noteProblem("\(error)", name)
        }
    }

    /// Says a problem once, and shows it as long as it lasts.
    private func noteProblem(_ problem: String?, _ name: PodFullName) {
        guard problems[name] != problem else { return }
        problems[name] = problem
        statuses.noteMirrorProblem(name, problem, now: clock.now())
        guard let problem else { return }
        logger.warning(
            "cannot bring a mirror pod up to date",
            metadata: ["pod": "\(name.namespace)/\(name.name)", "error": "\(problem)"])
    }

    private func perform(_ action: MirrorPodAction) async throws {
        switch action {
        case .create(let pod):
            let created = try await api.createPod(pod)
            // What is posted is known at once: the watch may tell of it later.
            if mirrors?[pod.fullName] == nil { mirrors?[pod.fullName] = created }
            bell.ring()
        case .delete(let name, let uid):
            try await api.deletePod(namespace: name.namespace, name: name.name, uid: uid.rawValue)
            if let mirror = mirrors?[name], mirror.metadata.uid == uid.rawValue {
                if mirror.metadata.deletionTimestamp != nil { noteRemoval(name) } else { mirrors?[name] = nil }
            }
            bell.ring()
        case .patchStatus(let name, let patch):
            let patched = try await api.patchPodStatus(namespace: name.namespace, name: name.name, patch)
            if mirrors?[name]?.metadata.uid == patched.metadata.uid { mirrors?[name] = patched }
        }
    }
}
