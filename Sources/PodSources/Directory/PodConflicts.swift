import KubernetesAPI

/// Which of several files that define the same pod has it (design.md, better 5).
enum PodConflicts {
    struct Candidate: Sendable, Hashable {
        var pod: DesiredPod
        /// Whether its file is gone and waits to be given up.
        var isMissing = false
    }

    /// - Parameters:
    ///   - candidates: in the order of the files' names; the first has a pod that nobody has yet.
    ///   - owners: the file whose version of a pod runs.
    ///   - running: what that version is.
    static func resolve(
        _ candidates: [Candidate], owners: [PodFullName: String], running: [PodFullName: PodHash]
    ) -> (pods: [DesiredPod], problems: [ManifestProblem]) {
        let rivals = rivals(among: candidates)
        var pods: [DesiredPod] = []
        var problems: [ManifestProblem] = []
        var uids: [PodUID: DesiredPod] = [:]
        for (index, candidate) in candidates.enumerated() {
            var winner = candidate
            let name = candidate.pod.fullName
            if let group = rivals[name] {
                guard group[0] == index else { continue }
                winner = self.winner(of: group.map { candidates[$0] }, owner: owners[name], running: running[name])
                let losers = group.map { candidates[$0] }.filter { $0.pod.origin != winner.pod.origin }
                problems += losers.filter { !$0.isMissing && !winner.isMissing }.map {
                    duplicateName($0.pod, winner.pod)
                }
            }
            if let other = uids.updateValue(winner.pod, forKey: winner.pod.uid) {
                uids[winner.pod.uid] = other
                problems.append(duplicateUID(winner.pod, other))
            } else {
                pods.append(winner.pod)
            }
        }
        return (pods, problems)
    }

    /// The positions of the candidates whose pod has several.
    private static func rivals(among candidates: [Candidate]) -> [PodFullName: [Int]] {
        var first: [PodFullName: Int] = [:]
        var rivals: [PodFullName: [Int]] = [:]
        for (index, candidate) in candidates.enumerated() {
            guard let other = first.updateValue(index, forKey: candidate.pod.fullName) else { continue }
            rivals[candidate.pod.fullName, default: [other]].append(index)
        }
        return rivals
    }

    /// The file that has the pod keeps it; if it is gone, one with the very version that runs; else the first.
    private static func winner(of group: [Candidate], owner: String?, running: PodHash?) -> Candidate {
        let present = group.filter { !$0.isMissing }
        if let kept = present.first(where: { $0.pod.origin == owner }) { return kept }
        if let same = present.first(where: { $0.pod.hash == running }) { return same }
        // An owner that is missing may be back in a moment with the pod.
        return group.first { $0.pod.origin == owner } ?? present.first ?? group[0]
    }

    private static func duplicateName(_ loser: DesiredPod, _ winner: DesiredPod) -> ManifestProblem {
        ManifestProblem(
            file: loser.origin,
            message: "pod \(loser.fullName) is defined by \(winner.origin) too, whose version is used",
            severity: .warning, pod: loser.fullName)
    }

    private static func duplicateUID(_ loser: DesiredPod, _ winner: DesiredPod) -> ManifestProblem {
        ManifestProblem(
            file: loser.origin,
            message: "metadata.uid: pod \(loser.fullName) has the UID of \(winner.fullName) in \(winner.origin)",
            pod: loser.fullName)
    }
}
