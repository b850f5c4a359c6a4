package import ContainerRuntime
package import KubernetesAPI

/// Why a container that isn't running isn't.
package struct WaitingReason: Sendable, Hashable {
    /// As `kubectl get pods` prints it.
    package var reason: String
    package var message: String

    package init(_ reason: String, _ message: String = "") {
        self.reason = reason
        self.message = message
    }

    /// As upstream says it (`pkg/kubelet/kubelet_pods.go`).
    static let restartingAllContainers = WaitingReason(
        "RestartingAllContainers", "The container is removed because RestartAllContainers in place")
}

/// Computes the status that a pod shows from what runs, after upstream's `generateAPIPodStatus` and
/// `convertToAPIContainerStatuses` (`pkg/kubelet/kubelet_pods.go`).
package struct PodStatusBuilder: Sendable {
    package var pod: Pod
    package var runtime: PodRuntimeState
    /// The status shown so far, whose times are kept where nothing changed.
    package var previous: PodStatus
    /// Why containers wait, by container name.
    package var waiting: [String: WaitingReason]
    package var hostAddresses: [String]
    package var runtimeName: String
    package var now: Timestamp
    /// What probes say of containers.
    package var health: [ContainerID: ContainerHealth] = [:]
    /// Why all of the pod is ended before its time.
    package var ending: PodEnding?
    /// Whether all of it has ended, and nothing of it is ever started again.
    package var isOver = false
    /// What others say of the conditions that its readiness depends on.
    package var gates = ReadinessGates()
    /// What there was of containers when all of the pod had to start over.
    package var startedOver: Set<ContainerID> = []
    /// Why there is no room for the pod. A static one stays pending, for it starts as soon as there is, and so does one for
    /// which room is being made.
    package var rejection: AdmissionRejection?
    /// What the runtime can do.
    package var features = RuntimeFeatures()
    /// How far changes of its amounts are.
    package var resize = ResizeProgress()
    /// What the cgroup of all of the pod has, where that is asked.
    package var podAmounts: RuntimeAmounts?

    package init(
        pod: Pod, runtime: PodRuntimeState, previous: PodStatus, waiting: [String: WaitingReason] = [:],
        hostAddresses: [String], runtimeName: String, now: Timestamp
    ) {
        self.pod = pod
        self.runtime = runtime
        self.previous = previous
        self.waiting = waiting
        self.hostAddresses = hostAddresses
        self.runtimeName = runtimeName
        self.now = now.wholeSeconds
    }

    package func status() -> PodStatus {
        var status = PodStatus()
        status.observedGeneration = pod.metadata.generation
        // The oldest sandbox is older than this kubelet when the pod was adopted.
        status.startTime = previous.startTime ?? runtime.sandboxes.last?.createdAt.wholeSeconds ?? now
        status.qosClass = pod.qosClass
        status.hostIP = hostAddresses.first ?? ""
        status.hostIPs = hostAddresses.map { HostIP($0) }
        let addresses =
            pod.spec.hostNetwork
            ? hostAddresses : PodAddresses.chosen(from: runtime.addresses, onNode: hostAddresses)
        if addresses.isEmpty || (pod.spec.hostNetwork && runtime.isEmpty) {
            status.podIP = previous.podIP
            status.podIPs = previous.podIPs
        } else {
            status.podIP = addresses[0]
            status.podIPs = addresses.map { PodIP($0) }
        }
        status.initContainerStatuses = pod.spec.initContainers.map { containerStatus($0, isInit: !$0.isSidecar) }
        status.containerStatuses = pod.spec.containers.map { containerStatus($0, isInit: false) }
        status.ephemeralContainerStatuses = pod.spec.ephemeralContainers.map { container in
            var status = containerStatus(container.common, isInit: false)
            // Nobody asks them how they are (upstream's `UpdatePodStatus` in `pkg/kubelet/prober/prober_manager.go`).
            status.ready = false
            status.started = nil
            return status
        }
        describePodAmounts(in: &status)
        status.phase = phase(status)
        if let rejection {
            status.phase = pod.isAssigned && !rejection.isTemporary ? .failed : .pending
            // As upstream's: kubectl would print their waiting instead of the pod's reason.
            status.initContainerStatuses = []
            status.containerStatuses = []
            status.reason = rejection.reason
            status.message = "Pod was rejected: \(rejection.message)"
        }
        if let ending {
            status.phase = .failed
            status.reason = ending.reason
            status.message = ending.message
        }
        status.conditions = conditions(status)
        if status.phase.isTerminal, runtime.hasLiveContainers { withholdEnd(&status) }
        return status
    }

    /// Shows a pod as not ready, but not as ended: while anything of it may run, nobody is to take its place, or what it
    /// has of the node (upstream: `mergePodStatus` in `pkg/kubelet/status/status_manager.go`).
    private func withholdEnd(_ status: inout PodStatus) {
        status.phase = previous.phase.isTerminal || previous.phase.rawValue.isEmpty ? .running : previous.phase
        status.reason = ""
        status.message = ""
        status.conditions.removeAll { $0.type == .disruptionTarget }
    }

    // MARK: Containers

    /// Bytes of what all containers of a pod may leave to say, each its share (upstream:
    /// `MaxPodTerminationMessageLogLength` in `pkg/kubelet/container/runtime.go`).
    private static let messagesLimit = 12 << 10

    private func containerStatus(_ container: Container, isInit: Bool) -> ContainerStatus {
        var status = ContainerStatus()
        status.name = container.name
        status.image = container.image
        status.volumeMounts = volumeMounts(container)
        let found = runtime.containers(named: container.name).filter { $0.state != .created }
        guard let latest = found.first else {
            // As upstream has it, all that waits in a pod with init containers waits for the pod.
            let usual = pod.spec.initContainers.isEmpty ? "ContainerCreating" : "PodInitializing"
            status.state.waiting = ContainerStateWaiting(waiting[container.name] ?? WaitingReason(usual))
            status.started = false
            return status
        }
        status.image = latest.image.isEmpty ? container.image : latest.image
        status.imageID = latest.imageRef
        status.containerID = "\(runtimeName)://\(latest.id)"
        status.restartCount = latest.restartCount
        describe(latest, container, in: &status)
        switch latest.state {
        case .running:
            status.state.running = ContainerStateRunning(startedAt: latest.startedAt?.wholeSeconds)
            let health = health[latest.id] ?? ContainerHealth(of: container)
            status.ready = !isInit && health.isReady
            status.started = isInit || health.isStarted
        case .exited, .created, .unknown:
            status.started = false
            status.ready = isInit && latest.state == .exited && latest.exitCode == 0
            status.state.terminated = terminated(latest)
        }
        if let previous = found.dropFirst().first, previous.state == .exited {
            status.lastState.terminated = terminated(previous)
        }
        if let reason = reasonToWait(container, latest) {
            status.lastState = status.state
            status.state = ContainerState()
            status.state.waiting = ContainerStateWaiting(reason)
            status.ready = false
        }
        return status
    }

    /// What a container waits for, if it is to be started again: what has ended for good shows its end, also where that
    /// was a start which failed.
    private func reasonToWait(_ container: Container, _ latest: RuntimeContainer) -> WaitingReason? {
        guard latest.state != .running, !isOver else { return nil }
        let reason = waiting[container.name]
        guard latest.state == .exited else { return reason }
        if startedOver.contains(latest.id) { return reason ?? .restartingAllContainers }
        return isToFollow(container, exitCode: latest.exitCode) ? reason : nil
    }

    private func terminated(_ container: RuntimeContainer) -> ContainerStateTerminated {
        var state = ContainerStateTerminated()
        state.exitCode = container.state == .exited ? container.exitCode : 137
        state.reason =
            container.state == .exited
            ? (container.reason.isEmpty ? (container.exitCode == 0 ? "Completed" : "Error") : container.reason)
            : "ContainerStatusUnknown"
        state.message = container.message.prefix(
            bytes: Self.messagesLimit / (pod.spec.containers.count + pod.spec.initContainers.count))
        state.startedAt = container.startedAt?.wholeSeconds
        state.finishedAt = container.finishedAt?.wholeSeconds
        state.containerID = "\(runtimeName)://\(container.id)"
        return state
    }
}

extension String {
    /// As much of the beginning as a number of bytes can hold.
    fileprivate func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var kept = utf8.prefix(limit)
        // Bytes that continue a character have the bits 10 in front.
        while let next = utf8[kept.endIndex...].first, next & 0b1100_0000 == 0b1000_0000 { kept.removeLast() }
        return String(kept) ?? ""
    }
}

extension ContainerStateWaiting {
    fileprivate init(_ waiting: WaitingReason) {
        self.init()
        reason = waiting.reason
        message = waiting.message
    }
}

extension ContainerStateRunning {
    fileprivate init(startedAt: Timestamp?) {
        self.init()
        self.startedAt = startedAt
    }
}

extension HostIP {
    fileprivate init(_ address: String) {
        self.init()
        ip = address
    }
}

extension PodIP {
    fileprivate init(_ address: String) {
        self.init()
        ip = address
    }
}
