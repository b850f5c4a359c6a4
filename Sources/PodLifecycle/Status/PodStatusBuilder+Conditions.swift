import ContainerRuntime
import KubernetesAPI

extension PodStatusBuilder {
    /// What is true of the pod, after upstream's `pkg/kubelet/status/generate.go`.
    func conditions(_ status: PodStatus) -> [PodCondition] {
        let containersReady = containersReady(status)
        let ready = gates.ready(pod.spec, containers: containersReady)
        var conditions = [
            condition(.podReadyToStartContainers, runtime.readySandbox != nil), initialized(status),
            withTransition(ready), withTransition(containersReady), condition(.podScheduled, true),
        ]
        if let disruption = ending?.disruption {
            var target = condition(.disruptionTarget, true)
            target.reason = disruption.reason
            target.message = disruption.message
            conditions.append(target)
        }
        if pod.spec.mayStartOver { conditions.append(allContainersRestarting(status)) }
        return conditions + resizeConditions(status)
    }

    private func containersReady(_ status: PodStatus) -> PodCondition {
        let hasEnded = status.phase.isTerminal
        let sidecars = zip(pod.spec.initContainers, status.initContainerStatuses).filter(\.0.isSidecar).map(\.1)
        let unready = (sidecars + status.containerStatuses).filter { !$0.ready }.map(\.name)
        let isReady = unready.isEmpty && !status.containerStatuses.isEmpty && !hasEnded
        var condition = condition(.containersReady, isReady)
        if hasEnded {
            condition.reason = Self.reason(ofEnd: status.phase)
        } else if status.containerStatuses.isEmpty {
            condition.reason = Self.unknownContainers
        } else if !unready.isEmpty {
            condition.reason = "ContainersNotReady"
            condition.message = "containers with unready status: [\(unready.joined(separator: " "))]"
        }
        return condition
    }

    private func initialized(_ status: PodStatus) -> PodCondition {
        if status.containerStatuses.isEmpty {
            var condition = condition(.initialized, false)
            condition.reason = Self.unknownContainers
            return condition
        }
        let isInitialized = isInitialized(status)
        var condition = condition(.initialized, isInitialized)
        if !isInitialized {
            condition.reason = "ContainersNotInitialized"
            let names = incomplete(status).joined(separator: " ")
            condition.message = "containers with incomplete status: [\(names)]"
        } else if status.phase == .succeeded {
            condition.reason = Self.reason(ofEnd: status.phase)
        }
        return condition
    }

    /// Only pods have it of which a rule may ask for it.
    private func allContainersRestarting(_ status: PodStatus) -> PodCondition {
        let isUnderWay = runtime.containers.contains { $0.isLive && startedOver.contains($0.id) }
        var condition = condition(.allContainersRestarting, isUnderWay)
        if status.phase.isTerminal {
            condition.reason = Self.reason(ofEnd: status.phase)
        } else if isUnderWay {
            condition.reason = "RestartAllContainersStarted"
            condition.message = "container exited with restart policy rule"
        }
        return condition
    }

    /// A rejected pod shows no containers.
    private static let unknownContainers = "UnknownContainerStatuses"

    private static func reason(ofEnd phase: PodPhase) -> String {
        phase == .succeeded ? "PodCompleted" : "PodFailed"
    }

    private func condition(_ type: PodConditionType, _ holds: Bool) -> PodCondition {
        var condition = PodCondition()
        condition.type = type
        condition.status = holds ? .true : .false
        condition.observedGeneration = pod.metadata.generation
        return withTransition(condition)
    }

    /// The condition with the time since which its status is what it is.
    func withTransition(_ condition: PodCondition) -> PodCondition {
        var dated = condition
        let before = previous.conditions.first { $0.type == condition.type }
        dated.lastTransitionTime = before?.status == condition.status ? before?.lastTransitionTime ?? now : now
        return dated
    }
}
