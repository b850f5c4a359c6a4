package import KubernetesAPI

/// Why a pod may not run on the node now; the words are upstream's (`pkg/kubelet/lifecycle/predicate.go`).
package struct AdmissionRejection: Sendable, Hashable {
    /// What `kubectl get pods` shows: `OutOfcpu`, `NodePorts`…
    package var reason: String
    package var message: String

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// What a pod takes of its node.
package struct PodClaim: Sendable, Hashable {
    /// A port of the host that only one pod can have.
    struct Port: Sendable, Hashable {
        var number: Int32
        var networkProtocol: PortProtocol
        /// `0.0.0.0` for every address.
        var address: String

        func conflicts(with other: Port) -> Bool {
            guard number == other.number, networkProtocol == other.networkProtocol else { return false }
            return address == other.address || address == Self.anyAddress || other.address == Self.anyAddress
        }

        static let anyAddress = "0.0.0.0"
    }

    var ports: Set<Port>
    /// Thousandths for `cpu`, bytes for the others.
    var amounts: [String: Int64]

    package init(of pod: Pod) {
        ports = Set(
            (pod.spec.containers + pod.spec.sidecars)
                .flatMap(\.ports).filter { $0.hostPort > 0 }
                .map { port in
                    Port(
                        number: port.hostPort, networkProtocol: port.protocol.rawValue.isEmpty ? .tcp : port.protocol,
                        address: port.hostIP.isEmpty ? Port.anyAddress : port.hostIP)
                })
        var requests = pod.spec.aggregateRequests
        requests.add(pod.spec.overhead)
        amounts = requests.reduce(into: [:]) { amounts, request in
            amounts[request.key] = request.key == "cpu" ? request.value.milliValue : request.value.value
        }
    }

    /// Enough for either of two versions of a pod, of which one runs at a time.
    package func joined(with other: PodClaim) -> PodClaim {
        var joined = self
        joined.ports.formUnion(other.ports)
        joined.amounts.merge(other.amounts) { Swift.max($0, $1) }
        return joined
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

    package func claim(of name: PodFullName) -> PodClaim? { claims[name] }

    /// Takes back what the pod had; whether it had anything.
    package mutating func release(_ name: PodFullName) -> Bool { claims.removeValue(forKey: name) != nil }

    private func rejection(of claim: PodClaim, for name: PodFullName) -> AdmissionRejection? {
        let others = claims.filter { $0.key != name }.values
        guard others.count < maxPods else { return insufficient("pods", 1, used: Int64(others.count), Int64(maxPods)) }
        for resource in claim.amounts.keys.sorted() {
            guard let requested = claim.amounts[resource], requested > 0, let capacity = allocatable[resource] else {
                continue
            }
            let used = others.reduce(0) { $0 + ($1.amounts[resource] ?? 0) }
            if used + requested > capacity { return insufficient(resource, requested, used: used, capacity) }
        }
        let taken = others.contains { other in
            other.ports.contains { port in claim.ports.contains { $0.conflicts(with: port) } }
        }
        guard taken else { return nil }
        return AdmissionRejection(
            reason: "NodePorts",
            message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports")
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
