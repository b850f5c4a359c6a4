/// Where pods come from, as `kubernetes.io/config.source` names it.
package enum PodSourceKind: String, Sendable, Hashable {
    case file
    case http
    /// The API server, which has assigned them to this node.
    case api
}

/// All that a source wants, at one moment.
package struct PodSourceUpdate: Sendable, Hashable {
    package var source: PodSourceKind
    /// Every pod of the source, in the order of its manifests; a pod that is not among them is to stop.
    package var pods: [DesiredPod]
    /// Everything that is wrong now.
    package var problems: [ManifestProblem]
    /// Whether the source has been read in full at least once. Before that nothing can be told of a pod that it
    /// doesn't name.
    package var complete: Bool

    package init(source: PodSourceKind, pods: [DesiredPod], problems: [ManifestProblem], complete: Bool) {
        self.source = source
        self.pods = pods
        self.problems = problems
        self.complete = complete
    }
}
