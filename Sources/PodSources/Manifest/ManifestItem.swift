package import KubernetesAPI
package import StructuredData

/// One pod of a manifest, or why it is none.
package struct ManifestItem: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case accepted(DesiredPod)
        /// Only unknown or repeated fields are wrong: upstream would run this.
        case misspelt(DesiredPod)
        case rejected
    }

    package var outcome: Outcome
    /// Its identity on this node; nil if the name can't be read.
    package var fullName: PodFullName?
    /// Where its name stands.
    package var nameMark: SourceMark?
    package var problems: [ManifestProblem]

    package init(
        outcome: Outcome, fullName: PodFullName?, nameMark: SourceMark? = nil, problems: [ManifestProblem] = []
    ) {
        self.outcome = outcome
        self.fullName = fullName
        self.nameMark = nameMark
        self.problems = problems
    }

    /// The pod, if it was accepted.
    package var pod: DesiredPod? {
        if case .accepted(let pod) = outcome { pod } else { nil }
    }

    /// The item with its misspelt fields pardoned, if this very version runs already: design.md, better 8.
    func pardoned(ifRunning runs: (DesiredPod) -> Bool) -> ManifestItem {
        guard case .misspelt(let pod) = outcome, runs(pod) else { return self }
        var item = self
        item.outcome = .accepted(pod)
        for index in item.problems.indices { item.problems[index].severity = .warning }
        return item
    }
}
