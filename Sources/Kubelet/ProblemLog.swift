import KubernetesAPI
import Logging
import PodSources

/// Says what is wrong with manifests: each problem once, when it appears, in the log and as an event of the node.
struct ProblemLog {
    private let parts: NodeAgent.Parts
    private var known: Set<ManifestProblem> = []

    init(_ parts: NodeAgent.Parts) { self.parts = parts }

    /// - Parameter problems: all there are now.
    mutating func report(_ problems: [ManifestProblem]) {
        for problem in problems where !known.contains(problem) {
            parts.logger.log(
                level: problem.severity == .error ? .error : .warning, "invalid static pod manifest",
                metadata: ["problem": "\(problem)"])
            parts.events.record(
                .warning, "InvalidStaticPodManifest", "\(problem)", about: EventTarget(node: parts.nodeName))
        }
        known = Set(problems)
    }
}
