package import StructuredData

/// What is known about a pod.
package struct PodStatus: FieldTableCodable {
    package var observedGeneration: Int64 = 0
    package var phase: PodPhase = ""
    package var conditions: [PodCondition] = []
    package var message: String = ""
    package var reason: String = ""
    package var nominatedNodeName: String = ""
    package var hostIP: String = ""
    package var hostIPs: [HostIP] = []
    package var podIP: String = ""
    package var podIPs: [PodIP] = []
    package var startTime: Timestamp?
    package var initContainerStatuses: [ContainerStatus] = []
    package var containerStatuses: [ContainerStatus] = []
    package var qosClass: PodQOSClass = ""
    package var ephemeralContainerStatuses: [ContainerStatus] = []
    package var resize: String = ""
    package var resourceClaimStatuses: [PodResourceClaimStatus] = []
    package var extendedResourceClaimStatus: JSONValue?
    package var allocatedResources: ResourceList = [:]
    package var resources: ResourceRequirements?
    package var nodeAllocatableResourceClaimStatuses: [JSONValue] = []

    package init() {}

    package static let fields = FieldTable<PodStatus> { table in
        table.optional("observedGeneration", \.observedGeneration)
        table.optional("phase", \.phase)
        table.optional("conditions", \.conditions)
        table.optional("message", \.message)
        table.optional("reason", \.reason)
        table.optional("nominatedNodeName", \.nominatedNodeName)
        table.optional("hostIP", \.hostIP)
        table.optional("hostIPs", \.hostIPs)
        table.optional("podIP", \.podIP)
        table.optional("podIPs", \.podIPs)
        table.optional("startTime", \.startTime)
        table.optional("initContainerStatuses", \.initContainerStatuses)
        table.optional("containerStatuses", \.containerStatuses)
        table.optional("qosClass", \.qosClass)
        table.optional("ephemeralContainerStatuses", \.ephemeralContainerStatuses)
        table.optional("resize", \.resize)
        table.optional("resourceClaimStatuses", \.resourceClaimStatuses)
        table.optional("extendedResourceClaimStatus", \.extendedResourceClaimStatus)
        table.optional("allocatedResources", \.allocatedResources)
        table.optional("resources", \.resources)
        table.optional("nodeAllocatableResourceClaimStatuses", \.nodeAllocatableResourceClaimStatuses)
    }
}

/// Where a pod is in its life.
package struct PodPhase: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let pending: PodPhase = "Pending"
    package static let running: PodPhase = "Running"
    package static let succeeded: PodPhase = "Succeeded"
    package static let failed: PodPhase = "Failed"
    package static let unknown: PodPhase = "Unknown"

    /// Whether the pod has ended for good.
    package var isTerminal: Bool { self == .succeeded || self == .failed }
}

/// How a pod is treated when resources run short.
package struct PodQOSClass: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let guaranteed: PodQOSClass = "Guaranteed"
    package static let burstable: PodQOSClass = "Burstable"
    package static let bestEffort: PodQOSClass = "BestEffort"
}

/// Something that is true of a pod, or not.
package struct PodCondition: FieldTableCodable {
    package var type: PodConditionType = ""
    package var observedGeneration: Int64 = 0
    package var status: ConditionStatus = ""
    package var lastProbeTime: Timestamp?
    package var lastTransitionTime: Timestamp?
    package var reason: String = ""
    package var message: String = ""

    package init() {}

    package static let fields = FieldTable<PodCondition> { table in
        table.always("type", \.type)
        table.optional("observedGeneration", \.observedGeneration)
        table.always("status", \.status)
        table.optional("lastProbeTime", \.lastProbeTime)
        table.optional("lastTransitionTime", \.lastTransitionTime)
        table.optional("reason", \.reason)
        table.optional("message", \.message)
    }
}

/// The name of a pod condition.
package struct PodConditionType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let podScheduled: PodConditionType = "PodScheduled"
    package static let ready: PodConditionType = "Ready"
    package static let containersReady: PodConditionType = "ContainersReady"
    package static let initialized: PodConditionType = "Initialized"
    package static let podReadyToStartContainers: PodConditionType = "PodReadyToStartContainers"
    package static let allContainersRestarting: PodConditionType = "AllContainersRestarting"
    package static let disruptionTarget: PodConditionType = "DisruptionTarget"
    package static let podResizePending: PodConditionType = "PodResizePending"
    package static let podResizeInProgress: PodConditionType = "PodResizeInProgress"
}

/// Whether a condition holds.
package struct ConditionStatus: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let `true`: ConditionStatus = "True"
    package static let `false`: ConditionStatus = "False"
    package static let unknown: ConditionStatus = "Unknown"
}

/// An address of a pod.
package struct PodIP: FieldTableCodable {
    package var ip: String = ""

    package init() {}

    package static let fields = FieldTable<PodIP> { table in
        table.always("ip", \.ip)
    }
}

/// An address of a pod's node.
package struct HostIP: FieldTableCodable {
    package var ip: String = ""

    package init() {}

    package static let fields = FieldTable<HostIP> { table in
        table.always("ip", \.ip)
    }
}

/// Which claim was made for a pod.
package struct PodResourceClaimStatus: FieldTableCodable {
    package var name: String = ""
    package var resourceClaimName: String?

    package init() {}

    package static let fields = FieldTable<PodResourceClaimStatus> { table in
        table.always("name", \.name)
        table.optional("resourceClaimName", \.resourceClaimName)
    }
}
