package import KubernetesAPI
import PodLifecycle

/// What of the node shows inside its pods.
package struct NodeFacts: Sendable, Hashable {
    package var name: String
    /// The node's addresses, the primary one first.
    package var addresses: [String]
    package var memoryCapacity: Int64
    /// What pods may use of the node: stands in for limits that aren't set.
    package var allocatable: ResourceList
    package var limits = LimitPolicy()
    /// Whether files need a label of SELinux for a container to reach them.
    package var hasSELinux = false
    /// What the kernel shows of each processor's throttling: how warm it is tells what others do.
    package var thermalThrottles: [String] = []

    package init(name: String, addresses: [String], memoryCapacity: Int64, allocatable: ResourceList) {
        self.name = name
        self.addresses = addresses
        self.memoryCapacity = memoryCapacity
        self.allocatable = allocatable
    }

    /// The addresses by which a pod is reached: the node's, if it has no network of its own.
    /// - Parameter own: those of its sandbox.
    func addresses(of pod: Pod, own: [String]) -> [String] {
        pod.spec.hostNetwork ? addresses : PodAddresses.chosen(from: own, onNode: addresses)
    }
}
