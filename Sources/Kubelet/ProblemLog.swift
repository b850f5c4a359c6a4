import KubernetesAPI
import Logging
import PodLifecycle
import PodSources

/// Says what is wrong with manifests: each problem once, when it appears, in the log and as an event of the node and of
/// the pods that run on by an earlier version; and as a condition of these as long as it lasts.
struct ProblemLog {
    private let parts: NodeAgent.Parts
    private var known: Set<ManifestProblem> = []

    init(_ parts: NodeAgent.Parts) { self.parts = parts }

    /// - Parameter merged: all pods there are now, and all problems.
    mutating func report(_ merged: MergedPods) {
        let affected = merged.podsHeldBack()
        parts.statuses.noteManifestProblems(
            affected.mapValues { problems in problems.map(\.description).joined(separator: "; ") },
            now: parts.clock.now())
        let running = Dictionary(parts.statuses.pods().map { ($0.fullName, $0) }) { first, _ in first }
        for problem in merged.problems where !known.contains(problem) {
            parts.logger.log(
                level: problem.severity == .error ? .error : .warning, "invalid static pod manifest",
                metadata: ["problem": "\(problem)"])
            record(problem, about: EventTarget(node: parts.nodeName))
            for name in affected.keys.sorted() where affected[name]?.contains(problem) == true {
                if let pod = running[name] { record(problem, about: EventTarget(pod: pod)) }
            }
        }
        known = Set(merged.problems)
    }

    private func record(_ problem: ManifestProblem, about target: EventTarget) {
        parts.events.record(.warning, "InvalidStaticPodManifest", "\(problem)", about: target)
    }
}
