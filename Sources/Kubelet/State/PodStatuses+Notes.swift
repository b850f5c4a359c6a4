import KubernetesAPI
import PodLifecycle
import Synchronization

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
