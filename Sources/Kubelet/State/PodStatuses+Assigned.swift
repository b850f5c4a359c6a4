import KubernetesAPI
import PodLifecycle
import Synchronization

// What has to do with pods at the API server.
extension PodStatuses {
    /// Takes note of the conditions of a pod that others set, and on which its readiness depends.
    /// - Parameter shown: the pod at the API server; a static pod's mirror.
    func noteGates(_ shown: Pod, now: Timestamp) {
        guard !shown.spec.readinessGates.isEmpty else { return }
        let gates = ReadinessGates(of: shown)
        let name = shown.fullName
        let changed = state.withLock { state in
            guard state.gates[name] != gates else { return false }
            state.gates[name] = gates
            for (uid, entry) in state.entries where entry.pod.fullName == name {
                state.entries[uid]?.status.setReady(by: gates, of: entry.pod.spec, now: now)
            }
            state.changes.names.insert(name)
            return true
        }
        if changed { bell.ring() }
    }

    /// The assigned pods that have not ended and are not being ended, in no order.
    func assignedPods() -> [Pod] {
        state.withLock { state in
            state.entries.values.filter { $0.pod.isAssigned && !$0.isEnding }
                .map { state.pod($0, withMirrorProblems: false) }.filter { !$0.isTerminal }
        }
    }

    /// Takes note that nothing is left here of a pod that was deleted at the API server.
    func noteDeparture(_ uid: PodUID, _ name: PodFullName, _ last: PodStatus) {
        state.withLock { state in
            state.departed[uid] = last
            state.changes.names.insert(name)
        }
        bell.ring()
    }

    /// The last status of a pod that was deleted at the API server, once nothing is left of it here.
    func lastStatus(ofDeparted uid: PodUID) -> PodStatus? { state.withLock { $0.departed[uid] } }

    /// Takes note that the API server doesn't have the pod any more.
    func noteRemoval(_ pod: Pod) {
        state.withLock { state in
            state.departed[pod.uid] = nil
            state.gates[pod.fullName] = nil
        }
    }
}
