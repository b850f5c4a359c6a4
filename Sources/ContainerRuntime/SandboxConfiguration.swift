/// Everything a sandbox is made of: the CRI's `PodSandboxConfig`.
package struct SandboxConfiguration: Sendable, Hashable {
    package var metadata: SandboxMetadata
    /// The host name inside the pod; empty to keep the host's (host network).
    package var hostname: String
    /// Absolute path that container log paths are relative to.
    package var logDirectory: String
    package var dns: DNSConfiguration?
    package var portMappings: [PortMapping]
    package var labels: [String: String]
    package var annotations: [String: String]
    package var linux: LinuxSandboxConfiguration
    /// The runtime handler; empty for the default one.
    package var runtimeHandler: String

    package init(
        metadata: SandboxMetadata, hostname: String = "", logDirectory: String, dns: DNSConfiguration? = nil,
        portMappings: [PortMapping] = [], labels: [String: String] = [:], annotations: [String: String] = [:],
        linux: LinuxSandboxConfiguration = LinuxSandboxConfiguration(), runtimeHandler: String = ""
    ) {
        self.metadata = metadata
        self.hostname = hostname
        self.logDirectory = logDirectory
        self.dns = dns
        self.portMappings = portMappings
        self.labels = labels
        self.annotations = annotations
        self.linux = linux
        self.runtimeHandler = runtimeHandler
    }
}

package struct SandboxMetadata: Sendable, Hashable {
    package var name: String
    package var uid: String
    package var namespace: String
    /// Counts the sandboxes of one pod.
    package var attempt: UInt32

    package init(name: String, uid: String, namespace: String, attempt: UInt32 = 0) {
        self.name = name
        self.uid = uid
        self.namespace = namespace
        self.attempt = attempt
    }
}

package struct DNSConfiguration: Sendable, Hashable {
    package var servers: [String]
    package var searches: [String]
    package var options: [String]

    package init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.servers = servers
        self.searches = searches
        self.options = options
    }
}

package struct PortMapping: Sendable, Hashable {
    package enum NetworkProtocol: String, Sendable, Hashable {
        case tcp = "TCP"
        case udp = "UDP"
        case sctp = "SCTP"
    }

    package var networkProtocol: NetworkProtocol
    package var containerPort: Int32
    package var hostPort: Int32
    package var hostIP: String

    package init(networkProtocol: NetworkProtocol, containerPort: Int32, hostPort: Int32, hostIP: String = "") {
        self.networkProtocol = networkProtocol
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.hostIP = hostIP
    }
}

package struct LinuxSandboxConfiguration: Sendable, Hashable {
    /// The cgroup that holds the pod's cgroups, in the form of the cgroup driver; empty for the runtime's choice.
    package var cgroupParent: String
    package var securityContext: LinuxSandboxSecurityContext
    package var sysctls: [String: String]
    /// Overhead and sum of the pod's resources, for runtimes that use them.
    package var overhead: LinuxResources?
    package var resources: LinuxResources?

    package init(
        cgroupParent: String = "", securityContext: LinuxSandboxSecurityContext = LinuxSandboxSecurityContext(),
        sysctls: [String: String] = [:], overhead: LinuxResources? = nil, resources: LinuxResources? = nil
    ) {
        self.cgroupParent = cgroupParent
        self.securityContext = securityContext
        self.sysctls = sysctls
        self.overhead = overhead
        self.resources = resources
    }
}

package struct LinuxSandboxSecurityContext: Sendable, Hashable {
    package var namespaces = NamespaceOptions()
    package var seLinux: SELinuxOption?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var readOnlyRootFilesystem = false
    package var supplementalGroups: [Int64] = []
    package var supplementalGroupsPolicy: SupplementalGroupsPolicy = .merge
    /// True when any container of the pod is privileged.
    package var privileged = false
    package var seccomp: SecurityProfile = .runtimeDefault
    package var appArmor: SecurityProfile?

    package init() {}
}

/// Which Linux namespaces a pod shares with the host or among its containers.
package struct NamespaceOptions: Sendable, Hashable {
    package enum Mode: Sendable, Hashable {
        /// Shared by the pod's containers.
        case pod
        /// Each container has its own (PID only).
        case container
        /// The host's.
        case node
        /// That of another container of the pod (PID only).
        case target(ContainerID)
    }

    package var network: Mode
    package var pid: Mode
    package var ipc: Mode
    /// ID mappings of the pod's user namespace; `nil` for the host's.
    package var userNamespace: UserNamespace?

    package init(
        network: Mode = .pod, pid: Mode = .container, ipc: Mode = .pod, userNamespace: UserNamespace? = nil
    ) {
        self.network = network
        self.pid = pid
        self.ipc = ipc
        self.userNamespace = userNamespace
    }
}

package struct UserNamespace: Sendable, Hashable {
    package var hostID: UInt32
    package var containerID: UInt32
    package var length: UInt32

    package init(hostID: UInt32, containerID: UInt32, length: UInt32) {
        self.hostID = hostID
        self.containerID = containerID
        self.length = length
    }
}

package struct SELinuxOption: Sendable, Hashable {
    package var user: String
    package var role: String
    package var type: String
    package var level: String

    package init(user: String = "", role: String = "", type: String = "", level: String = "") {
        self.user = user
        self.role = role
        self.type = type
        self.level = level
    }
}

package enum SupplementalGroupsPolicy: Sendable, Hashable {
    case merge, strict
}

/// A seccomp or AppArmor profile.
package enum SecurityProfile: Sendable, Hashable {
    case runtimeDefault
    case unconfined
    /// A profile file (seccomp: absolute path) or loaded profile (AppArmor: name).
    case localhost(String)
}
