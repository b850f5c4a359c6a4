import KubernetesAPI

/// What reading one manifest gave.
package struct ManifestResult: Sendable, Hashable {
    /// The documents, or the items of a list, in order.
    package var items: [ManifestItem]
    /// What is wrong with the text as a whole.
    package var problems: [ManifestProblem]

    package init(items: [ManifestItem] = [], problems: [ManifestProblem] = []) {
        self.items = items
        self.problems = problems
    }

    /// The pods of all items that have nothing wrong.
    package var pods: [DesiredPod] { items.compactMap(\.pod) }

    /// Everything wrong, by place.
    package var allProblems: [ManifestProblem] { problems + items.flatMap(\.problems) }

    package var isValid: Bool { !allProblems.contains { $0.severity == .error } }
}
