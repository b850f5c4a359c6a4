package import KubernetesAPI

/// What follows from the end of a container, after upstream's `ContainerShouldRestart` (`pkg/api/v1/pod/util.go`): the
/// first of its rules that fits its exit code, its own policy, or else its pod's.
extension Container {
    /// Whether it is to be started again after it ended with that code.
    package func restarts(afterExit code: Int32, in pod: PodSpec) -> Bool {
        if restartPolicy != nil, rule(for: code)?.action == .restart { return true }
        switch effectiveRestartPolicy(in: pod) {
        case .never: return false
        case .onFailure: return code != 0
        default: return true
        }
    }

    /// Whether all of the pod starts over, init containers included, after it ended with that code.
    package func startsPodOver(afterExit code: Int32) -> Bool {
        restartPolicy != nil && rule(for: code)?.action == .restartAllContainers
    }

    /// Whether it is to be started again after an end of which nobody knows the code.
    package func restartsWhenLost(in pod: PodSpec) -> Bool { effectiveRestartPolicy(in: pod) != .never }

    /// Whether it is started again however it ends.
    package func restartsAlways(in pod: PodSpec) -> Bool { effectiveRestartPolicy(in: pod) == .always }

    private func effectiveRestartPolicy(in pod: PodSpec) -> ContainerRestartPolicy {
        if let restartPolicy { return restartPolicy }
        // The default is left out of canonical specs.
        return pod.restartPolicy.rawValue.isEmpty
            ? .always : ContainerRestartPolicy(rawValue: pod.restartPolicy.rawValue)
    }

    private func rule(for code: Int32) -> ContainerRestartRule? {
        restartPolicyRules.first { rule in
            guard let codes = rule.exitCodes else { return false }
            let isNamed = codes.values.contains(code)
            switch codes.operator {
            case .isIn: return isNamed
            case .notIn: return !isNamed
            default: return false
            }
        }
    }
}

extension PodSpec {
    /// Whether a rule may have all of the pod start over.
    package var mayStartOver: Bool {
        (initContainers + containers).contains { container in
            container.restartPolicyRules.contains { $0.action == .restartAllContainers }
        }
    }
}
