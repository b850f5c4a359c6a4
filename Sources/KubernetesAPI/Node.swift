package import StructuredData

/// A machine that runs pods.
package struct Node: FieldTableCodable {
    package var kind: String = "Node"
    package var apiVersion: String = "v1"
    package var metadata: ObjectMeta = ObjectMeta()
    package var spec: NodeSpec = NodeSpec()
    package var status: NodeStatus = NodeStatus()

    package init() {}

    package static let fields = FieldTable<Node> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.optional("spec", \.spec)
        table.optional("status", \.status)
    }
}

/// What a node should be.
package struct NodeSpec: FieldTableCodable {
    package var podCIDR: String = ""
    package var podCIDRs: [String] = []
    package var providerID: String = ""
    package var unschedulable: Bool = false
    package var taints: [Taint] = []
    package var configSource: JSONValue?
    package var externalID: String = ""

    package init() {}

    package static let fields = FieldTable<NodeSpec> { table in
        table.optional("podCIDR", \.podCIDR)
        table.optional("podCIDRs", \.podCIDRs)
        table.optional("providerID", \.providerID)
        table.optional("unschedulable", \.unschedulable)
        table.optional("taints", \.taints)
        table.optional("configSource", \.configSource)
        table.optional("externalID", \.externalID)
    }
}

/// What keeps pods off a node.
package struct Taint: FieldTableCodable {
    package var key: String = ""
    package var value: String = ""
    package var effect: TaintEffect = ""
    package var timeAdded: Timestamp?

    package init() {}

    package static let fields = FieldTable<Taint> { table in
        table.always("key", \.key)
        table.optional("value", \.value)
        table.always("effect", \.effect)
        table.optional("timeAdded", \.timeAdded)
    }
}

/// What is known about a node.
package struct NodeStatus: FieldTableCodable {
    package var capacity: ResourceList = [:]
    package var allocatable: ResourceList = [:]
    package var phase: String = ""
    package var conditions: [NodeCondition] = []
    package var addresses: [NodeAddress] = []
    package var daemonEndpoints: NodeDaemonEndpoints = NodeDaemonEndpoints()
    package var nodeInfo: NodeSystemInfo = NodeSystemInfo()
    package var images: [ContainerImage] = []
    package var volumesInUse: [String] = []
    package var volumesAttached: [AttachedVolume] = []
    package var config: JSONValue?
    package var runtimeHandlers: [NodeRuntimeHandler] = []
    package var features: NodeFeatures?
    package var declaredFeatures: [String] = []

    package init() {}

    package static let fields = FieldTable<NodeStatus> { table in
        table.optional("capacity", \.capacity)
        table.optional("allocatable", \.allocatable)
        table.optional("phase", \.phase)
        table.optional("conditions", \.conditions)
        table.optional("addresses", \.addresses)
        table.optional("daemonEndpoints", \.daemonEndpoints)
        table.optional("nodeInfo", \.nodeInfo)
        table.optional("images", \.images)
        table.optional("volumesInUse", \.volumesInUse)
        table.optional("volumesAttached", \.volumesAttached)
        table.optional("config", \.config)
        table.optional("runtimeHandlers", \.runtimeHandlers)
        table.optional("features", \.features)
        table.optional("declaredFeatures", \.declaredFeatures)
    }
}

/// Something that is true of a node, or not.
package struct NodeCondition: FieldTableCodable {
    package var type: NodeConditionType = ""
    package var status: ConditionStatus = ""
    package var lastHeartbeatTime: Timestamp?
    package var lastTransitionTime: Timestamp?
    package var reason: String = ""
    package var message: String = ""

    package init() {}

    package static let fields = FieldTable<NodeCondition> { table in
        table.always("type", \.type)
        table.always("status", \.status)
        table.optional("lastHeartbeatTime", \.lastHeartbeatTime)
        table.optional("lastTransitionTime", \.lastTransitionTime)
        table.optional("reason", \.reason)
        table.optional("message", \.message)
    }
}

/// The name of a node condition.
package struct NodeConditionType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let ready: NodeConditionType = "Ready"
    package static let memoryPressure: NodeConditionType = "MemoryPressure"
    package static let diskPressure: NodeConditionType = "DiskPressure"
    package static let pidPressure: NodeConditionType = "PIDPressure"
    package static let networkUnavailable: NodeConditionType = "NetworkUnavailable"
}

