internal import CRIProtocol
internal import ContainerRuntime

extension SandboxConfiguration {
    var message: Runtime_V1_PodSandboxConfig {
        var message = Runtime_V1_PodSandboxConfig()
        message.metadata = metadata.message
        message.hostname = hostname
        message.logDirectory = logDirectory
        if let dns { message.dnsConfig = dns.message }
        message.portMappings = portMappings.map(\.message)
        message.labels = labels
        message.annotations = annotations
        message.linux = linux.message
        return message
    }
}

extension SandboxMetadata {
    var message: Runtime_V1_PodSandboxMetadata {
        var message = Runtime_V1_PodSandboxMetadata()
        message.name = name
        message.uid = uid
        message.namespace = namespace
        message.attempt = attempt
        return message
    }

    init(_ message: Runtime_V1_PodSandboxMetadata) {
        self.init(name: message.name, uid: message.uid, namespace: message.namespace, attempt: message.attempt)
    }
}

extension DNSConfiguration {
    var message: Runtime_V1_DNSConfig {
        var message = Runtime_V1_DNSConfig()
        message.servers = servers
        message.searches = searches
        message.options = options
        return message
    }
}

extension PortMapping {
    var message: Runtime_V1_PortMapping {
        var message = Runtime_V1_PortMapping()
        switch networkProtocol {
        case .tcp: message.protocol = .tcp
        case .udp: message.protocol = .udp
        case .sctp: message.protocol = .sctp
        }
        message.containerPort = containerPort
        message.hostPort = hostPort
        message.hostIp = hostIP
        return message
    }
}

extension LinuxSandboxConfiguration {
    var message: Runtime_V1_LinuxPodSandboxConfig {
        var message = Runtime_V1_LinuxPodSandboxConfig()
        message.cgroupParent = cgroupParent
        message.securityContext = securityContext.message
        message.sysctls = sysctls
        if let overhead { message.overhead = overhead.message }
        if let resources { message.resources = resources.message }
        return message
    }
}

extension LinuxSandboxSecurityContext {
    var message: Runtime_V1_LinuxSandboxSecurityContext {
        var message = Runtime_V1_LinuxSandboxSecurityContext()
        message.namespaceOptions = namespaces.message
        if let seLinux { message.selinuxOptions = seLinux.message }
        if let runAsUser { message.runAsUser = .init(runAsUser) }
        if let runAsGroup { message.runAsGroup = .init(runAsGroup) }
        message.readonlyRootfs = readOnlyRootFilesystem
        message.supplementalGroups = supplementalGroups
        message.supplementalGroupsPolicy = supplementalGroupsPolicy.message
        message.privileged = privileged
        message.seccomp = seccomp.message
        if let appArmor { message.apparmor = appArmor.message }
        return message
    }
}

extension NamespaceOptions {
    var message: Runtime_V1_NamespaceOption {
        var message = Runtime_V1_NamespaceOption()
        message.network = network.message
        message.pid = pid.message
        message.ipc = ipc.message
        if case .target(let container) = pid { message.targetID = container.rawValue }
        if let userNamespace { message.usernsOptions = userNamespace.message }
        return message
    }

    init(_ message: Runtime_V1_NamespaceOption) {
        self.init(
            network: Mode(message.network), pid: Mode(message.pid), ipc: Mode(message.ipc),
            userNamespace: message.hasUsernsOptions ? UserNamespace(message.usernsOptions) : nil)
    }
}

extension NamespaceOptions.Mode {
    var message: Runtime_V1_NamespaceMode {
        switch self {
        case .pod: .pod
        case .container: .container
        case .node: .node
        case .target: .target
        }
    }

    /// Another container's namespace, which a sandbox never has, counts as the container's own.
    init(_ message: Runtime_V1_NamespaceMode) {
        switch message {
        case .pod, .UNRECOGNIZED: self = .pod
        case .container, .target: self = .container
        case .node: self = .node
        }
    }
}

extension UserNamespace {
    var message: Runtime_V1_UserNamespace {
        var message = Runtime_V1_UserNamespace()
        message.mode = .pod
        message.uids = [mapping]
        message.gids = [mapping]
        return message
    }

    /// The range, which is that of users and groups alike.
    var mapping: Runtime_V1_IDMapping {
        var mapping = Runtime_V1_IDMapping()
        mapping.hostID = hostID
        mapping.containerID = containerID
        mapping.length = length
        return mapping
    }

    /// `nil` for the host's user namespace.
    init?(_ message: Runtime_V1_UserNamespace) {
        guard message.mode == .pod, let mapping = message.uids.first else { return nil }
        self.init(hostID: mapping.hostID, containerID: mapping.containerID, length: mapping.length)
    }
}

extension SELinuxOption {
    var message: Runtime_V1_SELinuxOption {
        var message = Runtime_V1_SELinuxOption()
        message.user = user
        message.role = role
        message.type = type
        message.level = level
        return message
    }
}

extension SupplementalGroupsPolicy {
    var message: Runtime_V1_SupplementalGroupsPolicy {
        switch self {
        case .merge: .merge
        case .strict: .strict
        }
    }
}

extension SecurityProfile {
    var message: Runtime_V1_SecurityProfile {
        var message = Runtime_V1_SecurityProfile()
        switch self {
        case .runtimeDefault:
            message.profileType = .runtimeDefault
        case .unconfined:
            message.profileType = .unconfined
        case .localhost(let reference):
            message.profileType = .localhost
            message.localhostRef = reference
        }
        return message
    }
}

extension Runtime_V1_Int64Value {
    init(_ value: Int64) {
        self.init()
        self.value = value
    }
}
