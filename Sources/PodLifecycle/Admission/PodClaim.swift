package import KubernetesAPI

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
    /// Thousandths of a CPU, of a pod that has requests and no guarantees.
    var burstableCPU: Int64
    var importance: PodImportance

    package init(of pod: Pod) {
        importance = PodImportance(of: pod)
        ports = Set(
            (pod.spec.containers + pod.spec.sidecars)
                .flatMap(\.ports).filter { $0.hostPort > 0 }
                .map { port in
                    Port(
                        number: port.hostPort, networkProtocol: port.protocol.rawValue.isEmpty ? .tcp : port.protocol,
                        address: port.hostIP.isEmpty ? Port.anyAddress : port.hostIP)
                })
        amounts = pod.spec.podRequests.reduce(into: [:]) { amounts, request in
            amounts[request.key] = request.key == "cpu" ? request.value.milliValue : request.value.value
        }
        burstableCPU = importance.qosClass == .burstable ? amounts["cpu"] ?? 0 : 0
    }

    /// Enough for either of two versions of a pod, of which one runs at a time.
    package func joined(with other: PodClaim) -> PodClaim {
        var joined = self
        joined.ports.formUnion(other.ports)
        joined.amounts.merge(other.amounts) { Swift.max($0, $1) }
        joined.burstableCPU = Swift.max(burstableCPU, other.burstableCPU)
        return joined
    }
}
