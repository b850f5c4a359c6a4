package import ContainerRuntime
package import KubernetesAPI

/// Which containers of a pod that have ended are removed, and which are kept for their logs and what they tell.
///
/// As upstream's `pkg/kubelet/kuberuntime/kuberuntime_gc.go`, except that the container that counts always stays: what
/// happens next to its pod is decided by it.
package struct DeadContainers: Sendable, Hashable {
    package struct Policy: Sendable, Hashable {
        /// How many are kept of each container; less than zero for all of them.
        package var perContainer: Int
        /// How many are kept on the node; less than zero for any number. Of each container one may stay all the same.
        package var total: Int
        /// Those that were created more recently stay.
        package var minimumAge: Duration

        package init(perContainer: Int = 1, total: Int = -1, minimumAge: Duration = .zero) {
            self.perContainer = perContainer
            self.total = total
            self.minimumAge = minimumAge
        }

        /// How many are kept of each, when so many containers of the node's pods have ended ones.
        func share(of units: Int, all: Int) -> Int {
            let each = perContainer < 0 ? Int.max : perContainer
            guard total >= 0, all > total, units > 0 else { return each }
            return min(each, max(1, total / units))
        }
    }

    /// How many ended containers there are on the node.
    package struct Census: Sendable, Hashable {
        /// Containers of pods that have ended ones.
        package var units: Int
        package var all: Int

        package init(units: Int = 0, all: Int = 0) {
            self.units = units
            self.all = all
        }
    }

    /// What goes.
    package private(set) var removals: [RuntimeContainer] = []
    /// When the next of those that are kept for now is old enough to go.
    package private(set) var nextLook: Timestamp?

    package init(of state: PodRuntimeState, _ policy: Policy, _ census: Census = Census(), now: Timestamp) {
        let share = policy.share(of: census.units, all: census.all)
        for name in Set(state.containers.map(\.name)).sorted() {
            let all = state.containers(named: name)
            // Created for a kubelet that died, with another in its place.
            removals += all.dropFirst().filter { $0.state == .created }
            let ended = all.filter { $0.state == .exited }
            let isOld = { (container: RuntimeContainer) in now.since(container.createdAt) >= policy.minimumAge }
            let old = ended.filter(isOld)
            let counts = all.first.map { $0.state == .exited && isOld($0) } ?? false
            let kept = max(share, counts ? 1 : 0)
            removals += old.dropFirst(kept)
            // As many may still get old before one is pushed out.
            let room = kept - min(kept, old.count)
            let due = ended.filter { !isOld($0) }.map { $0.createdAt.adding(policy.minimumAge) }.sorted().dropFirst(
                room)
            nextLook = [nextLook, due.first].compactMap { $0 }.min()
        }
    }
}
