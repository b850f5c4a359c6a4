package import KubernetesAPI

/// Why a pod may not run on the node now; the words are upstream's (`pkg/kubelet/lifecycle/predicate.go`).
package struct AdmissionRejection: Sendable, Hashable {
    /// What `kubectl get pods` shows: `OutOfcpu`, `NodePorts`…
    package var reason: String
    package var message: String
    /// Whether other pods are being ended to make room for it.
    package var isTemporary = false

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// Who has what of a node: ports of the host, and resources as far as they are counted.
///
/// A pod keeps its claim until nothing is left of it. An update is checked with the pod's own former claim left out.
package struct NodeRoom: Sendable, Hashable {
    private let maxPods: Int
    /// Thousandths for `cpu`, bytes for the others; what isn't named isn't counted.
    private let allocatable: [String: Int64]
    private var claims: [PodFullName: PodClaim] = [:]
    /// Pods that are being ended to make room for others.
    private var ending: Set<PodFullName> = []

    package init(maxPods: Int, allocatable: [String: Int64]) {
        self.maxPods = maxPods
        self.allocatable = allocatable
    }

    /// Gives a pod what it claims in place of what it has, if there is room.
    package mutating func admit(_ claim: PodClaim, for name: PodFullName) -> AdmissionRejection? {
        if let rejection = rejection(of: claim, for: name) { return rejection }
        claims[name] = claim
        return nil
    }

    /// Notes what a pod has that runs already, whether there is room or not.
    package mutating func adopt(_ claim: PodClaim, for name: PodFullName) { claims[name] = claim }

    /// Thousandths of a CPU that pods have together which have requests and no guarantees.
    package var burstableCPU: Int64 { claims.values.reduce(0) { $0 + $1.burstableCPU } }

    package func claim(of name: PodFullName) -> PodClaim? { claims[name] }

    /// Takes back what the pod had; whether it had anything.
    package mutating func release(_ name: PodFullName) -> Bool {
        ending.remove(name)
        return claims.removeValue(forKey: name) != nil
    }

    /// Chooses pods to be ended so that there is room for a more important one; `nil` when no choice would do. What is
    /// chosen is not chosen again.
    package mutating func makeRoom(for claim: PodClaim, of name: PodFullName) -> Set<PodFullName>? {
        let others = claims.filter { $0.key != name }
        let staying = others.filter { !ending.contains($0.key) }
        guard !hasPortConflict(claim, others.values) else { return nil }
        let shortage = shortage(of: claim, beside: staying.values.map(\.self))
        let victims = Preemption(for: claim, shortage: shortage, among: staying).victims()
        if let victims { ending.formUnion(victims) }
        return victims
    }

    /// What the claim asks more of than the node has at all, in upstream's words; `nil` for one that fits on an empty
    /// node (`canResizePod` in `pkg/kubelet/allocation/allocation_manager.go`).
    package func shortcoming(of claim: PodClaim) -> String? {
        for resource in [ResourceName.memory, ResourceName.cpu] {
            guard let requested = claim.amounts[resource], let capacity = allocatable[resource], requested > capacity
            else { continue }
            return "Node didn't have enough capacity: \(resource), requested: \(requested), capacity: \(capacity)"
        }
        return nil
    }

    /// How much more the claim needs than there is beside those of others, by resource; `pods` counts them.
    private func shortage(of claim: PodClaim, beside others: [PodClaim]) -> [String: Int64] {
        var shortage: [String: Int64] = [:]
        if others.count >= maxPods { shortage["pods"] = Int64(others.count - maxPods + 1) }
        for (resource, requested) in claim.amounts where requested > 0 {
            guard let capacity = allocatable[resource] else { continue }
            let missing = others.reduce(requested) { $0 + ($1.amounts[resource] ?? 0) } - capacity
            if missing > 0 { shortage[resource] = missing }
        }
        return shortage
    }

    private func rejection(of claim: PodClaim, for name: PodFullName) -> AdmissionRejection? {
        let others = claims.filter { $0.key != name }.values
        guard others.count < maxPods else { return insufficient("pods", 1, used: Int64(others.count), Int64(maxPods)) }
        for resource in claim.resources {
            guard let requested = claim.amounts[resource], requested > 0 else { continue }
            // Pages of a size that the node doesn't know it has none of.
            guard let capacity = allocatable[resource] ?? (ResourceName.isHugePages(resource) ? 0 : nil) else {
                continue
            }
            let used = others.reduce(0) { $0 + ($1.amounts[resource] ?? 0) }
            if used + requested > capacity { return insufficient(resource, requested, used: used, capacity) }
        }
        guard hasPortConflict(claim, others) else { return nil }
        return .ofPredicate("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    }

    private func hasPortConflict(_ claim: PodClaim, _ others: some Sequence<PodClaim>) -> Bool {
        others.contains { other in
            other.ports.contains { port in claim.ports.contains { $0.conflicts(with: port) } }
        }
    }

    private func insufficient(
        _ resource: String, _ requested: Int64, used: Int64, _ capacity: Int64
    ) -> AdmissionRejection {
        AdmissionRejection(
            reason: "OutOf\(resource)",
            message: "Node didn't have enough resource: \(resource), requested: \(requested), "
                + "used: \(used), capacity: \(capacity)")
    }
}

extension PodClaim {
    /// What it claims, in the order in which upstream looks for it: of several shortages the first is told.
    fileprivate var resources: [String] {
        let first = ["cpu", "memory", "ephemeral-storage"]
        return first.filter { amounts[$0] != nil } + amounts.keys.filter { !first.contains($0) }.sorted()
    }
}
