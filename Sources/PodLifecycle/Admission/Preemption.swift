import KubernetesAPI

/// Chooses pods to be ended for a critical one, after upstream's `pkg/kubelet/preemption/preemption.go`: as few
/// guaranteed ones as possible, then as few burstable ones, and of each class those that fit best.
struct Preemption {
    private typealias Candidate = (name: PodFullName, claim: PodClaim)

    private let shortage: [String: Int64]
    private let classes: [PodQOSClass: [Candidate]]

    /// - Parameter claims: those of the node's other pods.
    init(for claim: PodClaim, shortage: [String: Int64], among claims: [PodFullName: PodClaim]) {
        self.shortage = shortage
        let candidates = claims.filter { claim.importance.preempts($0.value.importance) }
            .map { (name: $0.key, claim: $0.value) }.sorted { $0.name < $1.name }
        classes = Dictionary(grouping: candidates) { $0.claim.importance.qosClass }
    }

    /// `nil` when all of them together would not do.
    func victims() -> Set<PodFullName>? {
        let (guaranteed, burstable, bestEffort) = (all(.guaranteed), all(.burstable), all(.bestEffort))
        guard rest(without: guaranteed + burstable + bestEffort).isEmpty else { return nil }
        let first = choose(from: guaranteed, for: rest(without: burstable + bestEffort))
        let second = choose(from: burstable, for: rest(without: bestEffort + first))
        let third = choose(from: bestEffort, for: rest(without: first + second))
        return Set((first + second + third).map(\.name))
    }

    private func all(_ qosClass: PodQOSClass) -> [Candidate] { classes[qosClass] ?? [] }

    /// What is missing once these are gone.
    private func rest(without gone: [Candidate]) -> [String: Int64] {
        gone.reduce(shortage) { Self.rest($0, without: $1.claim) }
    }

    private static func rest(_ shortage: [String: Int64], without claim: PodClaim) -> [String: Int64] {
        shortage.reduce(into: [:]) { rest, entry in
            let left = entry.value - claim.setsFree(entry.key)
            if left > 0 { rest[entry.key] = left }
        }
    }

    /// The pods that come nearest to what is missing, the smaller of two that come as near.
    private func choose(from candidates: [Candidate], for shortage: [String: Int64]) -> [Candidate] {
        var (chosen, left, missing) = ([Candidate](), candidates, shortage)
        while !missing.isEmpty, !left.isEmpty {
            let best = left.indices.min { first, second in
                let (one, other) = (distance(left[first], missing), distance(left[second], missing))
                return one == other ? size(left[first]) < size(left[second]) : one < other
            }
            guard let best else { break }
            let candidate = left.remove(at: best)
            chosen.append(candidate)
            missing = Self.rest(missing, without: candidate.claim)
        }
        return chosen
    }

    /// How much stays missing, as the squared fractions of what is.
    private func distance(_ candidate: Candidate, _ missing: [String: Int64]) -> Double {
        missing.reduce(0) { sum, entry in
            let left = Double(entry.value - candidate.claim.setsFree(entry.key))
            return left > 0 ? sum + (left / Double(entry.value)) * (left / Double(entry.value)) : sum
        }
    }

    private func size(_ candidate: Candidate) -> Int64 { candidate.claim.amounts["memory"] ?? 0 }
}

extension PodClaim {
    fileprivate func setsFree(_ resource: String) -> Int64 { resource == "pods" ? 1 : amounts[resource] ?? 0 }
}
