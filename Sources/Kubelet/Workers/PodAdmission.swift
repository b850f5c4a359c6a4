import ContainerRuntime
import KubernetesAPI
package import PodLifecycle
import Synchronization

/// Lets pods in that the node can run, as long as there is room on it, and tells those that were refused when to ask
/// again.
package final class PodAdmission: Sendable {
    private struct State {
        var room: NodeRoom
        var capabilities: NodeCapabilities
        var refused: Set<PodFullName> = []
        /// What was told last.
        var burstableCPU: Int64?

        mutating func refuse(
            _ name: PodFullName, _ rejection: AdmissionRejection, _ victims: Set<PodFullName> = []
        ) -> (AdmissionRejection?, refused: Set<PodFullName>, victims: Set<PodFullName>) {
            refused.insert(name)
            return (rejection, [], victims)
        }

        mutating func takeRefused() -> Set<PodFullName> {
            defer { refused = [] }
            return refused
        }
    }

    private let state: Mutex<State>
    /// The pods that were refused and may be let in now. Not bounded: a name is in it only once before it asks again.
    let retries: AsyncStream<PodFullName>
    private let retriesInput: AsyncStream<PodFullName>.Continuation
    /// Pods that are to be ended to make room for critical ones. Not bounded: each is in it once.
    let victims: AsyncStream<PodFullName>
    private let victimsInput: AsyncStream<PodFullName>.Continuation
    /// Thousandths of a CPU that pods with requests and without guarantees have together, whenever it is another: the
    /// newest alone counts.
    let burstableCPU: AsyncStream<Int64>
    private let burstableCPUInput: AsyncStream<Int64>.Continuation

    package init(_ room: NodeRoom, capabilities: NodeCapabilities = NodeCapabilities()) {
        state = Mutex(State(room: room, capabilities: capabilities))
        (retries, retriesInput) = AsyncStream.makeStream(of: PodFullName.self)
        (victims, victimsInput) = AsyncStream.makeStream(of: PodFullName.self)
        (burstableCPU, burstableCPUInput) = AsyncStream.makeStream(
            of: Int64.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Gives a pod that doesn't run what it needs, or says why it can't have that now: then it has nothing.
    func admit(_ pod: Pod) -> AdmissionRejection? {
        let rejection = exchange(pod)
        if rejection != nil { release(pod.fullName, keepingInterest: true) }
        return rejection
    }

    /// Gives a pod that runs what its next version needs in place of what it has, or says why it can't have that now:
    /// then it keeps what it has.
    func exchange(_ pod: Pod) -> AdmissionRejection? { claim(for: pod) }

    /// As `exchange`, for a pod whose amounts are to change, which it is told when to ask for again unless it never can
    /// have them.
    func resize(_ pod: Pod) -> ResizeRefusal? {
        if let shortcoming = state.withLock({ $0.room.shortcoming(of: PodClaim(of: pod)) }) {
            return ResizeRefusal(.infeasible, shortcoming)
        }
        return exchange(pod).map { ResizeRefusal(.deferred, $0.message) }
    }

    /// As `exchange`, but the pod keeps what it has as well, until it is admitted anew.
    func reserve(_ pod: Pod) -> AdmissionRejection? { claim(for: pod, keepsPresent: true) }

    private func claim(for pod: Pod, keepsPresent: Bool = false) -> AdmissionRejection? {
        let claim = PodClaim(of: pod)
        let name = pod.fullName
        let (rejection, refused, victims) = state.withLock { state in
            defer { tell(&state) }
            let before = state.room.claim(of: name)
            if let rejection = state.capabilities.rejection(of: pod) { return state.refuse(name, rejection) }
            if before == nil, let rejection = state.capabilities.rejectionByPressure(of: pod) {
                return state.refuse(name, rejection)
            }
            if before == nil || !pod.isAssigned, let rejection = state.capabilities.rejectionByTraits(of: pod) {
                return state.refuse(name, rejection)
            }
            if var rejection = state.room.admit(claim, for: name) {
                // Only for a pod that is new, and that others have to make way for.
                let isEntitled = before == nil && PodImportance(of: pod).isCritical
                let victims = isEntitled ? state.room.makeRoom(for: claim, of: name) : nil
                rejection.isTemporary = victims != nil
                return state.refuse(name, rejection, victims ?? [])
            }
            state.refused.remove(name)
            if keepsPresent, let before { state.room.adopt(claim.joined(with: before), for: name) }
            // It may have less now than before.
            let isSmaller = before != nil && before != claim && !keepsPresent
            return (nil, isSmaller ? state.takeRefused() : [], [])
        }
        for name in refused { retriesInput.yield(name) }
        for name in victims.sorted() { victimsInput.yield(name) }
        return rejection
    }

    /// Notes what the node is short of, by which pods are refused as long as it lasts.
    func note(_ pressures: Set<NodePressure>) { state.withLock { $0.capabilities.pressures = pressures } }

    /// Notes whether the node shuts down.
    func note(isShuttingDown: Bool) {
        let refused = state.withLock { state -> Set<PodFullName> in
            state.capabilities.isShuttingDown = isShuttingDown
            return isShuttingDown ? [] : state.takeRefused()
        }
        for name in refused { retriesInput.yield(name) }
    }

    /// Notes what the node is called and labelled, by which pods may be let in that were refused.
    func note(_ traits: NodeTraits) {
        let refused = state.withLock { state -> Set<PodFullName> in
            guard state.capabilities.traits != traits else { return [] }
            state.capabilities.traits = traits
            return state.takeRefused()
        }
        for name in refused { retriesInput.yield(name) }
    }

    /// Notes what the runtime offers, by which pods may be let in that were refused.
    func note(_ features: RuntimeFeatures) {
        let refused = state.withLock { state -> Set<PodFullName> in
            guard state.capabilities.runtime != features else { return [] }
            state.capabilities.runtime = features
            return state.takeRefused()
        }
        for name in refused { retriesInput.yield(name) }
    }

    /// Notes what a pod has that runs already.
    func adopt(_ pod: Pod) {
        state.withLock { state in
            state.room.adopt(PodClaim(of: pod), for: pod.fullName)
            tell(&state)
        }
    }

    /// Takes back what a pod had of which nothing is left.
    /// - Parameter keepsInterest: whether it is told when to ask again, if it was refused.
    func release(_ name: PodFullName, keepingInterest keepsInterest: Bool = false) {
        let refused = state.withLock { state -> Set<PodFullName> in
            let wasRefused = state.refused.remove(name) != nil
            defer {
                if keepsInterest && wasRefused { state.refused.insert(name) }
                tell(&state)
            }
            return state.room.release(name) ? state.takeRefused() : []
        }
        for name in refused { retriesInput.yield(name) }
    }

    /// Within the lock, so that what is told last is what is.
    private func tell(_ state: inout State) {
        let amount = state.room.burstableCPU
        guard state.burstableCPU != amount, state.burstableCPU != nil || amount > 0 else { return }
        state.burstableCPU = amount
        burstableCPUInput.yield(amount)
    }
}
