package import ContainerRuntime
package import KubernetesAPI

/// What brings a pod from what runs to what its spec asks for.
///
/// Decided without side effects, after upstream's `computePodActions`
/// (`pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
package struct PodActions: Sendable, Hashable {
    package enum SandboxAction: Sendable, Hashable {
        /// It is ready: containers start in it.
        case keep(SandboxID)
        /// Stop what is left of the old ones and make one.
        case create(attempt: UInt32)
        /// Nothing is to start, so none is needed.
        case none
    }

    package enum ContainerKind: Sendable, Hashable {
        case initContainer, container, ephemeralContainer
    }

    package struct ContainerStart: Sendable, Hashable {
        package var name: String
        package var kind: ContainerKind
        /// How often the container was started before.
        package var restartCount: Int32
        /// A container that was created but never started, to be started instead of making one.
        package var created: ContainerID?
        /// The running container whose processes an ephemeral one is to see.
        package var target: ContainerID?
        /// When the container of that name ended before; `nil` at the first start.
        package var lastFailure: Timestamp?
    }

    package struct ContainerStop: Sendable, Hashable {
        package var id: ContainerID
        package var name: String
        /// What is said of it in the events.
        package var message: String
        /// Whether nothing may start in the pod before it has ended, rather than only its own successor.
        package var holdsUpAll = false
        /// Seconds between the two signals; `nil` for what the pod's spec says.
        package var gracePeriod: Int64?
        /// Whether it is stopped without its hook.
        package var skipsHook = false

        init(id: ContainerID, name: String, message: String, holdsUpAll: Bool = false) {
            self.id = id
            self.name = name
            self.message = message
            self.holdsUpAll = holdsUpAll
        }

        /// The stop of a container whose probe has failed for good; worded as upstream does.
        package init(failed kind: ProbeKind, _ id: ContainerID, _ container: Container, in pod: Pod) {
            self.id = id
            name = container.name
            let isInit = pod.spec.initContainers.contains { $0.name == container.name }
            message = "\(isInit ? "Init container" : "Container") \(name) failed \(kind.rawValue.lowercased()) probe"
            // It is not known yet with which code it will end.
            if !isInit, container.restartsWhenLost(in: pod.spec) { message += ", will be restarted" }
            gracePeriod = container.probe(kind)?.terminationGracePeriodSeconds
        }
    }

    package var sandbox: SandboxAction
    package var stops: [ContainerStop] = []
    /// Containers that have ended, or never began, and that nobody asks for any more.
    package var removals: [ContainerID] = []
    /// Running containers whose amounts of CPU or memory are to change.
    package var resizes: [ContainerID] = []
    package var starts: [ContainerStart] = []
    /// Containers held back after failures, with the moment that each is due.
    package var backingOff: [String: Timestamp] = [:]
    /// All containers have ended but for sidecars, and none is to start again.
    package var isCompleted = false
    /// What there is of containers, when all of the pod is to start over: init containers run again.
    package var startingOver: Set<ContainerID> = []

    /// When the pod is to be looked at again without an event.
    package var nextLook: Timestamp? { backingOff.values.min() }

    package init(sandbox: SandboxAction) { self.sandbox = sandbox }
}

extension PodActions {
    /// Decides for a pod that is wanted.
    /// - Parameters:
    ///   - backOff: the failures so far, by container name.
    ///   - health: what probes say of containers.
    package static func decide(
        _ target: PodTarget, runtime: PodRuntimeState, backOff: BackOff, health: [ContainerID: ContainerHealth] = [:],
        now: Timestamp
    ) -> PodActions {
        let decision = ContainerDecision(
            target: target, runtime: runtime, backOff: backOff, health: health, now: now)
        guard let sandbox = runtime.readySandbox else { return decision.withoutSandbox() }
        return decision.inSandbox(sandbox)
    }
}
