package import ContainerRuntime
package import KubernetesAPI

/// What a node can do for its pods, however much room there is on it.
package struct NodeCapabilities: Sendable, Hashable {
    package var sysctls: SysctlAllowlist
    /// Whether the kernel enforces AppArmor profiles.
    package var hasAppArmor: Bool
    package var runtime = RuntimeFeatures()
    /// What the node is short of.
    package var pressures: Set<NodePressure> = []
    package var isShuttingDown = false
    /// `nil` where any pod will do.
    package var traits: NodeTraits?

    package init(
        sysctls: SysctlAllowlist = SysctlAllowlist(kernelVersion: ""), hasAppArmor: Bool = false,
        traits: NodeTraits? = nil
    ) {
        self.sysctls = sysctls
        self.hasAppArmor = hasAppArmor
        self.traits = traits
    }

    /// Why the pod can't run here at all. Rules, reasons and words are those of upstream's admission handlers
    /// (`pkg/kubelet/sysctl/allowlist.go`, `pkg/kubelet/lifecycle/predicate.go` and `handlers.go`), but for fields
    /// of the CRI that a runtime may not know: there upstream trusts in the runtime (stop signals), or refuses each
    /// container (recursive read-only mounts) or sandbox (user namespaces), whose words these are.
    package func rejection(of pod: Pod) -> AdmissionRejection? {
        if isShuttingDown {
            return AdmissionRejection(
                reason: "NodeShutdown", message: "Pod was rejected as the node is shutting down.")
        }
        return sysctls.rejection(of: pod.spec) ?? rejectionByOperatingSystem(pod) ?? rejectionByGroups(pod)
            ?? rejectionByAppArmor(pod) ?? rejectionByStopSignal(pod) ?? rejectionByMounts(pod)
            ?? pod.imageVolumeProblem(runtime).map(Self.unsupported) ?? rejectionByUsers(pod)
    }

    /// Why a pod that is new can't run here while the node is short of something, after `Admit` of upstream's
    /// `pkg/kubelet/eviction/eviction_manager.go`.
    package func rejectionByPressure(of pod: Pod) -> AdmissionRejection? {
        guard !pressures.isEmpty else { return nil }
        let importance = PodImportance(of: pod)
        if importance.isCritical { return nil }
        if pressures == [.memory], importance.qosClass != .bestEffort || pod.spec.toleratesMemoryPressure { return nil }
        let names = pressures.map(\.conditionType.rawValue).sorted().joined(separator: " ")
        return AdmissionRejection(reason: "Evicted", message: "The node had condition: [\(names)]. ")
    }

    /// Why the pod doesn't belong on this node. What was let in once may stay (`IgnoredDuringExecution`), so only new
    /// pods and new manifests are asked.
    package func rejectionByTraits(of pod: Pod) -> AdmissionRejection? { traits?.rejection(of: pod) }

    private func rejectionByOperatingSystem(_ pod: Pod) -> AdmissionRejection? {
        if let label = pod.metadata.labels["kubernetes.io/os"], label != "linux" {
            return AdmissionRejection(
                reason: "PodOSSelectorNodeLabelDoesNotMatch",
                message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label")
        }
        guard let system = pod.spec.os, system.name != "linux" else { return nil }
        return AdmissionRejection(
            reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS")
    }

    private func rejectionByGroups(_ pod: Pod) -> AdmissionRejection? {
        guard pod.spec.securityContext?.supplementalGroupsPolicy == .strict else { return nil }
        guard !runtime.supplementalGroupsPolicy else { return nil }
        return AdmissionRejection(
            reason: "SupplementalGroupsPolicyNotSupported",
            message: "SupplementalGroupsPolicy=Strict is not supported in this node")
    }

    private func rejectionByAppArmor(_ pod: Pod) -> AdmissionRejection? {
        guard pod.needsAppArmor else { return nil }
        let problem: String
        if !hasAppArmor {
            problem = "AppArmor is not enabled on the host"
        } else if pod.spec.allContainers.contains(where: { pod.hasNamelessProfile($0) }) {
            problem = "invalid empty AppArmor profile name"
        } else {
            return nil
        }
        return AdmissionRejection(reason: "AppArmor", message: "Cannot enforce AppArmor: \(problem)")
    }

    private func rejectionByStopSignal(_ pod: Pod) -> AdmissionRejection? {
        guard !runtime.stopSignals else { return nil }
        guard let container = pod.spec.allContainers.first(where: { $0.lifecycle?.stopSignal != nil }) else {
            return nil
        }
        return Self.unsupported(
            "the container runtime doesn't know the field for lifecycle.stopSignal "
                + "(container \(container.name)): containerd does from 2.3 on")
    }

    /// What another handler can do is asked once the pod's RuntimeClass is known.
    private func rejectionByMounts(_ pod: Pod) -> AdmissionRejection? {
        guard pod.spec.runtimeClassName == nil else { return nil }
        let mounts = pod.spec.allContainers.flatMap(\.volumeMounts)
        let problem = mounts.lazy.compactMap { $0.recursiveReadOnlyProblem(runtime, handler: "") }.first
        return problem.map(Self.unsupported)
    }

    private func rejectionByUsers(_ pod: Pod) -> AdmissionRejection? {
        guard pod.spec.runtimeClassName == nil else { return nil }
        return pod.userNamespaceProblem(runtime, handler: "").map(Self.unsupported)
    }

    private static func unsupported(_ problem: String) -> AdmissionRejection {
        AdmissionRejection(reason: "PodFeatureUnsupported", message: problem)
    }
}

extension PodSpec {
    fileprivate var toleratesMemoryPressure: Bool {
        tolerations.contains { toleration in
            (toleration.key == "node.kubernetes.io/memory-pressure" || toleration.key.isEmpty)
                && (toleration.effect == .noSchedule || toleration.effect.rawValue.isEmpty)
                && (toleration.operator == .exists || toleration.value.isEmpty)
        }
    }
}

extension Pod {
    /// Why the pod's images can't be mounted. Upstream leaves that to the runtime, and one that doesn't know the field
    /// makes what it likes of a mount that has no path.
    package func imageVolumeProblem(_ runtime: RuntimeFeatures) -> String? {
        guard !runtime.imageVolumes, let volume = spec.volumes.first(where: { $0.image != nil }) else { return nil }
        return "the container runtime doesn't know the field for image volumes (volume \(volume.name)): "
            + "containerd does from 2.1 on, CRI-O from 1.31 on"
    }

    fileprivate func hasNamelessProfile(_ container: Container) -> Bool {
        guard let profile = appArmorProfile(of: container), profile.type == .localhost else { return false }
        return profile.localhostProfile?.allSatisfy(\.isWhitespace) ?? true
    }
}
