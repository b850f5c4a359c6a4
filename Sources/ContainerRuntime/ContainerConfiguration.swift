/// Everything a container is made of: the CRI's `ContainerConfig`.
package struct ContainerConfiguration: Sendable, Hashable {
    package var name: String
    /// Counts the container's restarts in its pod.
    package var attempt: UInt32
    package var image: ImageReference
    package var command: [String]
    package var arguments: [String]
    /// Empty for the image's.
    package var workingDirectory: String
    package var environment: [EnvironmentVariable]
    package var mounts: [ContainerMount]
    package var devices: [ContainerDevice]
    package var labels: [String: String]
    package var annotations: [String: String]
    /// Relative to the sandbox's log directory.
    package var logPath: String
    package var stdin: Bool
    package var stdinOnce: Bool
    package var tty: Bool
    package var resources: LinuxResources
    package var securityContext: LinuxContainerSecurityContext
    /// The signal that asks the process to end, such as `SIGUSR1`; `nil` for the image's.
    package var stopSignal: String?

    package init(name: String, attempt: UInt32, image: ImageReference, logPath: String) {
        self.name = name
        self.attempt = attempt
        self.image = image
        self.logPath = logPath
        command = []
        arguments = []
        workingDirectory = ""
        environment = []
        mounts = []
        devices = []
        labels = [:]
        annotations = [:]
        stdin = false
        stdinOnce = false
        tty = false
        resources = LinuxResources()
        securityContext = LinuxContainerSecurityContext()
        stopSignal = nil
    }
}

package struct EnvironmentVariable: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

package struct ContainerMount: Sendable, Hashable {
    package enum Propagation: Sendable, Hashable {
        case none, hostToContainer, bidirectional
    }

    package var containerPath: String
    package var hostPath: String
    package var readOnly: Bool
    package var seLinuxRelabel: Bool
    package var propagation: Propagation
    package var recursiveReadOnly: Bool
    /// The image to mount instead of `hostPath`.
    package var image: ImageReference?
    package var imageSubPath: String
    /// Whose users the files' owners are shown as; `nil` for the host's.
    package var userNamespace: UserNamespace?

    package init(
        containerPath: String, hostPath: String, readOnly: Bool = false, seLinuxRelabel: Bool = false,
        propagation: Propagation = .none, recursiveReadOnly: Bool = false, image: ImageReference? = nil,
        imageSubPath: String = ""
    ) {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.readOnly = readOnly
        self.seLinuxRelabel = seLinuxRelabel
        self.propagation = propagation
        self.recursiveReadOnly = recursiveReadOnly
        self.image = image
        self.imageSubPath = imageSubPath
    }
}

package struct ContainerDevice: Sendable, Hashable {
    package var containerPath: String
    package var hostPath: String
    /// Any of `r`, `w` and `m`.
    package var permissions: String

    package init(containerPath: String, hostPath: String, permissions: String) {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.permissions = permissions
    }
}

/// Limits of a container's or pod's cgroup; 0 leaves a value to the runtime.
package struct LinuxResources: Sendable, Hashable {
    /// Microseconds.
    package var cpuPeriod: Int64 = 0
    /// Microseconds of CPU time in a period.
    package var cpuQuota: Int64 = 0
    package var cpuShares: Int64 = 0
    package var memoryLimitBytes: Int64 = 0
    package var memorySwapLimitBytes: Int64 = 0
    package var oomScoreAdjustment: Int64 = 0
    package var cpusetCPUs = ""
    package var cpusetMemoryNodes = ""
    /// Bytes by page size, such as `2MB`.
    package var hugepageLimits: [String: UInt64] = [:]
    /// cgroup v2 files and values.
    package var unified: [String: String] = [:]

    package init() {}
}

package struct LinuxContainerSecurityContext: Sendable, Hashable {
    package var addCapabilities: [String] = []
    package var dropCapabilities: [String] = []
    package var privileged = false
    package var namespaces = NamespaceOptions()
    package var seLinux: SELinuxOption?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    /// A user name, when the image names one instead of a number.
    package var runAsUsername = ""
    package var readOnlyRootFilesystem = false
    package var supplementalGroups: [Int64] = []
    package var supplementalGroupsPolicy: SupplementalGroupsPolicy = .merge
    package var noNewPrivileges = false
    /// Paths the runtime hides; empty for none when `procMount` is Unmasked.
    package var maskedPaths: [String] = []
    package var readOnlyPaths: [String] = []
    package var seccomp: SecurityProfile?
    package var appArmor: SecurityProfile?

    package init() {}
}
