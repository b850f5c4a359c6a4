/// Which of the addresses that the network gave a pod are the pod's.
package enum PodAddresses {
    /// At most one of each family, first that of the family of the node's first address (upstream: `sortPodIPs` in
    /// `pkg/kubelet/kubelet_pods.go`).
    /// - Parameters:
    ///   - own: the sandbox's.
    ///   - node: the node's, the primary one first; without any, IPv4 comes first.
    package static func chosen(from own: [String], onNode node: [String]) -> [String] {
        let version6First = node.first.map(isVersion6) ?? false
        return [version6First, !version6First].compactMap { version6 in own.first { isVersion6($0) == version6 } }
    }

    private static func isVersion6(_ address: String) -> Bool { address.utf8.contains(UInt8(ascii: ":")) }
}
