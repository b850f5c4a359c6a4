import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources

/// What a kubelet that starts makes of what it finds: pods that go on, and pods that have to go because their manifests
/// changed into others, or went, while it was away.
struct Takeover: Sendable, Hashable {
    /// Pods that run and are wanted, by the versions that run.
    var adopted: [AcceptedPod] = []
    /// Pods that nobody asks for, or that another of their name takes the place of.
    var orphans: [DesiredPod] = []

    /// - Parameters:
    ///   - kind: only pods of this kind are looked at.
    ///   - running: what the runtime has, by UID.
    ///   - accepted: what was accepted before this start, by UID.
    ///   - wanted: what the manifests ask for, as far as it is known.
    ///   - wantedIsComplete: whether all of it is known: before that, no pod is without a manifest.
    init(
        of kind: PodKind, running: [PodUID: PodRuntimeState], accepted: [PodUID: AcceptedPod], wanted: [DesiredPod],
        wantedIsComplete: Bool
    ) {
        let versions = wanted.byFullName
        var candidates: [PodFullName: [Candidate]] = [:]
        for uid in Set(running.keys).union(accepted.keys).sorted() {
            guard let candidate = Candidate(uid, running[uid], accepted[uid]), candidate.kind == kind else { continue }
            candidates[candidate.name, default: []].append(candidate)
        }
        for (name, found) in candidates.sorted(by: { $0.key < $1.key }) {
            guard let version = versions[name] else {
                if wantedIsComplete { orphans += found.map(\.goodbye) }
                continue
            }
            let best = found.filter(\.canGoOn).max { $0.rank < $1.rank }
            let heir = best.flatMap { $0.continuation(for: version) } ?? found.lazy.compactMap(\.successor).first
            if let heir { adopted.append(heir) }
            orphans += found.filter { $0.uid != heir?.version.uid && !$0.isOnlyAccepted(as: version) }.map(\.goodbye)
        }
    }
}

/// A pod that was found at start.
private struct Candidate {
    let uid: PodUID
    let name: PodFullName
    let state: PodRuntimeState?
    let accepted: AcceptedPod?
    let kind: PodKind
    /// The pod by its labels and annotations.
    private let reconstructed: DesiredPod?

    /// `nil` for a pod that is no kubelet's.
    init?(_ uid: PodUID, _ state: PodRuntimeState?, _ accepted: AcceptedPod?) {
        reconstructed = state.flatMap { OrphanPod.reconstruct($0) }
        guard let version = accepted?.version ?? reconstructed, let kind = PodKind(version.pod) else { return nil }
        self.kind = kind
        self.uid = uid
        name = version.fullName
        self.state = state
        self.accepted = accepted
    }

    var isRunning: Bool { state?.isEmpty == false }

    /// Whether something runs that another version may go on with.
    var canGoOn: Bool { isRunning && accepted?.isLeaving != true }

    /// What speaks for going on with this one of several: a known version, a sandbox that stands, its age.
    var rank: (Int, Int, Timestamp) {
        (
            accepted == nil ? 0 : 1, state?.readySandbox == nil ? 0 : 1,
            state?.latestSandbox?.createdAt ?? Timestamp(seconds: 0)
        )
    }

    /// What is needed to have it go.
    var goodbye: DesiredPod {
        accepted?.version ?? reconstructed ?? DesiredPod(pod: Pod(), hash: PodHash(""), origin: "")
    }

    /// Whether nothing is left or made yet of a version that is wanted: it begins from its checkpoint's name on.
    func isOnlyAccepted(as version: DesiredPod) -> Bool {
        !isRunning && accepted?.version.isSameVersion(as: version) == true && uid == version.uid
    }

    /// The version that was to follow one of which nothing is left: it was ready to run, which what is wanted by now
    /// may not be.
    var successor: AcceptedPod? { isRunning || accepted?.supersedes == nil ? nil : accepted }

    /// The version to go on with, which the wanted one then follows as an update.
    func continuation(for wanted: DesiredPod) -> AcceptedPod? {
        // All of it has ended for good meanwhile.
        if wanted.pod.isAssigned, wanted.pod.isTerminal { return wanted.uid == uid ? AcceptedPod(wanted) : nil }
        if let accepted { return accepted }
        guard let state, !wanted.hasFixedUID || wanted.uid == uid else { return nil }
        var version = wanted
        version.pod.uid = uid
        let annotations = state.latestSandbox?.annotations ?? [:]
        let hash = annotations[ConfigAnnotations.hash]
        if hash == wanted.hash.rawValue { return AcceptedPod(version) }
        // Another version of ours, of which nothing is known but that it is not the one that is wanted.
        let isOurs = state.containers.contains { $0.annotations[RuntimeLabels.containerRevision] != nil }
        guard !isOurs else { return nil }
        // Made by upstream's kubelet: it stays as it is, with its mirror, until the next edit.
        for key in [ConfigAnnotations.hash, ConfigAnnotations.seen] {
            version.pod.metadata.annotations[key] = annotations[key]
        }
        return AcceptedPod(version)
    }
}
