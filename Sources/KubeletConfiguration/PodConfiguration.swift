package import KubernetesAPI
package import StructuredData

/// How long a container that keeps failing waits at most.
package struct CrashLoopBackOffConfiguration: Sendable, Hashable, FieldTableCodable {
    /// 1 s to 300 s; nil only while the feature gate `KubeletCrashLoopBackOffMax` is off.
    package var maxContainerRestartPeriod: GoDuration?

    package init() {}

    package static let fields = FieldTable<Self> { table in
        table.optional("maxContainerRestartPeriod", \.maxContainerRestartPeriod)
    }
}

/// The grace that pods of this priority and up to the next entry's get when the node shuts down.
package struct ShutdownGracePeriodByPodPriority: Sendable, Hashable, FieldTableCodable {
    package var priority: Int32 = 0
    package var shutdownGracePeriodSeconds: Int64 = 0

    package init() {}

    package static let fields = FieldTable<Self> { table in
        table.always("priority", \.priority)
        table.always("shutdownGracePeriodSeconds", \.shutdownGracePeriodSeconds)
    }
}

/// Memory of one NUMA node that pods don't get.
package struct MemoryReservation: Sendable, Hashable, FieldTableCodable {
    package var numaNode: Int32 = 0
    package var limits: [String: Quantity] = [:]

    package init() {}

    package static let fields = FieldTable<Self> { table in
        table.always("numaNode", \.numaNode)
        table.always("limits", \.limits)
    }
}

/// Whether containers may swap.
package struct MemorySwapConfiguration: Sendable, Hashable, FieldTableCodable {
    /// Empty, `NoSwap` or `LimitedSwap`.
    package var swapBehavior = ""

    package init() {}

    package static let fields = FieldTable<Self> { $0.optional("swapBehavior", \.swapBehavior) }
}

/// How many user and group IDs a pod with its own user namespace gets.
package struct UserNamespacesConfiguration: Sendable, Hashable, FieldTableCodable {
    /// A multiple of 65536.
    package var idsPerPod: Int64?

    package init() {}

    package static let fields = FieldTable<Self> { $0.optional("idsPerPod", \.idsPerPod) }
}
