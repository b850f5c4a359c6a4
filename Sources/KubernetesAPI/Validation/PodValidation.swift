internal import StructuredData

/// Validation of a pod whose defaults are set, following `pkg/apis/core/validation`.
package enum PodValidation {
    /// Everything that upstream would reject the pod for; empty for a valid one.
    package static func validate(_ pod: Pod) -> [FieldIssue] {
        var validator = PodValidator(pod: pod)
        validator.validateMetadata()
        validator.validateSpec()
        return validator.collector.issues
    }
}

/// One run over one pod; the parts are in the files named after them.
struct PodValidator {
    let pod: Pod
    let volumes: [String: Volume]
    var collector = IssueCollector()

    init(pod: Pod) {
        self.pod = pod
        volumes = Dictionary(pod.spec.volumes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var spec: PodSpec { pod.spec }
    var usesHostUsers: Bool { spec.hostUsers ?? true }

    mutating func validateSpec() {
        let path = FieldPath("spec")
        if spec.terminationGracePeriodSeconds == nil {
            collector.required(path.child("terminationGracePeriodSeconds"))
        }
        validateVolumes(at: path.child("volumes"))
        validateResourceClaims(at: path.child("resourceClaims"))
        validateContainers(at: path)
        validatePodResources(at: path.child("resources"))
        validatePolicies(at: path)
        validatePodSecurity(at: path)
        validateScheduling(at: path)
        validateNetworking(at: path)
        validateNames(at: path)
        validateOperatingSystem(at: path)
    }

    private mutating func validatePolicies(at path: FieldPath) {
        collector.checkWord(path.child("restartPolicy"), spec.restartPolicy, [.always, .onFailure, .never])
        if let policy = spec.preemptionPolicy {
            collector.checkWord(path.child("preemptionPolicy"), policy, [.preemptLowerPriority, .never])
        }
        if let seconds = spec.activeDeadlineSeconds, !(1...Int64(Int32.max)).contains(seconds) {
            let detail = NameRules.inclusiveRange(1, Int(Int32.max))
            collector.invalid(path.child("activeDeadlineSeconds"), seconds, detail)
        }
        for (index, gate) in spec.readinessGates.enumerated() {
            let gatePath = path.child("readinessGates").index(index).child("conditionType")
            collector.check(gatePath, gate.conditionType, NameRules.qualifiedName)
        }
    }

    private mutating func validateNames(at path: FieldPath) {
        let names: [(String, String, (String) -> String?)] = [
            ("serviceAccountName", spec.serviceAccountName, NameRules.dns1123Subdomain),
            ("nodeName", spec.nodeName, NameRules.dns1123Subdomain),
            ("hostname", spec.hostname, NameRules.dns1123Label),
            ("subdomain", spec.subdomain, NameRules.dns1123Label),
            ("priorityClassName", spec.priorityClassName, NameRules.dns1123Subdomain),
        ]
        for (field, value, rule) in names where !value.isEmpty {
            collector.check(path.child(field), value, rule)
        }
        if let name = spec.runtimeClassName {
            collector.check(path.child("runtimeClassName"), name, NameRules.dns1123Subdomain)
        }
        validateHostnameOverride(at: path)
    }

    private mutating func validateHostnameOverride(at path: FieldPath) {
        guard let name = spec.hostnameOverride else { return }
        let overridePath = path.child("hostnameOverride")
        if name.utf8.count > 64 {
            collector.tooLong(overridePath, limit: 64)
        } else {
            collector.check(overridePath, name, NameRules.dns1123Subdomain)
        }
        if spec.hostNetwork { collector.forbidden(overridePath, "may not be set when `hostNetwork` is true") }
        if spec.setHostnameAsFQDN == true {
            collector.forbidden(overridePath, "may not be set when `setHostnameAsFQDN` is true")
        }
    }

    private mutating func validateOperatingSystem(at path: FieldPath) {
        guard let name = spec.os?.name else { return }
        if name.isEmpty {
            collector.required(path.child("os", "name"))
        } else if name != "linux", name != "windows" {
            collector.notSupported(path.child("os", "name"), name, ["linux", "windows"])
        }
        guard name == "linux" else { return }
        if spec.securityContext?.windowsOptions != nil {
            let optionsPath = path.child("securityContext", "windowsOptions")
            collector.forbidden(optionsPath, "windows options cannot be set for a linux pod")
        }
    }
}
