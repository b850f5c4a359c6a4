import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources

/// Finds pods that run, or were accepted, and that the manifests no longer ask for: they changed, or went, while the
/// kubelet was away.
struct OrphanSearch {
    /// What the runtime has, by UID.
    var running: [PodUID: PodRuntimeState]
    /// What was accepted before this start, by UID.
    var accepted: [PodUID: DesiredPod]
    /// What is wanted now, as far as it is known.
    var wanted: [DesiredPod]

    /// Earlier versions of pods that are wanted: they have to go before those begin.
    var predecessors: [DesiredPod] {
        let names = Set(wanted.map(\.fullName))
        return all.filter { names.contains($0.fullName) }
    }

    /// Every pod that is not wanted. To be asked when all that is wanted is known.
    var all: [DesiredPod] {
        let versions = Dictionary(wanted.map { ($0.pod.uid, $0.hash) }, uniquingKeysWith: { first, _ in first })
        let found = running.compactMap { uid, state in orphan(uid, state, versions[uid]) }
        let known = Set(found.map(\.pod.uid)).union(running.keys).union(versions.keys)
        return (found + accepted.values.filter { !known.contains($0.pod.uid) }).sorted { $0.fullName < $1.fullName }
    }

    private func orphan(_ uid: PodUID, _ state: PodRuntimeState, _ wanted: PodHash?) -> DesiredPod? {
        let runs = accepted[uid] ?? OrphanPod.reconstruct(state)
        guard let wanted else { return runs }
        // A manifest that fixes its UID keeps it through an edit.
        guard let sandbox = state.latestSandbox, let hash = sandbox.annotations[ConfigAnnotations.hash],
            hash != wanted.rawValue
        else { return nil }
        return runs?.hash == wanted ? OrphanPod.reconstruct(state) : runs
    }
}
