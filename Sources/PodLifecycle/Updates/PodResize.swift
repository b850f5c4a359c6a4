package import KubernetesAPI

/// Changes of amounts of CPU and memory between two versions of a pod. Those a pod has been given room for are its
/// allocated ones.
extension Pod {
    /// Whether it asks for other amounts than the version that the pod has room for: itself, or a container of both.
    package func hasOtherAmounts(than allocated: Pod) -> Bool {
        if spec.resources?.cpuAndMemory != allocated.spec.resources?.cpuAndMemory { return true }
        return (spec.initContainers + spec.containers).contains { container in
            guard let before = allocated.spec.container(named: container.name) else { return false }
            return before.resources.cpuAndMemory != container.resources.cpuAndMemory
        }
    }

    /// The version with the amounts of another that it has room for.
    package func withAmounts(of allocated: Pod) -> Pod {
        var pod = self
        pod.spec.resources = allocated.spec.resources
        for list in [\PodSpec.initContainers, \PodSpec.containers] {
            for (index, container) in pod.spec[keyPath: list].enumerated() {
                guard let same = allocated.spec.container(named: container.name) else { continue }
                pod.spec[keyPath: list][index].resources = same.resources
            }
        }
        return pod
    }
}

extension ResourceRequirements {
    /// Requests and limits of what changes while a pod runs.
    fileprivate var cpuAndMemory: [Quantity?] {
        [requests, limits].flatMap { [$0[ResourceName.cpu], $0[ResourceName.memory]] }
    }
}

/// Why a resize waits.
package struct ResizeRefusal: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable {
        /// There will be room when others have less.
        case deferred = "Deferred"
        /// The node will never have as much.
        case infeasible = "Infeasible"
    }

    package var reason: Reason
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

/// How far the resizes of a pod are; what its conditions `PodResizePending` and `PodResizeInProgress` tell (upstream:
/// `pkg/kubelet/allocation` and `pkg/kubelet/status`).
package struct ResizeProgress: Sendable, Hashable {
    /// A resize that there is no room for.
    package struct Pending: Sendable, Hashable {
        package var refusal: ResizeRefusal
        package var generation: Int64
    }

    /// A resize that there is room for, and that the pod's cgroups don't show yet.
    package struct UnderWay: Sendable, Hashable {
        package var generation: Int64
        /// Why it could not be done; it is tried again.
        package var problem: String?
    }

    package private(set) var pending: Pending?
    package private(set) var underWay: UnderWay?

    package init() {}

    /// Takes note that there is no room for a resize.
    /// - Returns: whether that is news, beyond how much others have at the moment.
    package mutating func wait(_ refusal: ResizeRefusal, generation: Int64) -> Bool {
        let before = pending
        pending = Pending(refusal: refusal, generation: generation)
        return before?.generation != generation || before?.refusal.reason != refusal.reason
    }

    /// Takes note that no resize waits for room any more.
    package mutating func endWaiting() { pending = nil }

    /// Takes note that there is room for a resize; what went wrong with an earlier one doesn't matter any more.
    package mutating func begin(generation: Int64) { underWay = UnderWay(generation: generation) }

    /// Takes note of why the resize that is under way could not be done.
    /// - Returns: whether it is the first problem with it.
    package mutating func fail(_ problem: String) -> Bool {
        guard let before = underWay else { return false }
        underWay?.problem = problem
        return before.problem == nil
    }

    /// Takes note that everything has the amounts it is to have.
    /// - Returns: the generation of the resize that this completes.
    package mutating func complete() -> Int64? {
        defer { underWay = nil }
        return underWay?.generation
    }
}
