import ContainerRuntime
import KubernetesAPI
import StructuredData

/// Turns security contexts into the runtime's terms (upstream: `pkg/kubelet/kuberuntime/security_context.go` and
/// `pkg/securitycontext`).
struct SecurityTranslation: Sendable {
    /// Containers without a seccomp profile get the runtime's default one.
    let seccompDefault: Bool
    /// The directory of the profiles that pods name by `localhostProfile`.
    let seccompProfiles: String
    /// Paths of this machine that containers don't see either.
    let thermalThrottles: [String]

    static func namespaces(of pod: Pod) -> NamespaceOptions {
        NamespaceOptions(
            network: pod.spec.hostNetwork ? .node : .pod,
            pid: pod.spec.hostPID ? .node : (pod.spec.shareProcessNamespace == true ? .pod : .container),
            ipc: pod.spec.hostIPC ? .node : .pod)
    }

    static func sandboxContext(of pod: Pod) -> LinuxSandboxSecurityContext {
        var context = LinuxSandboxSecurityContext()
        context.namespaces = namespaces(of: pod)
        context.privileged = pod.spec.allContainers.contains {
            $0.securityContext?.privileged == true
        }
        let own = pod.spec.securityContext
        context.runAsUser = own?.runAsUser
        context.runAsGroup = own?.runAsGroup
        context.supplementalGroups = supplementalGroups(of: pod)
        context.supplementalGroupsPolicy = policy(own)
        context.seLinux = own?.seLinuxOptions.map(seLinux)
        // Whatever the containers' is: theirs may lack calls that the sandbox needs.
        context.seccomp = .runtimeDefault
        return context
    }

    /// The group of the pod's volumes first, as upstream has it.
    private static func supplementalGroups(of pod: Pod) -> [Int64] {
        let context = pod.spec.securityContext
        return [context?.fsGroup].compactMap(\.self) + (context?.supplementalGroups ?? [])
    }

    func containerContext(
        of container: Container, in pod: Pod, image: RuntimeImage
    ) throws -> LinuxContainerSecurityContext {
        let own = container.securityContext
        let shared = pod.spec.securityContext
        var context = LinuxContainerSecurityContext()
        context.namespaces = Self.namespaces(of: pod)
        context.privileged = own?.privileged ?? false
        context.addCapabilities = own?.capabilities?.add ?? []
        context.dropCapabilities = own?.capabilities?.drop ?? []
        context.readOnlyRootFilesystem = own?.readOnlyRootFilesystem ?? false
        context.noNewPrivileges = own?.allowPrivilegeEscalation == false
        context.runAsGroup = own?.runAsGroup ?? shared?.runAsGroup
        context.supplementalGroups = Self.supplementalGroups(of: pod)
        context.supplementalGroupsPolicy = Self.policy(shared)
        context.appArmor = pod.appArmorProfile(of: container).map(Self.profile)
        context.seLinux = (own?.seLinuxOptions ?? shared?.seLinuxOptions).map(Self.seLinux)
        if let user = own?.runAsUser ?? shared?.runAsUser {
            context.runAsUser = user
        } else if let user = image.uid {
            context.runAsUser = user
        } else {
            context.runAsUsername = image.username
        }
        try Self.checkRootless(container, pod, image)
        if !context.privileged {
            context.seccomp =
                (own?.seccompProfile ?? shared?.seccompProfile).map(profile)
                ?? (seccompDefault ? .runtimeDefault : .unconfined)
            if own?.procMount != .unmasked {
                context.maskedPaths = Self.maskedPaths + thermalThrottles
                context.readOnlyPaths = Self.readOnlyPaths
            }
        } else {
            context.seccomp = .unconfined
        }
        return context
    }

    /// `runAsNonRoot` must be met before the container exists (upstream: `verifyRunAsNonRoot` in
    /// `pkg/kubelet/kuberuntime/security_context_others.go`).
    private static func checkRootless(_ container: Container, _ pod: Pod, _ image: RuntimeImage) throws {
        let (own, shared) = (container.securityContext, pod.spec.securityContext)
        guard own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false else { return }
        let message: String
        if let user = own?.runAsUser ?? shared?.runAsUser {
            guard user == 0 else { return }
            message = "container's runAsUser breaks non-root policy"
        } else if let user = image.uid {
            guard user == 0 else { return }
            message = "container has runAsNonRoot and image will run as root"
        } else if image.username.isEmpty {
            message = "container has runAsNonRoot and image will run as root"
        } else {
            message =
                "container has runAsNonRoot and image has non-numeric user (\(image.username)), "
                + "cannot verify user is non-root"
        }
        throw ContainerStartError(
            .createContainerConfigError, "\(message) (pod: \"\(pod.nameInMessages)\", container: \(container.name))")
    }

    private static func seLinux(_ options: SELinuxOptions) -> SELinuxOption {
        SELinuxOption(user: options.user, role: options.role, type: options.type, level: options.level)
    }

    private static func policy(
        _ context: PodSecurityContext?
    ) -> ContainerRuntime.SupplementalGroupsPolicy { context?.supplementalGroupsPolicy == .strict ? .strict : .merge }

    private static func profile(_ profile: AppArmorProfile) -> SecurityProfile {
        switch profile.type {
        case .runtimeDefault: .runtimeDefault
        case .localhost: .localhost(profile.localhostProfile ?? "")
        default: .unconfined
        }
    }

    private func profile(_ profile: SeccompProfile) -> SecurityProfile {
        switch profile.type {
        case .runtimeDefault: .runtimeDefault
        case .localhost: .localhost("\(seccompProfiles)/\(profile.localhostProfile ?? "")")
        default: .unconfined
        }
    }

    // The paths of `pkg/securitycontext/util.go`.
    private static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]
    private static let readOnlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}
