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
        var areAllPodsKnown = false
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
        state.withLock { $0.areAllPodsKnown = true }
        bell.ring()
    }

    /// Whether there may be a pod of this name whose status nobody knows yet.
    func mayStillCome(_ name: PodFullName) -> Bool {
        state.withLock { state in !state.areAllPodsKnown || state.names.values.contains(name) }
    }

    func publish(_ pod: Pod, _ runtime: PodRuntimeState, waiting: [String: WaitingReason], now: Timestamp) {
        let changed = state.withLock { state in
            let previous = state.entries[pod.uid]?.status ?? PodStatus()
            let status = PodStatusBuilder(
                pod: pod, runtime: runtime, previous: previous, waiting: waiting, hostAddresses: hostAddresses,
                runtimeName: runtimeName, now: now
            ).status()
            guard status != state.entries[pod.uid]?.status else { return false }
            state.entries[pod.uid] = Entry(pod: pod, status: status)
            return true
        }
        if changed { bell.ring() }
    }

    func forget(_ uid: PodUID) {
        state.withLock { state in
            state.entries[uid] = nil
            state.names[uid] = nil
        }
        bell.ring()
    }

    /// Every pod with its status, by namespace and name.
    package func pods() -> [Pod] {
        state.withLock { state in
            state.entries.values.map { entry in
                var pod = entry.pod
                pod.status = entry.status
                return pod
            }
        }
        .sorted { $0.fullName < $1.fullName }
    }
}
