package import KubernetesAPI

/// Makes one set of pods of several sources' sets.
package enum PodSourceMerge {
    /// What all sources together want: of two pods with one name that of the file wins, and the other is a problem.
    /// - Parameter updates: the newest update of each source; a source without one has not been read yet.
    package static func merge(
        _ updates: [PodSourceKind: PodSourceUpdate], expecting sources: Set<PodSourceKind>
    ) -> MergedPods {
        var merged = MergedPods(pods: [], problems: [], known: [])
        var winners: [PodFullName: DesiredPod] = [:]
        var uids: [PodUID: DesiredPod] = [:]
        for source in [PodSourceKind.file, .http, .api] {
            guard let update = updates[source] else { continue }
            merged.problems += update.problems
            for pod in update.pods {
                if let winner = winners[pod.fullName] {
                    merged.problems.append(sameName(pod, winner))
                } else if let other = uids[pod.pod.uid] {
                    merged.problems.append(sameUID(pod, other))
                } else {
                    winners[pod.fullName] = pod
                    uids[pod.pod.uid] = pod
                    merged.pods.append(pod)
                }
            }
        }
        let manifests = sources.subtracting([.api])
        if manifests.allSatisfy({ updates[$0]?.complete == true }) { merged.known.insert(.fromManifests) }
        if sources.contains(.api), updates[.api]?.complete == true { merged.known.insert(.assigned) }
        return merged
    }

    private static func sameName(_ loser: DesiredPod, _ winner: DesiredPod) -> ManifestProblem {
        ManifestProblem(
            file: loser.origin,
            message: "pod \(loser.fullName) is defined by \(winner.origin) too, whose version is used",
            severity: .warning, pod: loser.fullName)
    }

    private static func sameUID(_ loser: DesiredPod, _ winner: DesiredPod) -> ManifestProblem {
        ManifestProblem(
            file: loser.origin,
            message: "metadata.uid: pod \(loser.fullName) has the UID of \(winner.fullName) in \(winner.origin)",
            pod: loser.fullName)
    }
}

/// Whose pods they are. One kind doesn't wait for the other: static pods need no API server.
package enum PodKind: Sendable, Hashable, CaseIterable {
    /// Static pods.
    case fromManifests
    /// Those that the API server has assigned to this node.
    case assigned

    /// `nil` for a pod that is no kubelet's.
    package init?(_ pod: Pod) {
        if pod.isStatic {
            self = .fromManifests
        } else if pod.isAssigned {
            self = .assigned
        } else {
            return nil
        }
    }
}

/// What all sources together want.
package struct MergedPods: Sendable, Hashable {
    package var pods: [DesiredPod]
    package var problems: [ManifestProblem]
    /// The kinds of pods of which every source has been read in full at least once: only then is one that nobody asks
    /// for an orphan.
    package var known: Set<PodKind>

    package init(pods: [DesiredPod], problems: [ManifestProblem], known: Set<PodKind>) {
        self.pods = pods
        self.problems = problems
        self.known = known
    }

    /// The pods that run by an earlier version than their manifest's, or none but that, with what is wrong with it.
    ///
    /// A file counts as a whole: one bad document holds all of its pods back. A list behind a URL does so only as far
    /// as the name of a bad item can't be read.
    package func podsHeldBack() -> [PodFullName: [ManifestProblem]] {
        let errors = Dictionary(grouping: problems.filter { $0.severity == .error }, by: \.file)
        guard !errors.isEmpty else { return [:] }
        var affected: [PodFullName: [ManifestProblem]] = [:]
        for pod in pods {
            guard var own = errors[pod.origin] else { continue }
            if pod.pod.metadata.annotations[ConfigAnnotations.source] == PodSourceKind.http.rawValue {
                own.removeAll { $0.pod != nil && $0.pod != pod.fullName }
            }
            if !own.isEmpty { affected[pod.fullName] = own }
        }
        return affected
    }
}
