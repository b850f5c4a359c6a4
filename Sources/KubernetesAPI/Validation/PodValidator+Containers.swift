internal import StructuredData

extension PodValidator {
    mutating func validateContainers(at path: FieldPath) {
        let containersPath = path.child("containers")
        if spec.containers.isEmpty { collector.required(containersPath) }
        var names = Set<String>()
        for (index, container) in spec.containers.enumerated() {
            let containerPath = containersPath.index(index)
            validateCommon(container, at: containerPath)
            validateUnique(container.name, among: &names, at: containerPath)
            validateLife(of: container, at: containerPath)
            validateHostNetworkPorts(of: container, at: containerPath)
            validateRestartPolicy(of: container, at: containerPath)
        }
        validateHostPorts(spec.containers.enumerated().map { ($1, containersPath.index($0)) })
        validateInitContainers(at: path.child("initContainers"), names: &names)
        validateEphemeralContainers(at: path.child("ephemeralContainers"), names: names)
    }

    private mutating func validateInitContainers(at path: FieldPath, names: inout Set<String>) {
        for (index, container) in spec.initContainers.enumerated() {
            let containerPath = path.index(index)
            validateCommon(container, at: containerPath)
            validateUnique(container.name, among: &names, at: containerPath)
            if container.restartPolicy != nil || container.restartPolicyRules.isEmpty {
                validateRestartPolicy(of: container, at: containerPath)
            } else {
                requireRestartPolicy(at: containerPath)
            }
            // Init containers run one by one: only a container's own ports can be in conflict.
            validateHostPorts([(container, containerPath)])
            if container.restartPolicy == .always {
                validateLife(of: container, at: containerPath)
            } else {
                forbidLife(of: container, at: containerPath)
                forbidRestartingResize(of: container, at: containerPath)
            }
        }
    }

    private mutating func forbidRestartingResize(of container: Container, at path: FieldPath) {
        for (index, policy) in container.resizePolicy.enumerated() where policy.restartPolicy == .restartContainer {
            let policyPath = path.child("resizePolicy").index(index).child("restartPolicy")
            let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers"
            collector.invalid(policyPath, policy.restartPolicy.rawValue, detail)
        }
    }

    private mutating func forbidLife(of container: Container, at path: FieldPath) {
        let present: [(String, Bool)] = [
            ("lifecycle", container.lifecycle != nil), ("livenessProbe", container.livenessProbe != nil),
            ("readinessProbe", container.readinessProbe != nil), ("startupProbe", container.startupProbe != nil),
        ]
        for (field, isSet) in present where isSet {
            collector.forbidden(
                path.child(field), "may not be set for init containers without restartPolicy=Always")
        }
    }

    private mutating func validateEphemeralContainers(at path: FieldPath, names: Set<String>) {
        var allNames = names
        for (index, ephemeral) in spec.ephemeralContainers.enumerated() {
            let containerPath = path.index(index)
            let container = ephemeral.common
            validateCommon(container, at: containerPath)
            validateUnique(container.name, among: &allNames, at: containerPath)
            let target = ephemeral.targetContainerName
            if !target.isEmpty, !names.contains(target) {
                collector.notFound(containerPath.child("targetContainerName"), target)
            }
            let present: [(String, Bool)] = [
                ("ports", !container.ports.isEmpty), ("resources", !container.resources.isEmptyField),
                ("livenessProbe", container.livenessProbe != nil),
                ("readinessProbe", container.readinessProbe != nil),
                ("startupProbe", container.startupProbe != nil), ("lifecycle", container.lifecycle != nil),
                ("restartPolicy", container.restartPolicy != nil), ("resizePolicy", !container.resizePolicy.isEmpty),
                ("restartPolicyRules", !container.restartPolicyRules.isEmpty),
            ]
            for (field, isSet) in present where isSet { forbidInEphemeral(containerPath.child(field)) }
            for (mountIndex, mount) in container.volumeMounts.enumerated() {
                let mountPath = containerPath.child("volumeMounts").index(mountIndex)
                if !mount.subPath.isEmpty { forbidInEphemeral(mountPath.child("subPath")) }
                if !mount.subPathExpr.isEmpty { forbidInEphemeral(mountPath.child("subPathExpr")) }
            }
        }
    }

    private mutating func forbidInEphemeral(_ path: FieldPath) {
        collector.forbidden(path, "cannot be set for an Ephemeral Container")
    }

    private mutating func validateUnique(_ name: String, among names: inout Set<String>, at path: FieldPath) {
        if !name.isEmpty, !names.insert(name).inserted { collector.duplicate(path.child("name"), name) }
    }

