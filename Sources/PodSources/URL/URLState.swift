import KubernetesAPI

/// What is known of the manifests at a URL: pure bookkeeping.
struct URLState: Sendable {
    private var accepted: [DesiredPod]
    /// What is wrong with the content that came last.
    private var contentProblems: [ManifestProblem] = []
    /// Why the URL can't be read now.
    private var failure: ManifestProblem?
    /// Of the content that came last.
    private var digest: Int?
    private var complete = false
    private var emitted: PodSourceUpdate?
    /// The tag of the content that came last.
    private(set) var tag: String?

    init(lastAccepted: [DesiredPod]) { accepted = lastAccepted }

    /// Everything stays as it is.
    mutating func failed(_ problem: ManifestProblem) { failure = problem }

    /// The content is the one that came last.
    mutating func notModified() { failure = nil }

    /// Takes over new content.
    /// - Parameter read: parses the content; not called when it is the same as before.
    mutating func fetched(_ bytes: [UInt8], tag: String?, read: ([UInt8]) -> ManifestResult) {
        failure = nil
        self.tag = tag
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        let newDigest = hasher.finalize()
        guard newDigest != digest else { return }
        let isFirst = digest == nil
        digest = newDigest
        let result = read(bytes)
        let items = result.items.map { item in item.pardoned { isFirst && earlier(like: $0) != nil } }
        contentProblems = result.problems + items.flatMap(\.problems)
        // What can't be told from what was there before must not remove anything.
        let isWhole = result.problems.isEmpty && items.allSatisfy { $0.fullName != nil }
        let listed = items.compactMap { item in
            switch item.outcome {
            case .accepted(let pod): earlier(like: pod) ?? pod
            case .misspelt, .rejected: accepted.first { $0.fullName == item.fullName }
            }
        }
        let names = Set(listed.map(\.fullName))
        let unlisted = isWhole ? [] : accepted.filter { !names.contains($0.fullName) }
        let chosen = PodConflicts.resolve((listed + unlisted).map { .init(pod: $0) }, owners: [:], running: [:])
        accepted = chosen.pods
        contentProblems += chosen.problems
        complete = complete || isWhole
    }

    private func earlier(like pod: DesiredPod) -> DesiredPod? {
        accepted.first { $0.isSameVersion(as: pod) }
    }

    /// What the URL wants now, if that is news.
    mutating func update() -> PodSourceUpdate? {
        let problems = (failure.map { [$0] } ?? []) + contentProblems
        let update = PodSourceUpdate(source: .http, pods: accepted, problems: problems, complete: complete)
        guard update != emitted else { return nil }
        emitted = update
        return update
    }
}
