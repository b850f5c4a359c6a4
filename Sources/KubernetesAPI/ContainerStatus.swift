package import StructuredData

/// What is known about one container.
package struct ContainerStatus: FieldTableCodable {
    package var name: String = ""
    package var state: ContainerState = ContainerState()
    package var lastState: ContainerState = ContainerState()
    package var ready: Bool = false
    package var restartCount: Int32 = 0
    package var image: String = ""
    package var imageID: String = ""
    /// With the runtime's scheme: `containerd://…`.
    package var containerID: String = ""
    package var started: Bool?
    package var allocatedResources: ResourceList = [:]
    package var resources: ResourceRequirements?
    package var volumeMounts: [VolumeMountStatus] = []
    package var user: ContainerUser?
    package var allocatedResourcesStatus: [JSONValue] = []
    package var stopSignal: String?

    package init() {}

    package static let fields = FieldTable<ContainerStatus> { table in
        table.always("name", \.name)
        table.optional("state", \.state)
        table.optional("lastState", \.lastState)
        table.always("ready", \.ready)
        table.always("restartCount", \.restartCount)
        table.always("image", \.image)
        table.always("imageID", \.imageID)
        table.optional("containerID", \.containerID)
        table.optional("started", \.started)
        table.optional("allocatedResources", \.allocatedResources)
        table.optional("resources", \.resources)
        table.optional("volumeMounts", \.volumeMounts)
        table.optional("user", \.user)
        table.optional("allocatedResourcesStatus", \.allocatedResourcesStatus)
        table.optional("stopSignal", \.stopSignal)
    }
}

/// What a container is doing; at most one is set, none means waiting.
package struct ContainerState: FieldTableCodable {
    package var waiting: ContainerStateWaiting?
    package var running: ContainerStateRunning?
    package var terminated: ContainerStateTerminated?

    package init() {}

    package static let fields = FieldTable<ContainerState> { table in
        table.optional("waiting", \.waiting)
        table.optional("running", \.running)
        table.optional("terminated", \.terminated)
    }
}

/// Why a container does not run yet.
package struct ContainerStateWaiting: FieldTableCodable {
    package var reason: String = ""
    package var message: String = ""

    package init() {}

    package static let fields = FieldTable<ContainerStateWaiting> { table in
        table.optional("reason", \.reason)
        table.optional("message", \.message)
    }
}

/// Since when a container runs.
package struct ContainerStateRunning: FieldTableCodable {
    package var startedAt: Timestamp?

    package init() {}

    package static let fields = FieldTable<ContainerStateRunning> { table in
        table.optional("startedAt", \.startedAt)
    }
}

/// How a container ended.
package struct ContainerStateTerminated: FieldTableCodable {
    package var exitCode: Int32 = 0
    package var signal: Int32 = 0
    package var reason: String = ""
    package var message: String = ""
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    package var containerID: String = ""

    package init() {}

    package static let fields = FieldTable<ContainerStateTerminated> { table in
        table.always("exitCode", \.exitCode)
        table.optional("signal", \.signal)
        table.optional("reason", \.reason)
        table.optional("message", \.message)
        table.optional("startedAt", \.startedAt)
        table.optional("finishedAt", \.finishedAt)
        table.optional("containerID", \.containerID)
    }
}

/// How a volume is mounted in a container.
package struct VolumeMountStatus: FieldTableCodable {
    package var name: String = ""
    package var mountPath: String = ""
    package var readOnly: Bool = false
    package var recursiveReadOnly: RecursiveReadOnlyMode?
    package var volumeStatus: JSONValue?

    package init() {}

    package static let fields = FieldTable<VolumeMountStatus> { table in
        table.always("name", \.name)
        table.always("mountPath", \.mountPath)
        table.optional("readOnly", \.readOnly)
        table.optional("recursiveReadOnly", \.recursiveReadOnly)
        table.optional("volumeStatus", \.volumeStatus)
    }
}

/// The identity a container runs with.
package struct ContainerUser: FieldTableCodable {
    package var linux: LinuxContainerUser?

    package init() {}

    package static let fields = FieldTable<ContainerUser> { table in
        table.optional("linux", \.linux)
    }
}

/// The identity of a Linux container's first process.
package struct LinuxContainerUser: FieldTableCodable {
    package var uid: Int64 = 0
    package var gid: Int64 = 0
    package var supplementalGroups: [Int64] = []

    package init() {}

    package static let fields = FieldTable<LinuxContainerUser> { table in
        table.always("uid", \.uid)
        table.always("gid", \.gid)
        table.optional("supplementalGroups", \.supplementalGroups)
    }
}