    /// What holds for every kind of container.
    private mutating func validateCommon(_ container: Container, at path: FieldPath) {
        collector.checkRequired(path.child("name"), container.name, NameRules.dns1123Label)
        collector.checkRequired(path.child("image"), container.image) { image in
            image.first?.isWhitespace == true || image.last?.isWhitespace == true
                ? "must not have leading or trailing whitespace" : nil
        }
        let policyPath = path.child("terminationMessagePolicy")
        collector.checkWord(policyPath, container.terminationMessagePolicy, [.file, .fallbackToLogsOnError])
        collector.checkWord(
            path.child("imagePullPolicy"), container.imagePullPolicy, [.always, .ifNotPresent, .never])
        validatePorts(container.ports, at: path.child("ports"))
        validateEnvironment(of: container, at: path)
        validateMounts(of: container, at: path)
        validateResources(container.resources, at: path.child("resources"))
        validateResizePolicy(container.resizePolicy, at: path.child("resizePolicy"))
        validateSecurity(container.securityContext, at: path.child("securityContext"))
    }

    private mutating func validatePorts(_ ports: [ContainerPort], at path: FieldPath) {
        var names = Set<String>()
        for (index, port) in ports.enumerated() {
            let portPath = path.index(index)
            if !port.name.isEmpty {
                if let detail = NameRules.portName(port.name) {
                    collector.invalid(portPath.child("name"), port.name, detail)
                } else if !names.insert(port.name).inserted {
                    collector.duplicate(portPath.child("name"), port.name)
                }
            }
            if port.containerPort == 0 {
                collector.required(portPath.child("containerPort"))
            } else if let detail = NameRules.portNumber(port.containerPort) {
                collector.invalid(portPath.child("containerPort"), port.containerPort, detail)
            }
            if port.hostPort != 0, let detail = NameRules.portNumber(port.hostPort) {
                collector.invalid(portPath.child("hostPort"), port.hostPort, detail)
            }
            collector.checkWord(portPath.child("protocol"), port.protocol, [.sctp, .tcp, .udp])
        }
    }

    /// On the host's network there is nothing to map. Upstream leaves init containers out.
    private mutating func validateHostNetworkPorts(of container: Container, at path: FieldPath) {
        guard spec.hostNetwork else { return }
        for (index, port) in container.ports.enumerated() where port.hostPort != port.containerPort {
            let portPath = path.child("ports").index(index).child("hostPort")
            collector.invalid(portPath, port.hostPort, "must match `containerPort` when `hostNetwork` is true")
        }
    }

    private mutating func validateHostPorts(_ containers: [(Container, FieldPath)]) {
        var taken = Set<String>()
        for (container, path) in containers {
            for (index, port) in container.ports.enumerated() where port.hostPort != 0 {
                let claim = "\(port.protocol)/\(port.hostIP)/\(port.hostPort)"
                if !taken.insert(claim).inserted {
                    collector.duplicate(path.child("ports").index(index).child("hostPort"), claim)
                }
            }
        }
    }

    private mutating func requireRestartPolicy(at path: FieldPath) {
        collector.required(path.child("restartPolicy"), "must specify restartPolicy when restart rules are used")
    }

    private mutating func validateRestartPolicy(of container: Container, at path: FieldPath) {
        let rules = container.restartPolicyRules
        if let policy = container.restartPolicy {
            collector.checkKnown(path.child("restartPolicy"), policy, [.always, .never, .onFailure])
        } else if !rules.isEmpty {
            requireRestartPolicy(at: path)
        }
        let rulesPath = path.child("restartPolicyRules")
        if rules.count > 20 { collector.tooMany(rulesPath, rules.count, limit: 20) }
        for (index, rule) in rules.enumerated() {
            let rulePath = rulesPath.index(index)
            collector.checkKnown(rulePath.child("action"), rule.action, [.restart, .restartAllContainers])
            let codesPath = rulePath.child("exitCodes")
            guard let exitCodes = rule.exitCodes else {
                collector.required(codesPath, "must be specified")
                continue
            }
            collector.checkKnown(codesPath.child("operator"), exitCodes.operator, [.isIn, .notIn])
            if exitCodes.values.count > 255 {
                collector.tooMany(codesPath.child("values"), exitCodes.values.count, limit: 255)
            }
        }
    }

    private mutating func validateResizePolicy(_ policies: [ContainerResizePolicy], at path: FieldPath) {
        var resources = Set<String>()
        for (index, policy) in policies.enumerated() {
            let namePath = path.index(index).child("resourceName")
            let policyPath = path.index(index).child("restartPolicy")
            if !resources.insert(policy.resourceName).inserted {
                collector.duplicate(path.index(index), policy.resourceName)
            }
            if policy.resourceName.isEmpty {
                collector.required(namePath)
            } else if policy.resourceName != "cpu", policy.resourceName != "memory" {
                collector.notSupported(namePath, policy.resourceName, ["cpu", "memory"])
            }
            collector.checkWord(policyPath, policy.restartPolicy, [.notRequired, .restartContainer])
            if spec.restartPolicy == .never, policy.restartPolicy != .notRequired {
                let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
                collector.invalid(policyPath, policy.restartPolicy.rawValue, detail)
            }
        }
    }
}
