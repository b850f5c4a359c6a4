package import StructuredData

/// What a pod should be.
package struct PodSpec: FieldTableCodable {
    package var volumes: [Volume] = []
    package var initContainers: [Container] = []
    package var containers: [Container] = []
    package var ephemeralContainers: [EphemeralContainer] = []
    package var restartPolicy: RestartPolicy = ""
    package var terminationGracePeriodSeconds: Int64?
    package var activeDeadlineSeconds: Int64?
    package var dnsPolicy: DNSPolicy = ""
    package var nodeSelector: [String: String] = [:]
    package var serviceAccountName: String = ""
    /// The deprecated name of `serviceAccountName`.
    package var serviceAccount: String = ""
    package var automountServiceAccountToken: Bool?
    package var nodeName: String = ""
    package var hostNetwork: Bool = false
    package var hostPID: Bool = false
    package var hostIPC: Bool = false
    package var shareProcessNamespace: Bool?
    package var securityContext: PodSecurityContext?
    package var imagePullSecrets: [LocalObjectReference] = []
    package var hostname: String = ""
    package var subdomain: String = ""
    package var affinity: Affinity?
    package var schedulerName: String = ""
    package var tolerations: [Toleration] = []
    package var hostAliases: [HostAlias] = []
    package var priorityClassName: String = ""
    package var priority: Int32?
    package var dnsConfig: PodDNSConfig?
    package var readinessGates: [PodReadinessGate] = []
    package var runtimeClassName: String?
    package var enableServiceLinks: Bool?
    package var preemptionPolicy: PreemptionPolicy?
    package var overhead: ResourceList = [:]
    package var topologySpreadConstraints: [TopologySpreadConstraint] = []
    package var setHostnameAsFQDN: Bool?
    package var os: PodOS?
    package var hostUsers: Bool?
    package var schedulingGates: [PodSchedulingGate] = []
    package var resourceClaims: [PodResourceClaim] = []
    package var resources: ResourceRequirements?
    package var hostnameOverride: String?
    package var schedulingGroup: PodSchedulingGroup?

    package init() {}

    package static let fields = FieldTable<PodSpec> { table in
        table.optional("volumes", \.volumes)
        table.optional("initContainers", \.initContainers)
        table.always("containers", \.containers)
        table.optional("ephemeralContainers", \.ephemeralContainers)
        table.optional("restartPolicy", \.restartPolicy)
        table.optional("terminationGracePeriodSeconds", \.terminationGracePeriodSeconds)
        table.optional("activeDeadlineSeconds", \.activeDeadlineSeconds)
        table.optional("dnsPolicy", \.dnsPolicy)
        table.optional("nodeSelector", \.nodeSelector)
        table.optional("serviceAccountName", \.serviceAccountName)
        table.optional("serviceAccount", \.serviceAccount)
        table.optional("automountServiceAccountToken", \.automountServiceAccountToken)
        table.optional("nodeName", \.nodeName)
        table.optional("hostNetwork", \.hostNetwork)
        table.optional("hostPID", \.hostPID)
        table.optional("hostIPC", \.hostIPC)
        table.optional("shareProcessNamespace", \.shareProcessNamespace)
        table.optional("securityContext", \.securityContext)
        table.optional("imagePullSecrets", \.imagePullSecrets)
        table.optional("hostname", \.hostname)
        table.optional("subdomain", \.subdomain)
        table.optional("affinity", \.affinity)
        table.optional("schedulerName", \.schedulerName)
        table.optional("tolerations", \.tolerations)
        table.optional("hostAliases", \.hostAliases)
        table.optional("priorityClassName", \.priorityClassName)
        table.optional("priority", \.priority)
        table.optional("dnsConfig", \.dnsConfig)
        table.optional("readinessGates", \.readinessGates)
        table.optional("runtimeClassName", \.runtimeClassName)
        table.optional("enableServiceLinks", \.enableServiceLinks)
        table.optional("preemptionPolicy", \.preemptionPolicy)
        table.optional("overhead", \.overhead)
        table.optional("topologySpreadConstraints", \.topologySpreadConstraints)
        table.optional("setHostnameAsFQDN", \.setHostnameAsFQDN)
        table.optional("os", \.os)
        table.optional("hostUsers", \.hostUsers)
        table.optional("schedulingGates", \.schedulingGates)
        table.optional("resourceClaims", \.resourceClaims)
        table.optional("resources", \.resources)
        table.optional("hostnameOverride", \.hostnameOverride)
        table.optional("schedulingGroup", \.schedulingGroup)
    }
}

