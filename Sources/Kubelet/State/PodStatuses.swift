import ContainerRuntime
package import KubernetesAPI
import PodLifecycle
import Synchronization

/// The present status of every pod.
package final class PodStatuses: Sendable {
    private struct Entry {
        var pod: Pod
        var status: PodStatus
    }

    private struct State {
        var entries: [PodUID: Entry] = [:]
        /// Every pod that is worked on, also those that have no status yet.
        var names: [PodUID: PodFullName] = [:]
        var notes: [PodFullName: PodNotes] = [:]
        var areAllPodsKnown = false
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

    private let state = Mutex(State())
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
        /// Whether it has run for longer than it may.
        var isOverdue = false
        /// What there was of containers when all of the pod had to start over.
        var startedOver: Set<ContainerID> = []
    }

    func publish(_ pod: Pod, _ runtime: PodRuntimeState, _ situation: Situation, now: Timestamp) {
        let changed = state.withLock { state in
            let previous = state.entries[pod.uid]?.status ?? PodStatus()
            var builder = PodStatusBuilder(
                pod: pod, runtime: runtime, previous: previous, waiting: situation.waiting,
                hostAddresses: hostAddresses, runtimeName: runtimeName, now: now)
            builder.health = situation.health
            builder.rejection = situation.rejection
            builder.isOverdue = situation.isOverdue
            builder.startedOver = situation.startedOver
            let status = builder.status()
            let known = state.entries[pod.uid]
            // The same pod may be shown with another version's spec by now.
            guard status != known?.status || pod.metadata != known?.pod.metadata || pod.spec != known?.pod.spec else {
                return false
            }
            state.entries[pod.uid] = Entry(pod: pod, status: status)
            state.changes.names.insert(pod.fullName)
            return true
        }
        if changed { bell.ring() }
    }

    /// Since when the pod counts as started, if it has been shown.
    func startTime(of uid: PodUID) -> Timestamp? { state.withLock { $0.entries[uid]?.status.startTime } }

    func forget(_ uid: PodUID) {
        state.withLock { state in
            state.entries[uid] = nil
            guard let name = state.names.removeValue(forKey: uid) else { return }
            state.changes.names.insert(name)
            if !state.names.values.contains(name) { state.notes[name]?.update = nil }
        }
        bell.ring()
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

// What is known of pods beside their containers.
extension PodStatuses {
    /// Tells which pods run on although their manifests are invalid now, and what is wrong with those.
    func noteManifestProblems(_ problems: [PodFullName: String], now: Timestamp) {
        note(now) { state in
            for name in state.notes.keys where problems[name] == nil { state.notes[name]?.manifest = nil }
            for (name, message) in problems where state.notes[name]?.manifest?.message != message {
                let since = state.notes[name]?.manifest?.since ?? now.wholeSeconds
                state.notes[name, default: PodNotes()].manifest = PodNotes.Note(
                    reason: "InvalidStaticPodManifest", message: message, since: since)
            }
        }
    }

    /// Tells why a newer version of the pod has not taken over, or that none waits.
    /// - Returns: whether that is news.
    func noteUpdateWaiting(_ name: PodFullName, _ reason: WaitingReason?, now: Timestamp) -> Bool {
        note(now) { state in
            let since = state.notes[name]?.update?.since ?? now.wholeSeconds
            state.notes[name, default: PodNotes()].update = reason.map {
                PodNotes.Note(reason: $0.reason, message: $0.message, since: since)
            }
        }
    }

    /// Tells why the pod's mirror isn't as it should be, or that it is.
    func noteMirrorProblem(_ name: PodFullName, _ message: String?, now: Timestamp) {
        note(now) { state in
            let since = state.notes[name]?.mirror?.since ?? now.wholeSeconds
            state.notes[name, default: PodNotes()].mirror = message.map {
                PodNotes.Note(reason: "MirrorPodFailed", message: $0, since: since)
            }
        }
    }

    @discardableResult
    private func note(_ now: Timestamp, _ change: (inout State) -> Void) -> Bool {
        let changed = state.withLock { state in
            let before = state.notes
            change(&state)
            state.notes = state.notes.filter { $0.value != PodNotes() }
            guard state.notes != before else { return false }
            let names = Set(before.keys).union(state.notes.keys)
            state.changes.names.formUnion(names.filter { before[$0] != state.notes[$0] })
            return true
        }
        if changed { bell.ring() }
        return changed
    }
}
