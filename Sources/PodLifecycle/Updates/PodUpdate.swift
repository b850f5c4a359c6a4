package import KubernetesAPI
import StructuredData

/// What it takes to make a running pod another version of itself: the smallest change (design.md, better 4).
package enum PodUpdate: Sendable, Hashable {
    /// The sandbox stays, with its IP. The named containers begin, or begin anew; all others run on, and those that the
    /// new version doesn't have end.
    case inPlace(starting: Set<String>)
    /// Everything ends, then the new version begins; with what makes that necessary.
    case replacement(because: String)

    /// Compares two versions of a pod as they were accepted: named, with defaults filled in.
    package init(from old: Pod, to new: Pod) {
        if let reason = Self.reasonForReplacement(old, new) {
            self = .replacement(because: reason)
            return
        }
        let before = ContainerRevision.all(of: old)
        let after = ContainerRevision.all(of: new)
        var starting = Set(after.filter { before[$0.key] != $0.value }.keys)
        for container in new.spec.sidecars + new.spec.containers {
            let earlier = old.spec.container(named: container.name)
            if let earlier, Self.losesLimit(earlier, of: old.spec, container, of: new.spec) {
                starting.insert(container.name)
            }
        }
        self = .inPlace(starting: starting)
    }

    /// For a pod that the API server has assigned to the node, and of which it lets hardly anything be changed: nothing
    /// of that is worth another sandbox.
    package static func ofAssigned(from old: Pod, to new: Pod) -> PodUpdate {
        let before = ContainerRevision.all(of: old)
        let after = ContainerRevision.all(of: new)
        return .inPlace(starting: Set(after.filter { before[$0.key] != $0.value }.keys))
    }

    /// Fields of the spec that a node doesn't act on, or that it acts on while the pod runs.
    private static let liveFields: Set<String> = [
        "activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "enableServiceLinks",
        "ephemeralContainers", "nodeSelector", "os", "preemptionPolicy", "priority", "priorityClassName",
        "readinessGates", "schedulerName", "schedulingGates",
        "terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints",
    ]
    /// Fields of the spec that are compared in parts.
    private static let dividedFields: Set<String> = ["containers", "initContainers", "resources", "volumes"]

    private static func reasonForReplacement(_ old: Pod, _ new: Pod) -> String? {
        let before = old.canonical
        let after = new.canonical
        // What such a pod has done already can't be told from what is left to do by the new version.
        if !before.spec.restartsAlways || !after.spec.restartsAlways, before != after { return "spec.restartPolicy" }
        if let field = changedField(before.spec, after.spec) { return "spec.\(field)" }
        if before.spec.initialization != after.spec.initialization { return "spec.initContainers" }
        if old.spec.hostPorts != new.spec.hostPorts { return "hostPort" }
        if !old.spec.isPrivileged && new.spec.isPrivileged { return "securityContext.privileged" }
        if old.qosClass != new.qosClass { return "the QoS class" }
        if before.spec.fixedResources != after.spec.fixedResources { return "spec.resources" }
        return changedVolume(before.spec, after.spec).map { "volume \($0)" }
    }

    /// A field that only another sandbox can have.
    private static func changedField(_ old: PodSpec, _ new: PodSpec) -> String? {
        guard case .object(let before) = old.encoded(), case .object(let after) = new.encoded() else { return nil }
        let names = before.keys + after.keys.filter { before[$0] == nil }
        return names.first { name in
            !liveFields.contains(name) && !dividedFields.contains(name) && before[name] != after[name]
        }
    }

    /// Whether an amount has a limit before and none after: a runtime can change limits of what runs, not lift them.
    private static func losesLimit(
        _ old: Container, of oldSpec: PodSpec, _ new: Container, of newSpec: PodSpec
    ) -> Bool {
        let after = newSpec.effectiveLimits(of: new)
        return oldSpec.effectiveLimits(of: old).keys.contains { old.isResizedInPlace($0) && after[$0] == nil }
    }

    /// A volume that is mounted and is to be something else.
    private static func changedVolume(_ old: PodSpec, _ new: PodSpec) -> String? {
        let mounted = Set(old.allContainers.flatMap { $0.volumeMounts.map(\.name) + $0.volumeDevices.map(\.name) })
        return old.volumes.first { volume in
            guard mounted.contains(volume.name) else { return false }
            return new.volumes.contains { $0.name == volume.name && $0 != volume }
        }?.name
    }
}

extension PodSpec {
    /// Whether all that runs for good is started again however it ends.
    fileprivate var restartsAlways: Bool {
        (restartPolicy.rawValue.isEmpty || restartPolicy == .always)
            && containers.allSatisfy { $0.restartsAlways(in: self) }
    }

    /// Those of the pod's own amounts that don't change while it runs.
    fileprivate var fixedResources: [ResourceList] {
        [resources?.requests ?? [:], resources?.limits ?? [:]].map {
            $0.filter { $0.key != "cpu" && $0.key != "memory" }
        }
    }

    /// What has to run to its end before the regular containers begin.
    fileprivate var initialization: [Container] { initContainers.filter { !$0.isSidecar } }

    /// Every port of the host that leads to the pod, however its containers share them.
    fileprivate var hostPorts: Set<ContainerPort> {
        Set(
            (sidecars + containers).flatMap(\.ports).filter { $0.hostPort > 0 }
                .map { port in
                    var anonymous = port
                    anonymous.name = ""
                    return anonymous
                })
    }

    fileprivate var isPrivileged: Bool { allContainers.contains { $0.securityContext?.privileged == true } }
}