/// When containers of a pod are started again.
package struct RestartPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let always: RestartPolicy = "Always"
    package static let onFailure: RestartPolicy = "OnFailure"
    package static let never: RestartPolicy = "Never"
}

/// Where a pod's resolver configuration comes from.
package struct DNSPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let clusterFirst: DNSPolicy = "ClusterFirst"
    package static let clusterFirstWithHostNet: DNSPolicy = "ClusterFirstWithHostNet"
    package static let useDefault: DNSPolicy = "Default"
    package static let none: DNSPolicy = "None"
}

/// Whether a pod may displace others.
package struct PreemptionPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let preemptLowerPriority: PreemptionPolicy = "PreemptLowerPriority"
    package static let never: PreemptionPolicy = "Never"
}

/// Resolver settings added to those of the DNS policy.
package struct PodDNSConfig: FieldTableCodable {
    package var nameservers: [String] = []
    package var searches: [String] = []
    package var options: [PodDNSConfigOption] = []

    package init() {}

    package static let fields = FieldTable<PodDNSConfig> { table in
        table.optional("nameservers", \.nameservers)
        table.optional("searches", \.searches)
        table.optional("options", \.options)
    }
}

/// One resolver option, such as `ndots:5`.
package struct PodDNSConfigOption: FieldTableCodable {
    package var name: String = ""
    package var value: String?

    package init() {}

    package static let fields = FieldTable<PodDNSConfigOption> { table in
        table.optional("name", \.name)
        table.optional("value", \.value)
    }
}

/// A line of the pod's hosts file.
package struct HostAlias: FieldTableCodable {
    package var ip: String = ""
    package var hostnames: [String] = []

    package init() {}

    package static let fields = FieldTable<HostAlias> { table in
        table.always("ip", \.ip)
        table.optional("hostnames", \.hostnames)
    }
}

/// A condition that others set and that must be true before the pod is ready.
package struct PodReadinessGate: FieldTableCodable {
    package var conditionType: PodConditionType = ""

    package init() {}

    package static let fields = FieldTable<PodReadinessGate> { table in
        table.always("conditionType", \.conditionType)
    }
}

/// The operating system that a pod is for.
package struct PodOS: FieldTableCodable {
    package var name: String = ""

    package init() {}

    package static let fields = FieldTable<PodOS> { table in
        table.always("name", \.name)
    }
}

/// Something that keeps a pod from being scheduled until it is removed.
package struct PodSchedulingGate: FieldTableCodable {
    package var name: String = ""

    package init() {}

    package static let fields = FieldTable<PodSchedulingGate> { table in
        table.always("name", \.name)
    }
}

/// The group that a pod is scheduled with.
package struct PodSchedulingGroup: FieldTableCodable {
    package var podGroupName: String?

    package init() {}

    package static let fields = FieldTable<PodSchedulingGroup> { table in
        table.optional("podGroupName", \.podGroupName)
    }
}

/// A dynamic resource that a pod uses. Static pods may not.
package struct PodResourceClaim: FieldTableCodable {
    package var name: String = ""
    package var resourceClaimName: String?
    package var resourceClaimTemplateName: String?

    package init() {}

    package static let fields = FieldTable<PodResourceClaim> { table in
        table.always("name", \.name)
        table.optional("resourceClaimName", \.resourceClaimName)
        table.optional("resourceClaimTemplateName", \.resourceClaimTemplateName)
    }
}
