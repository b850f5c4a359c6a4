package import StructuredData

/// One container of a pod: a regular one, or an init container.
package struct Container: FieldTableCodable {
    package var name: String = ""
    package var image: String = ""
    /// The entry point; the image's own if empty.
    package var command: [String] = []
    package var args: [String] = []
    package var workingDir: String = ""
    package var ports: [ContainerPort] = []
    package var envFrom: [EnvFromSource] = []
    package var env: [EnvVar] = []
    package var resources: ResourceRequirements = ResourceRequirements()
    package var resizePolicy: [ContainerResizePolicy] = []
    /// `Always` makes an init container a sidecar.
    package var restartPolicy: ContainerRestartPolicy?
    package var restartPolicyRules: [ContainerRestartRule] = []
    package var volumeMounts: [VolumeMount] = []
    package var volumeDevices: [VolumeDevice] = []
    package var livenessProbe: Probe?
    package var readinessProbe: Probe?
    package var startupProbe: Probe?
    package var lifecycle: Lifecycle?
    package var terminationMessagePath: String = ""
    package var terminationMessagePolicy: TerminationMessagePolicy = ""
    package var imagePullPolicy: PullPolicy = ""
    package var securityContext: SecurityContext?
    package var stdin: Bool = false
    package var stdinOnce: Bool = false
    package var tty: Bool = false

    package init() {}

    package static let fields = FieldTable<Container> { table in
        table.always("name", \.name)
        table.optional("image", \.image)
        table.optional("command", \.command)
        table.optional("args", \.args)
        table.optional("workingDir", \.workingDir)
        table.optional("ports", \.ports)
        table.optional("envFrom", \.envFrom)
        table.optional("env", \.env)
        table.always("resources", \.resources)
        table.optional("resizePolicy", \.resizePolicy)
        table.optional("restartPolicy", \.restartPolicy)
        table.optional("restartPolicyRules", \.restartPolicyRules)
        table.optional("volumeMounts", \.volumeMounts)
        table.optional("volumeDevices", \.volumeDevices)
        table.optional("livenessProbe", \.livenessProbe)
        table.optional("readinessProbe", \.readinessProbe)
        table.optional("startupProbe", \.startupProbe)
        table.optional("lifecycle", \.lifecycle)
        table.optional("terminationMessagePath", \.terminationMessagePath)
        table.optional("terminationMessagePolicy", \.terminationMessagePolicy)
        table.optional("imagePullPolicy", \.imagePullPolicy)
        table.optional("securityContext", \.securityContext)
        table.optional("stdin", \.stdin)
        table.optional("stdinOnce", \.stdinOnce)
        table.optional("tty", \.tty)
    }
}

/// A container added to a running pod for debugging.
package struct EphemeralContainer: FieldTableCodable {
    package var common = Container()
    package var targetContainerName: String = ""

    package init() {}

    package static let fields = FieldTable<EphemeralContainer> { table in
        table.inline(\.common)
        table.optional("targetContainerName", \.targetContainerName)
    }
}

/// When this one container is started again, whatever its pod says.
package struct ContainerRestartPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let always: ContainerRestartPolicy = "Always"
    package static let onFailure: ContainerRestartPolicy = "OnFailure"
    package static let never: ContainerRestartPolicy = "Never"
}

/// When an image is pulled.
package struct PullPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let always: PullPolicy = "Always"
    package static let ifNotPresent: PullPolicy = "IfNotPresent"
    package static let never: PullPolicy = "Never"
}

/// Where a container's last words are read from.
package struct TerminationMessagePolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let file: TerminationMessagePolicy = "File"
    package static let fallbackToLogsOnError: TerminationMessagePolicy = "FallbackToLogsOnError"
}

/// What to do when a container ended in a certain way.
package struct ContainerRestartRule: FieldTableCodable {
    package var action: ContainerRestartRuleAction = ""
    package var exitCodes: ContainerRestartRuleOnExitCodes?

    package init() {}

    package static let fields = FieldTable<ContainerRestartRule> { table in
        table.optional("action", \.action)
        table.optional("exitCodes", \.exitCodes)
    }
}

/// What a restart rule does.
package struct ContainerRestartRuleAction: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let restart: ContainerRestartRuleAction = "Restart"
    package static let restartAllContainers: ContainerRestartRuleAction = "RestartAllContainers"
}

/// The exit codes a restart rule is for.
package struct ContainerRestartRuleOnExitCodes: FieldTableCodable {
    package var `operator`: ContainerRestartRuleOperator = ""
    package var values: [Int32] = []

    package init() {}

    package static let fields = FieldTable<ContainerRestartRuleOnExitCodes> { table in
        table.optional("operator", \.operator)
        table.optional("values", \.values)
    }
}

/// Whether the exit code must be one of the values or none of them.
package struct ContainerRestartRuleOperator: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let isIn: ContainerRestartRuleOperator = "In"
    package static let notIn: ContainerRestartRuleOperator = "NotIn"
}

/// Whether a change of a resource needs a restart.
package struct ContainerResizePolicy: FieldTableCodable {
    package var resourceName: String = ""
    package var restartPolicy: ResourceResizeRestartPolicy = ""

    package init() {}

    package static let fields = FieldTable<ContainerResizePolicy> { table in
        table.always("resourceName", \.resourceName)
        table.always("restartPolicy", \.restartPolicy)
    }
}

/// What a change of a resource costs.
package struct ResourceResizeRestartPolicy: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let notRequired: ResourceResizeRestartPolicy = "NotRequired"
    package static let restartContainer: ResourceResizeRestartPolicy = "RestartContainer"
}

/// A port a container listens on, and the host's port that leads to it.
package struct ContainerPort: FieldTableCodable {
    package var name: String = ""
    /// 0 for none.
    package var hostPort: Int32 = 0
    package var containerPort: Int32 = 0
    package var `protocol`: PortProtocol = ""
    package var hostIP: String = ""

    package init() {}

    package static let fields = FieldTable<ContainerPort> { table in
        table.optional("name", \.name)
        table.optional("hostPort", \.hostPort)
        table.always("containerPort", \.containerPort)
        table.optional("protocol", \.protocol)
        table.optional("hostIP", \.hostIP)
    }
}

/// A transport protocol.
package struct PortProtocol: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let tcp: PortProtocol = "TCP"
    package static let udp: PortProtocol = "UDP"
    package static let sctp: PortProtocol = "SCTP"
}