/// A name or address under which a node is reached.
package struct NodeAddress: FieldTableCodable {
    package var type: NodeAddressType = ""
    package var address: String = ""

    package init() {}

    package static let fields = FieldTable<NodeAddress> { table in
        table.always("type", \.type)
        table.always("address", \.address)
    }
}

/// What kind of address it is.
package struct NodeAddressType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let hostname: NodeAddressType = "Hostname"
    package static let internalIP: NodeAddressType = "InternalIP"
    package static let externalIP: NodeAddressType = "ExternalIP"
    package static let internalDNS: NodeAddressType = "InternalDNS"
    package static let externalDNS: NodeAddressType = "ExternalDNS"
}

/// The ports of a node's daemons.
package struct NodeDaemonEndpoints: FieldTableCodable {
    package var kubeletEndpoint: DaemonEndpoint = DaemonEndpoint()

    package init() {}

    package static let fields = FieldTable<NodeDaemonEndpoints> { table in
        table.optional("kubeletEndpoint", \.kubeletEndpoint)
    }
}

/// The port of a daemon.
package struct DaemonEndpoint: FieldTableCodable {
    package var port: Int32 = 0

    package init() {}

    package static let fields = FieldTable<DaemonEndpoint> { table in
        table.always("Port", \.port)
    }
}

/// What a node is made of.
package struct NodeSystemInfo: FieldTableCodable {
    package var machineID: String = ""
    package var systemUUID: String = ""
    package var bootID: String = ""
    package var kernelVersion: String = ""
    package var osImage: String = ""
    package var containerRuntimeVersion: String = ""
    package var kubeletVersion: String = ""
    package var kubeProxyVersion: String = ""
    package var operatingSystem: String = ""
    package var architecture: String = ""
    package var swap: NodeSwapStatus?

    package init() {}

    package static let fields = FieldTable<NodeSystemInfo> { table in
        table.always("machineID", \.machineID)
        table.always("systemUUID", \.systemUUID)
        table.always("bootID", \.bootID)
        table.always("kernelVersion", \.kernelVersion)
        table.always("osImage", \.osImage)
        table.always("containerRuntimeVersion", \.containerRuntimeVersion)
        table.always("kubeletVersion", \.kubeletVersion)
        table.always("kubeProxyVersion", \.kubeProxyVersion)
        table.always("operatingSystem", \.operatingSystem)
        table.always("architecture", \.architecture)
        table.optional("swap", \.swap)
    }
}

/// The swap space of a node, in bytes.
package struct NodeSwapStatus: FieldTableCodable {
    package var capacity: Int64?

    package init() {}

    package static let fields = FieldTable<NodeSwapStatus> { table in
        table.optional("capacity", \.capacity)
    }
}

/// An image that is on a node.
package struct ContainerImage: FieldTableCodable {
    package var names: [String] = []
    package var sizeBytes: Int64 = 0

    package init() {}

    package static let fields = FieldTable<ContainerImage> { table in
        table.always("names", \.names)
        table.optional("sizeBytes", \.sizeBytes)
    }
}

/// A volume attached to a node.
package struct AttachedVolume: FieldTableCodable {
    package var name: String = ""
    package var devicePath: String = ""

    package init() {}

    package static let fields = FieldTable<AttachedVolume> { table in
        table.always("name", \.name)
        table.always("devicePath", \.devicePath)
    }
}

/// A handler of the container runtime.
package struct NodeRuntimeHandler: FieldTableCodable {
    package var name: String = ""
    package var features: NodeRuntimeHandlerFeatures?

    package init() {}

    package static let fields = FieldTable<NodeRuntimeHandler> { table in
        table.always("name", \.name)
        table.optional("features", \.features)
    }
}

/// What a runtime handler can do.
package struct NodeRuntimeHandlerFeatures: FieldTableCodable {
    package var recursiveReadOnlyMounts: Bool?
    package var userNamespaces: Bool?

    package init() {}

    package static let fields = FieldTable<NodeRuntimeHandlerFeatures> { table in
        table.optional("recursiveReadOnlyMounts", \.recursiveReadOnlyMounts)
        table.optional("userNamespaces", \.userNamespaces)
    }
}

/// What the container runtime can do.
package struct NodeFeatures: FieldTableCodable {
    package var supplementalGroupsPolicy: Bool?

    package init() {}

    package static let fields = FieldTable<NodeFeatures> { table in
        table.optional("supplementalGroupsPolicy", \.supplementalGroupsPolicy)
    }
}
