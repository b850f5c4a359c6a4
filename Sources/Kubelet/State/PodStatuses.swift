import ContainerRuntime
package import KubernetesAPI
import PodLifecycle
import Synchronization

/// The present status of every pod.
package final class PodStatuses: Sendable {
    struct Entry {
        var pod: Pod
        var status: PodStatus
        /// Whether all of the pod is being ended, or has been.
        var isEnding = false
    }

    struct State {
        var entries: [PodUID: Entry] = [:]
        /// Every pod that is worked on, also those that have no status yet.
        var names: [PodUID: PodFullName] = [:]
        var notes: [PodFullName: PodNotes] = [:]
        var areAllPodsKnown = false
        /// What others say of the conditions that pods' readiness depends on.
        var gates: [PodFullName: ReadinessGates] = [:]
        /// The last statuses of pods of which nothing is left here, while the API server still has them.
        var departed: [PodUID: PodStatus] = [:]
        var changes = Changes()

        func pod(_ entry: Entry, withMirrorProblems: Bool) -> Pod {
            var pod = entry.pod
            pod.status = entry.status
            pod.status.conditions += notes[pod.fullName]?.conditions(withMirrorProblems) ?? []
            return pod
        }
    }

    /// What has changed since somebody last asked.
    struct Changes: Sendable, Hashable {
        var names: Set<PodFullName> = []
        /// Pods that are not there are known not to come any more.
        var allPodsBecameKnown = false
    }

    let state = Mutex(State())
    private let hostAddresses: [String]
    private let runtimeName: String
    /// Rings after a status changed or a pod went.
    let bell = WakeSignal()

    /// - Parameter runtimeName: the prefix of container IDs, such as `containerd`.
    package init(hostAddresses: [String], runtimeName: String) {
        self.hostAddresses = hostAddresses
        self.runtimeName = runtimeName
    }

    /// Tells that a pod is worked on, whose status follows.
    func announce(_ pod: Pod) {
        state.withLock { $0.names[pod.uid] = pod.fullName }
    }

    /// Tells that from now on a pod that hasn't been announced is not there.
    func noteAllPodsAreKnown() {
        let isNews = state.withLock { state in
            defer {
                state.changes.allPodsBecameKnown = state.changes.allPodsBecameKnown || !state.areAllPodsKnown
                state.areAllPodsKnown = true
            }
            return !state.areAllPodsKnown
        }
        if isNews { bell.ring() }
    }

    /// Whether there may be a pod of this name whose status nobody knows yet.
    func mayStillCome(_ name: PodFullName) -> Bool {
        state.withLock { state in !state.areAllPodsKnown || state.names.values.contains(name) }
    }

    /// What a worker knows of its pod beside what runs.
    struct Situation: Sendable {
        /// Why containers wait, by name.
        var waiting: [String: WaitingReason] = [:]
        /// What probes say of containers.
        var health: [ContainerID: ContainerHealth] = [:]
        /// Why the pod may not run on the node.
        var rejection: AdmissionRejection?
        /// Why all of it is ended before its time.
        var ending: PodEnding?
        /// Whether all of it has ended, and nothing of it is ever started again.
        var isOver = false
        /// What there was of containers when all of the pod had to start over.
        var startedOver: Set<ContainerID> = []
        /// What the runtime can do.
        var features = RuntimeFeatures()
        /// How far changes of its amounts are.
        var resize = ResizeProgress()
        /// What the cgroup of all of the pod has, where it has amounts of its own.
        var podAmounts: RuntimeAmounts?
    }

    func publish(_ pod: Pod, _ runtime: PodRuntimeState, _ situation: Situation, now: Timestamp) {
        let changed = state.withLock { state in
            let previous = state.entries[pod.uid]?.status ?? PodStatus()
            var builder = PodStatusBuilder(
                pod: pod, runtime: runtime, previous: previous, waiting: situation.waiting,
                hostAddresses: hostAddresses, runtimeName: runtimeName, now: now)
            builder.health = situation.health
            builder.rejection = situation.rejection
            builder.gates = state.gates[pod.fullName] ?? ReadinessGates()
            builder.ending = situation.ending
            builder.isOver = situation.isOver
            builder.startedOver = situation.startedOver
            builder.features = situation.features
            builder.resize = situation.resize
            builder.podAmounts = situation.podAmounts
            let status = builder.status()
            let isEnding = situation.ending != nil
            state.entries[pod.uid]?.isEnding = isEnding
            let known = state.entries[pod.uid]
            // The same pod may be shown with another version's spec by now.
            guard status != known?.status || pod.metadata != known?.pod.metadata || pod.spec != known?.pod.spec else {
                return false
            }
            state.entries[pod.uid] = Entry(pod: pod, status: status, isEnding: isEnding)
            state.changes.names.insert(pod.fullName)
            return true
        }
        if changed { bell.ring() }
    }

    /// Shows a pod with a status that was settled before.
    func show(_ pod: Pod) {
        let changed = state.withLock { state in
            guard state.entries[pod.uid]?.status != pod.status else { return false }
            state.entries[pod.uid] = Entry(pod: pod, status: pod.status)
            state.changes.names.insert(pod.fullName)
            return true
        }
        if changed { bell.ring() }
    }

    /// Since when the pod counts as started, if it has been shown.
    func startTime(of uid: PodUID) -> Timestamp? { state.withLock { $0.entries[uid]?.status.startTime } }

    /// Takes a pod from those that are worked on.
    /// - Returns: what it showed last.
    @discardableResult
    func forget(_ uid: PodUID) -> PodStatus? {
        let last = state.withLock { state in
            let last = state.entries.removeValue(forKey: uid)?.status
            guard let name = state.names.removeValue(forKey: uid) else { return last }
            state.changes.names.insert(name)
            if !state.names.values.contains(name) { state.notes[name]?.update = nil }
            return last
        }
        bell.ring()
        return last
    }

    /// Every pod with its status, by namespace and name.
    package func pods() -> [Pod] { pods(withMirrorProblems: false) }

    /// - Parameter withMirrorProblems: whether it is shown too why a pod's mirror isn't there, which can't be told by
    ///   the mirror itself.
    package func pods(withMirrorProblems: Bool) -> [Pod] {
        state.withLock { state in
            state.entries.values.map { state.pod($0, withMirrorProblems: withMirrorProblems) }
        }
        .sorted { $0.fullName < $1.fullName }
    }

    /// The pods of these names, with their statuses.
    func pods(named names: Set<PodFullName>) -> [Pod] {
        state.withLock { state in
            state.names.filter { names.contains($0.value) }
                .compactMap { state.entries[$0.key].map { state.pod($0, withMirrorProblems: false) } }
        }
        .sorted { $0.fullName < $1.fullName }
    }

    /// What has changed since the last call.
    func takeChanges() -> Changes {
        state.withLock { state in
            defer { state.changes = Changes() }
            return state.changes
        }
    }
}
