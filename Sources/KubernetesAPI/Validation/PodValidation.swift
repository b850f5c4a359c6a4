internal import StructuredData

/// Validation of a pod whose defaults are set, following `pkg/apis/core/validation` of Kubernetes 1.36.
///
/// Where upstream names a list or map as a whole, the issue's path goes on to the element that is meant, so that its
/// line can be told.
package enum PodValidation {
    /// Everything that upstream would reject the new pod for; empty for a valid one.
    package static func validate(_ pod: Pod) -> [FieldIssue] {
        var validator = PodValidator(pod: pod)
        validator.validateMetadata()
        validator.validateSpec()
        validator.validateCreation()
        return validator.collector.issues
    }

    /// Everything that upstream would reject another version of the pod for, whatever it was before.
    package static func validateUpdated(_ pod: Pod) -> [FieldIssue] {
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

    /// Every container of the pod and where it stands, in upstream's order.
    var allContainers: [(container: Container, path: FieldPath)] {
        let path = FieldPath("spec")
        let lists = [
            ("initContainers", spec.initContainers), ("containers", spec.containers),
            ("ephemeralContainers", spec.ephemeralContainers.map(\.common)),
        ]
        return lists.flatMap { field, containers in
            containers.enumerated().map { ($1, path.child(field).index($0)) }
        }
    }

    mutating func validateSpec() {
        let path = FieldPath("spec")
        if spec.terminationGracePeriodSeconds == nil {
            collector.required(path.child("terminationGracePeriodSeconds"))
        }
        validateVolumes(at: path.child("volumes"))
        validateResourceClaims(at: path.child("resourceClaims"))
        validateContainers(at: path)
        validatePodResources(at: path)
        validatePolicies(at: path)
        validatePodSecurity(at: path)
        validateScheduling(at: path)
        validateNetworking(at: path)
        validateNames(at: path)
        validateOperatingSystem(at: path)
    }

    /// What may not be in a pod when it comes into being.
    mutating func validateCreation() {
        let path = FieldPath("spec")
        if !spec.ephemeralContainers.isEmpty {
            collector.forbidden(path.child("ephemeralContainers"), "cannot be set on create")
        }
        if !spec.nodeName.isEmpty, !spec.schedulingGates.isEmpty {
            let detail = "cannot be set until all schedulingGates have been cleared"
            collector.forbidden(path.child("nodeName"), detail)
        }
        validateProfileAnnotations()
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
            collector.check(gatePath, gate.conditionType.rawValue, NameRules.qualifiedName)
        }
        if let group = spec.schedulingGroup {
            let namePath = path.child("schedulingGroup", "podGroupName")
            if let name = group.podGroupName {
                collector.check(namePath, name, NameRules.dns1123Subdomain)
            } else {
                collector.invalid(namePath, json: .null, "must specify one of: `podGroupName`")
            }
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
        validateHostnameOverride(at: path.child("hostnameOverride"))
    }

    private mutating func validateHostnameOverride(at path: FieldPath) {
        guard let name = spec.hostnameOverride else { return }
        if spec.setHostnameAsFQDN == true {
            collector.forbidden(path, "may not be specified when setHostnameAsFQDN is true")
        }
        if spec.hostNetwork { collector.forbidden(path, "may not be specified when hostNetwork is true") }
        if name.utf8.count > 64 { collector.tooLong(path, limit: 64) }
        collector.check(path, name, NameRules.dns1123Subdomain)
    }
}
