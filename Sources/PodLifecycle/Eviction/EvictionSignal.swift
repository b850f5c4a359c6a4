package import KubernetesAPI

/// What a node can run short of, as thresholds name it (upstream: `pkg/kubelet/eviction/api/types.go`).
package enum EvictionSignal: String, Sendable, Hashable, CaseIterable {
    case memoryAvailable = "memory.available"
    /// What all pods together may still have.
    case allocatableMemoryAvailable = "allocatableMemory.available"
    case nodefsAvailable = "nodefs.available"
    case nodefsInodesFree = "nodefs.inodesFree"
    case imagefsAvailable = "imagefs.available"
    case imagefsInodesFree = "imagefs.inodesFree"
    case pidAvailable = "pid.available"

    /// What the node's condition calls the shortage.
    package var pressure: NodePressure {
        switch self {
        case .memoryAvailable, .allocatableMemoryAvailable: .memory
        case .nodefsAvailable, .nodefsInodesFree, .imagefsAvailable, .imagefsInodesFree: .disk
        case .pidAvailable: .pid
        }
    }

    /// Whether it is about the file system of images.
    package var isOfImages: Bool { self == .imagefsAvailable || self == .imagefsInodesFree }

    /// What pods use of it.
    package var resource: String {
        switch self {
        case .memoryAvailable, .allocatableMemoryAvailable: "memory"
        case .nodefsAvailable, .imagefsAvailable: "ephemeral-storage"
        case .nodefsInodesFree, .imagefsInodesFree: "inodes"
        case .pidAvailable: "pids"
        }
    }
}

/// A shortage, as the node shows it.
package enum NodePressure: Sendable, Hashable, CaseIterable {
    case memory, disk, pid

    package var conditionType: NodeConditionType {
        switch self {
        case .memory: .memoryPressure
        case .disk: .diskPressure
        case .pid: .pidPressure
        }
    }

    /// Reason and message of the node's condition, as upstream words them (`pkg/kubelet/nodestatus/setters.go`).
    package func words(isPresent: Bool) -> (reason: String, message: String) {
        switch (self, isPresent) {
        case (.memory, true): ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
        case (.memory, false): ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")
        case (.disk, true): ("KubeletHasDiskPressure", "kubelet has disk pressure")
        case (.disk, false): ("KubeletHasNoDiskPressure", "kubelet has no disk pressure")
        case (.pid, true): ("KubeletHasInsufficientPID", "kubelet has insufficient PID available")
        case (.pid, false): ("KubeletHasSufficientPID", "kubelet has sufficient PID available")
        }
    }
}

/// How much there is, and how much there could be. Bytes, or a count.
package struct SignalObservation: Sendable, Hashable {
    package var available: Int64
    package var capacity: Int64

    package init(available: Int64, capacity: Int64) {
        self.available = available
        self.capacity = capacity
    }
}
