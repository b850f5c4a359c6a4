internal import CRIProtocol
internal import ContainerRuntime
internal import KubernetesAPI

extension RuntimeSandbox {
    init(_ message: Runtime_V1_PodSandbox) {
        self.init(
            id: SandboxID(message.id), metadata: SandboxMetadata(message.metadata), state: State(message.state),
            createdAt: Timestamp(nanosecondsSince1970: message.createdAt), labels: message.labels,
            annotations: message.annotations, runtimeHandler: message.runtimeHandler)
    }

    init(_ message: Runtime_V1_PodSandboxStatus) {
        let addresses = [message.network.ip] + message.network.additionalIps.map(\.ip)
        self.init(
            id: SandboxID(message.id), metadata: SandboxMetadata(message.metadata), state: State(message.state),
            createdAt: Timestamp(nanosecondsSince1970: message.createdAt), addresses: addresses.filter { !$0.isEmpty },
            namespaces: NamespaceOptions(message.linux.namespaces.options), labels: message.labels,
            annotations: message.annotations, runtimeHandler: message.runtimeHandler)
    }
}

extension RuntimeSandbox.State {
    init(_ message: Runtime_V1_PodSandboxState) {
        switch message {
        case .sandboxReady: self = .ready
        case .sandboxNotready, .UNRECOGNIZED: self = .notReady
        }
    }
}

extension RuntimeContainer {
    init(_ message: Runtime_V1_Container) {
        self.init(
            id: ContainerID(message.id), sandboxID: SandboxID(message.podSandboxID), name: message.metadata.name,
            attempt: message.metadata.attempt, state: State(message.state),
            createdAt: Timestamp(nanosecondsSince1970: message.createdAt), image: message.image.asSpecified,
            imageRef: message.imageRef, imageID: message.imageID, labels: message.labels,
            annotations: message.annotations)
    }

    /// A status doesn't name the container's sandbox: `sandboxID` is the caller's to fill, from a list.
    init(_ message: Runtime_V1_ContainerStatus) {
        self.init(
            id: ContainerID(message.id), sandboxID: SandboxID(""), name: message.metadata.name,
            attempt: message.metadata.attempt, state: State(message.state),
            createdAt: Timestamp(nanosecondsSince1970: message.createdAt),
            startedAt: Timestamp(unlessZero: message.startedAt), finishedAt: Timestamp(unlessZero: message.finishedAt),
            exitCode: message.exitCode, image: message.image.asSpecified, imageRef: message.imageRef,
            imageID: message.imageID, reason: message.reason, message: message.message, labels: message.labels,
            annotations: message.annotations, mounts: message.mounts.map(ContainerMount.init),
            logPath: message.logPath)
        if message.hasResources, message.resources.hasLinux { amounts = RuntimeAmounts(message.resources.linux) }
        if message.hasUser, message.user.hasLinux { user = RuntimeUser(message.user.linux) }
        stopSignal = message.stopSignal.name
    }
}

extension RuntimeAmounts {
    init(_ message: Runtime_V1_LinuxContainerResources) {
        self.init(
            cpuPeriod: message.cpuPeriod, cpuQuota: message.cpuQuota, cpuShares: message.cpuShares,
            memoryLimitBytes: message.memoryLimitInBytes)
    }
}

extension RuntimeUser {
    init(_ message: Runtime_V1_LinuxContainerUser) {
        self.init(userID: message.uid, groupID: message.gid, supplementalGroups: message.supplementalGroups)
    }
}

extension RuntimeContainer.State {
    init(_ message: Runtime_V1_ContainerState) {
        switch message {
        case .containerCreated: self = .created
        case .containerRunning: self = .running
        case .containerExited: self = .exited
        case .containerUnknown, .UNRECOGNIZED: self = .unknown
        }
    }
}

extension Timestamp {
    /// The CRI's nanoseconds, in which 0 means that the moment hasn't come.
    fileprivate init?(unlessZero nanoseconds: Int64) {
        guard nanoseconds != 0 else { return nil }
        self.init(nanosecondsSince1970: nanoseconds)
    }
}

extension Runtime_V1_ImageSpec {
    fileprivate var asSpecified: String { userSpecifiedImage.isEmpty ? image : userSpecifiedImage }
}

extension RuntimeImage {
    init(_ message: Runtime_V1_Image) {
        self.init(
            id: message.id, repoTags: message.repoTags, repoDigests: message.repoDigests, size: message.size,
            uid: message.hasUid ? message.uid.value : nil, username: message.username, pinned: message.pinned)
    }
}

extension RuntimeContainerStats {
    init(_ message: Runtime_V1_ContainerStats) {
        self.init(
            id: ContainerID(message.attributes.id), labels: message.attributes.labels,
            timestamp: Timestamp(nanosecondsSince1970: max(message.cpu.timestamp, message.memory.timestamp)))
        if message.cpu.hasUsageCoreNanoSeconds { cpuNanoseconds = message.cpu.usageCoreNanoSeconds.value }
        if message.memory.hasWorkingSetBytes { memoryWorkingSetBytes = message.memory.workingSetBytes.value }
        if message.memory.hasUsageBytes { memoryUsageBytes = message.memory.usageBytes.value }
        if message.writableLayer.hasUsedBytes { writableLayerBytes = message.writableLayer.usedBytes.value }
        if message.writableLayer.hasInodesUsed { writableLayerInodes = message.writableLayer.inodesUsed.value }
    }
}

extension FileSystemUsage {
    init(_ message: Runtime_V1_FilesystemUsage) {
        self.init(
            mountpoint: message.fsID.mountpoint, usedBytes: message.usedBytes.value,
            usedInodes: message.inodesUsed.value)
    }
}

extension RuntimeStatus {
    init(_ message: Runtime_V1_StatusResponse) {
        let conditions = message.status.conditions.map {
            Condition(type: $0.type, status: $0.status, reason: $0.reason, message: $0.message)
        }
        let handlers = message.runtimeHandlers.map {
            Handler(
                name: $0.name, recursiveReadOnlyMounts: $0.features.recursiveReadOnlyMounts,
                userNamespaces: $0.features.userNamespaces)
        }
        self.init(
            conditions: conditions, handlers: handlers,
            supplementalGroupsPolicy: message.features.supplementalGroupsPolicy)
    }
}
