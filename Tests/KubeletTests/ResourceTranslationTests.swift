import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

/// What the runtime is told of the limits of containers.
struct ResourceTranslationTests {
    private func resources(_ change: (inout LimitPolicy) -> Void) -> (unified: [String: String], memorySwap: Int64) {
        var pod = Pod.sample()
        pod.spec.containers[0].resources.limits = ["memory": "64Mi"]
        var node = NodeFacts(name: "node", addresses: [], memoryCapacity: 1 << 30, allocatable: [:])
        change(&node.limits)
        let resources = ResourceTranslation.resources(of: pod.spec.containers[0], in: pod, on: node)
        return (resources.unified, resources.memorySwapLimitBytes)
    }

    @Test func aContainerEndsAsAWholeWhereTheKernelCan() {
        #expect(resources { $0.endsContainersWhole = true }.unified == ["memory.oom.group": "1"])
        #expect(resources { _ in }.unified.isEmpty)
    }

    @Test func noContainerSwaps() {
        #expect(resources { $0.swapControl = .separate } == (["memory.swap.max": "0"], 0))
        #expect(resources { $0.swapControl = .withMemory } == ([:], 64 << 20))
        #expect(resources { _ in } == ([:], 0))
    }
}
