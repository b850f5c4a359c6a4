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
            if let policy = container.restartPolicy {
                collector.checkWord(containerPath.child("restartPolicy"), policy, [.always, .onFailure, .never])
            }
            validateRestartRules(of: container, at: containerPath)
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
            if let policy = container.restartPolicy {
                collector.checkWord(containerPath.child("restartPolicy"), policy, [.always, .onFailure, .never])
            }
            validateRestartRules(of: container, at: containerPath)
            // Init containers run one by one: only a container's own ports can be in conflict.
            validateHostPorts([(container, containerPath)])
            if container.restartPolicy == .always {
                validateLife(of: container, at: containerPath)
            } else {
                forbidLife(of: container, at: containerPath)
            }
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
            ]
            for (field, isSet) in present where isSet {
                collector.forbidden(containerPath.child(field), "cannot be set for an Ephemeral Container")
            }
        }
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
            collector.checkWord(portPath.child("protocol"), port.protocol, [.tcp, .udp, .sctp])
            if spec.hostNetwork, port.hostPort != port.containerPort {
                let detail = "must match `containerPort` when `hostNetwork` is true"
                collector.invalid(portPath.child("hostPort"), port.hostPort, detail)
            }
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

    private mutating func validateRestartRules(of container: Container, at path: FieldPath) {
        let rulesPath = path.child("restartPolicyRules")
        guard !container.restartPolicyRules.isEmpty else { return }
        if container.restartPolicy == nil {
            collector.required(path.child("restartPolicy"), "must be set when restartPolicyRules are")
        }
        if container.restartPolicyRules.count > 20 {
            collector.forbidden(rulesPath, "may not have more than 20 rules")
        }
        for (index, rule) in container.restartPolicyRules.enumerated() {
            let rulePath = rulesPath.index(index)
            collector.checkWord(rulePath.child("action"), rule.action, [.restart, .restartAllContainers])
            guard let exitCodes = rule.exitCodes else {
                collector.required(rulePath.child("exitCodes"))
                continue
            }
            let codesPath = rulePath.child("exitCodes")
            collector.checkWord(codesPath.child("operator"), exitCodes.operator, [.isIn, .notIn])
            if exitCodes.values.isEmpty { collector.required(codesPath.child("values")) }
            if exitCodes.values.count > 255 {
                collector.forbidden(codesPath.child("values"), "may not have more than 255 values")
            }
        }
    }

    private mutating func validateResizePolicy(_ policies: [ContainerResizePolicy], at path: FieldPath) {
        var resources = Set<String>()
        for (index, policy) in policies.enumerated() {
            if !resources.insert(policy.resourceName).inserted {
                collector.duplicate(path.index(index), policy.resourceName)
            }
            if policy.resourceName.isEmpty {
                collector.required(path)
            } else if policy.resourceName != "cpu", policy.resourceName != "memory" {
                collector.notSupported(path, policy.resourceName, ["cpu", "memory"])
            }
            collector.checkWord(path, policy.restartPolicy, [.notRequired, .restartContainer])
            if spec.restartPolicy == .never, policy.restartPolicy != .notRequired {
                let detail = "must be 'NotRequired' when `restartPolicy` is 'Never'"
                collector.invalid(path, policy.restartPolicy.rawValue, detail)
            }
        }
    }
}
