internal import CRIProtocol
internal import ContainerRuntime

extension ContainerConfiguration {
    /// Throws `ContainerRuntimeError` with code `invalidArgument` when the stop signal is none the CRI knows.
    func message() throws -> Runtime_V1_ContainerConfig {
        var message = Runtime_V1_ContainerConfig()
        message.metadata.name = name
        message.metadata.attempt = attempt
        message.image = image.message
        message.command = command
        message.args = arguments
        message.workingDir = workingDirectory
        message.envs = environment.map(\.message)
        message.mounts = mounts.map(\.message)
        message.devices = devices.map(\.message)
        message.labels = labels
        message.annotations = annotations
        message.logPath = logPath
        message.stdin = stdin
        message.stdinOnce = stdinOnce
        message.tty = tty
        message.linux.resources = resources.message
        message.linux.securityContext = securityContext.message
        if let stopSignal { message.stopSignal = try Runtime_V1_Signal(name: stopSignal) }
        return message
    }
}

extension ImageReference {
    var message: Runtime_V1_ImageSpec {
        var message = Runtime_V1_ImageSpec()
        message.image = image
        message.userSpecifiedImage = userSpecified
        message.runtimeHandler = runtimeHandler
        return message
    }

    init(_ message: Runtime_V1_ImageSpec) {
        self.init(message.image, userSpecified: message.userSpecifiedImage, runtimeHandler: message.runtimeHandler)
    }
}

extension EnvironmentVariable {
    var message: Runtime_V1_KeyValue {
        var message = Runtime_V1_KeyValue()
        message.key = name
        message.value = .init(value.utf8)
        return message
    }
}

extension ContainerMount {
    var message: Runtime_V1_Mount {
        var message = Runtime_V1_Mount()
        message.containerPath = containerPath
        message.hostPath = hostPath
        message.readonly = readOnly
        message.selinuxRelabel = seLinuxRelabel
        message.propagation = propagation.message
        message.recursiveReadOnly = recursiveReadOnly
        if let image {
            message.image = image.message
            message.imageSubPath = imageSubPath
        }
        if let userNamespace {
            message.uidMappings = [userNamespace.mapping]
            message.gidMappings = [userNamespace.mapping]
        }
        return message
    }

    init(_ message: Runtime_V1_Mount) {
        self.init(
            containerPath: message.containerPath, hostPath: message.hostPath, readOnly: message.readonly,
            seLinuxRelabel: message.selinuxRelabel, propagation: Propagation(message.propagation),
            recursiveReadOnly: message.recursiveReadOnly,
            image: message.hasImage ? ImageReference(message.image) : nil, imageSubPath: message.imageSubPath)
    }
}

extension ContainerMount.Propagation {
    var message: Runtime_V1_MountPropagation {
        switch self {
        case .none: .propagationPrivate
        case .hostToContainer: .propagationHostToContainer
        case .bidirectional: .propagationBidirectional
        }
    }

    init(_ message: Runtime_V1_MountPropagation) {
        switch message {
        case .propagationPrivate, .UNRECOGNIZED: self = .none
        case .propagationHostToContainer: self = .hostToContainer
        case .propagationBidirectional: self = .bidirectional
        }
    }
}

extension ContainerDevice {
    var message: Runtime_V1_Device {
        var message = Runtime_V1_Device()
        message.containerPath = containerPath
        message.hostPath = hostPath
        message.permissions = permissions
        return message
    }
}

extension LinuxResources {
    var message: Runtime_V1_LinuxContainerResources {
        var message = Runtime_V1_LinuxContainerResources()
        message.cpuPeriod = cpuPeriod
        message.cpuQuota = cpuQuota
        message.cpuShares = cpuShares
        message.memoryLimitInBytes = memoryLimitBytes
        message.memorySwapLimitInBytes = memorySwapLimitBytes
        message.oomScoreAdj = oomScoreAdjustment
        message.cpusetCpus = cpusetCPUs
        message.cpusetMems = cpusetMemoryNodes
        message.hugepageLimits = hugepageLimits.sorted { $0.key < $1.key }.map { pageSize, limit in
            var message = Runtime_V1_HugepageLimit()
            message.pageSize = pageSize
            message.limit = limit
            return message
        }
        message.unified = unified
        return message
    }
}

extension LinuxContainerSecurityContext {
    var message: Runtime_V1_LinuxContainerSecurityContext {
        var message = Runtime_V1_LinuxContainerSecurityContext()
        message.capabilities.addCapabilities = addCapabilities
        message.capabilities.dropCapabilities = dropCapabilities
        message.privileged = privileged
        message.namespaceOptions = namespaces.message
        if let seLinux { message.selinuxOptions = seLinux.message }
        if let runAsUser { message.runAsUser = .init(runAsUser) }
        if let runAsGroup { message.runAsGroup = .init(runAsGroup) }
        message.runAsUsername = runAsUsername
        message.readonlyRootfs = readOnlyRootFilesystem
        message.supplementalGroups = supplementalGroups
        message.supplementalGroupsPolicy = supplementalGroupsPolicy.message
        message.noNewPrivs = noNewPrivileges
        message.maskedPaths = maskedPaths
        message.readonlyPaths = readOnlyPaths
        if let seccomp { message.seccomp = seccomp.message }
        if let appArmor { message.apparmor = appArmor.message }
        return message
    }
}
