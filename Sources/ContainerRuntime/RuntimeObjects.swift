package import KubernetesAPI

/// A pod sandbox as the runtime reports it.
package struct RuntimeSandbox: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case ready, notReady
    }

    package var id: SandboxID
    /// The name, namespace, UID and attempt it was made with.
    package var metadata: SandboxMetadata
    package var state: State
    package var createdAt: Timestamp
    /// The pod's IP addresses, the primary one first; empty on the host's network.
    package var addresses: [String]
    /// Which namespaces it has of its own.
    package var namespaces: NamespaceOptions
    package var labels: [String: String]
    package var annotations: [String: String]
    package var runtimeHandler: String

    package init(
        id: SandboxID, metadata: SandboxMetadata, state: State, createdAt: Timestamp, addresses: [String] = [],
        namespaces: NamespaceOptions = NamespaceOptions(), labels: [String: String] = [:],
        annotations: [String: String] = [:], runtimeHandler: String = ""
    ) {
        self.id = id
        self.metadata = metadata
        self.state = state
        self.createdAt = createdAt
        self.addresses = addresses
        self.namespaces = namespaces
        self.labels = labels
        self.annotations = annotations
        self.runtimeHandler = runtimeHandler
    }
}

/// A container as the runtime reports it.
package struct RuntimeContainer: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case created, running, exited, unknown
    }

    package var id: ContainerID
    package var sandboxID: SandboxID
    /// The container's name in the pod's spec.
    package var name: String
    package var attempt: UInt32
    package var state: State
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    package var exitCode: Int32
    /// The image as the spec named it.
    package var image: String
    /// The image as the runtime resolved it, with its digest.
    package var imageRef: String
    package var imageID: String
    /// `OOMKilled`, `Error`, `Completed` or what else the runtime says.
    package var reason: String
    package var message: String
    package var labels: [String: String]
    package var annotations: [String: String]
    package var mounts: [ContainerMount]
    package var logPath: String
    /// The amounts it has, as far as the runtime tells.
    package var amounts: RuntimeAmounts?
    /// Whom its first process was started as, if the runtime tells.
    package var user: RuntimeUser?
    /// The signal that asks it to end, if the runtime tells.
    package var stopSignal: String?

    package init(
        id: ContainerID, sandboxID: SandboxID, name: String, attempt: UInt32 = 0, state: State,
        createdAt: Timestamp, startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, exitCode: Int32 = 0,
        image: String = "", imageRef: String = "", imageID: String = "", reason: String = "", message: String = "",
        labels: [String: String] = [:], annotations: [String: String] = [:], mounts: [ContainerMount] = [],
        logPath: String = ""
    ) {
        self.id = id
        self.sandboxID = sandboxID
        self.name = name
        self.attempt = attempt
        self.state = state
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.exitCode = exitCode
        self.image = image
        self.imageRef = imageRef
        self.imageID = imageID
        self.reason = reason
        self.message = message
        self.labels = labels
        self.annotations = annotations
        self.mounts = mounts
        self.logPath = logPath
    }
}

package struct RuntimeImage: Sendable, Hashable {
    package var id: String
    package var repoTags: [String]
    package var repoDigests: [String]
    /// Bytes.
    package var size: UInt64
    /// The numeric user the image runs as, when it names one.
    package var uid: Int64?
    /// The named user the image runs as, when it names one.
    package var username: String
    package var pinned: Bool

    package init(
        id: String, repoTags: [String] = [], repoDigests: [String] = [], size: UInt64 = 0, uid: Int64? = nil,
        username: String = "", pinned: Bool = false
    ) {
        self.id = id
        self.repoTags = repoTags
        self.repoDigests = repoDigests
        self.size = size
        self.uid = uid
        self.username = username
        self.pinned = pinned
    }
}

/// Resource use of one container; what the runtime doesn't report is `nil`.
package struct RuntimeContainerStats: Sendable, Hashable {
    package var id: ContainerID
    package var labels: [String: String]
    package var timestamp: Timestamp
    /// Total CPU time in nanoseconds.
    package var cpuNanoseconds: UInt64?
    /// Memory that can't be reclaimed at once, in bytes.
    package var memoryWorkingSetBytes: UInt64?
    package var memoryUsageBytes: UInt64?
    /// Bytes of the container's writable layer.
    package var writableLayerBytes: UInt64?
    package var writableLayerInodes: UInt64?

    package init(id: ContainerID, labels: [String: String], timestamp: Timestamp) {
        self.id = id
        self.labels = labels
        self.timestamp = timestamp
    }
}

package struct FileSystemUsage: Sendable, Hashable {
    package var mountpoint: String
    package var usedBytes: UInt64
    package var usedInodes: UInt64

    package init(mountpoint: String, usedBytes: UInt64, usedInodes: UInt64) {
        self.mountpoint = mountpoint
        self.usedBytes = usedBytes
        self.usedInodes = usedInodes
    }
}
