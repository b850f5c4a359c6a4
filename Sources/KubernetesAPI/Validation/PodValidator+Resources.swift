internal import StructuredData

/// What kind of amount a resource name stands for, following `pkg/apis/core/helper`.
package enum ResourceName {
    package static let cpu = "cpu"
    package static let memory = "memory"
    package static let ephemeralStorage = "ephemeral-storage"
    package static let pods = "pods"

    package static func isHugePages(_ name: String) -> Bool { name.hasPrefix("hugepages-") }

    /// The size in bytes of the huge pages of that name, `hugepages-2Mi`.
    package static func pageSize(of name: String) -> Int64? {
        isHugePages(name) ? Quantity(name.dropFirst("hugepages-".count))?.value : nil
    }

    /// Names without a domain or in Kubernetes' own.
    package static func isNative(_ name: String) -> Bool {
        !name.contains("/") || name.contains("kubernetes.io/")
    }

    /// Names that mean something to the kubelet itself.
    package static func isStandard(_ name: String) -> Bool {
        name == cpu || name == memory || name == ephemeralStorage || isHugePages(name)
    }

    package static func allowsOvercommit(_ name: String) -> Bool { isNative(name) && !isHugePages(name) }

    /// What may be set for a whole pod.
    package static func isPodLevel(_ name: String) -> Bool {
        name == cpu || name == memory || isHugePages(name)
    }
}

extension ResourceName {
    /// Everything that is counted without a domain, in containers or in quotas.
    private static let standard: Set<String> = [
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
        "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services",
        "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "storage", "requests.storage",
        "services.nodeports", "services.loadbalancers",
    ]
    private static let counted: Set<String> = [
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
        "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    ]

    /// Names of somebody's own domain.
    static func isExtended(_ name: String) -> Bool {
        !isNative(name) && !name.hasPrefix("requests.") && NameRules.qualifiedName("requests." + name) == nil
    }

    static func isInteger(_ name: String) -> Bool { counted.contains(name) || isExtended(name) }

    /// What is wrong with the name of any resource.
    static func faults(of name: String) -> [String] {
        if let fault = NameRules.qualifiedName(name) { return [fault] }
        let isKnown = standard.contains(name) || isHugePages(name) || name.hasPrefix("requests.hugepages-")
        return name.contains("/") || isKnown ? [] : ["must be a standard resource type or fully qualified"]
    }

    /// What is wrong with the name of a resource of a container.
    static func faults(ofContainersResource name: String) -> [String] {
        if !name.contains("/") {
            return faults(of: name) + (isStandard(name) ? [] : ["must be a standard resource for containers"])
        }
        let isKnown = isNative(name) || isExtended(name)
        return faults(of: name) + (isKnown ? [] : ["doesn't follow extended resource name standard"])
    }

    /// Whether the amount is made of pages of the name's size.
    static func isDivisible(_ amount: Quantity, by name: String) -> Bool {
        guard let page = Quantity(name.dropFirst("hugepages-".count)) else { return false }
        return page > Quantity() && page.milliValue % 1000 == 0 && amount.value % page.value == 0
    }
}

extension PodValidator {
    mutating func validateResources(_ resources: ResourceRequirements, at path: FieldPath) {
        validateAmounts(resources, at: path) { ResourceName.faults(ofContainersResource: $0) }
        validateClaims(resources.claims, at: path.child("claims"))
    }

    private mutating func validateAmounts(
        _ resources: ResourceRequirements, at path: FieldPath, nameFaults: (String) -> [String]
    ) {
        for (field, list) in [("limits", resources.limits), ("requests", resources.requests)] {
            for (name, amount) in list.sorted(by: { $0.key < $1.key }) {
                let amountPath = path.child(field).key(name)
                for fault in nameFaults(name) { collector.invalid(amountPath, name, fault) }
                validateAmount(amount, of: name, at: amountPath)
            }
        }
        validateRequests(resources, at: path)
        let names = Set(resources.limits.keys).union(resources.requests.keys)
        if names.contains(where: ResourceName.isHugePages), !names.contains("cpu"), !names.contains("memory") {
            collector.forbidden(path, "HugePages require cpu or memory")
        }
    }

    private mutating func validateAmount(_ amount: Quantity, of name: String, at path: FieldPath) {
        if amount < Quantity() { collector.invalid(path, amount.description, NameRules.notNegative) }
        if ResourceName.isInteger(name), amount.milliValue % 1000 != 0 {
            collector.invalid(path, amount.description, "must be an integer")
        }
        if ResourceName.isHugePages(name), !ResourceName.isDivisible(amount, by: name) {
            collector.invalid(path, amount.description, "\(amount) is not positive integer multiple of \(name)")
        }
    }

    private mutating func validateRequests(_ resources: ResourceRequirements, at path: FieldPath) {
        for (name, request) in resources.requests.sorted(by: { $0.key < $1.key }) {
            let requestPath = path.child("requests").key(name)
            guard let limit = resources.limits[name] else {
                if !ResourceName.allowsOvercommit(name) {
                    let detail = "Limit must be set for non overcommitable resources"
                    collector.required(path.child("limits"), detail)
                }
                continue
            }
            if !ResourceName.allowsOvercommit(name), request != limit {
                collector.invalid(requestPath, request.description, "must be equal to \(name) limit of \(limit)")
            } else if request > limit {
                let detail = "must be less than or equal to \(name) limit of \(limit)"
                collector.invalid(requestPath, request.description, detail)
            }
        }
    }

    private mutating func validateClaims(_ claims: [ResourceClaim], at path: FieldPath) {
        let names = Set(spec.resourceClaims.map(\.name))
        var taken: Set<ResourceClaim> = []
        for (index, claim) in claims.enumerated() {
            let claimPath = path.index(index)
            if claim.name.isEmpty {
                collector.required(claimPath)
                continue
            }
            if !claim.request.isEmpty {
                collector.check(claimPath.child("request"), claim.request, NameRules.dns1123Label)
            }
            // A claim as a whole overlaps with each of its requests.
            let overlaps = taken.contains { other in
                other.name == claim.name
                    && (other.request == claim.request || other.request.isEmpty || claim.request.isEmpty)
            }
            if overlaps { collector.duplicate(claimPath, claim.name) }
            taken.insert(claim)
            if !names.contains(claim.name) { collector.notFound(claimPath, claim.name) }
        }
    }

    /// The pod's own requests and limits, and what comes on top of them.
    mutating func validatePodResources(at path: FieldPath) {
        for (name, amount) in spec.overhead.sorted(by: { $0.key < $1.key }) {
            let overheadPath = path.child("overhead").key(name)
            for fault in ResourceName.faults(ofContainersResource: name) {
                collector.invalid(overheadPath, name, fault)
            }
            validateAmount(amount, of: name, at: overheadPath)
        }
        guard let resources = spec.resources else { return }
        let resourcesPath = path.child("resources")
        if spec.os?.name == "windows" {
            return collector.forbidden(resourcesPath, "may not be set for a windows pod")
        }
        if !resources.claims.isEmpty {
            let detail = "claims may not be set for Resources at pod-level"
            collector.forbidden(resourcesPath.child("claims"), detail)
        }
        validateAmounts(resources, at: resourcesPath) { ResourceName.faults(of: $0) }
        for (field, list) in [("limits", resources.limits), ("requests", resources.requests)] {
            for name in list.keys.sorted()
            where ResourceName.faults(of: name).isEmpty && !ResourceName.isPodLevel(name) {
                collector.notSupported(
                    resourcesPath.child(field).key(name), name, ["cpu", "hugepages-", "memory"])
            }
        }
        validateConsistency(of: resources, at: resourcesPath)
    }

    /// The containers together must fit into the pod.
    private mutating func validateConsistency(of resources: ResourceRequirements, at path: FieldPath) {
        for (name, sum) in spec.aggregateRequests.sorted(by: { $0.key < $1.key }) {
            guard let request = resources.requests[name], sum > request else { continue }
            let detail = "must be greater than or equal to aggregate container requests of \(sum)"
            collector.invalid(path.child("requests").key(name), request.description, detail)
        }
        for (name, sum) in spec.aggregateLimits.sorted(by: { $0.key < $1.key }) where ResourceName.isHugePages(name) {
            guard let limit = resources.limits[name], sum > limit else { continue }
            let detail = "must be greater than or equal to aggregate container limits of \(sum)"
            collector.invalid(path.child("limits").key(name), limit.description, detail)
        }
        for (index, container) in spec.containers.enumerated() {
            let limitsPath = FieldPath("spec").child("containers").index(index).child("resources", "limits")
            for (name, limit) in container.resources.limits.sorted(by: { $0.key < $1.key }) {
                guard let podLimit = resources.limits[name], limit > podLimit else { continue }
                let detail = "must be less than or equal to pod limits of \(podLimit)"
                collector.invalid(limitsPath.key(name), limit.description, detail)
            }
        }
    }

    mutating func validateResourceClaims(at path: FieldPath) {
        var names = Set<String>()
        for (index, claim) in spec.resourceClaims.enumerated() {
            let claimPath = path.index(index)
            if claim.name.isEmpty {
                collector.required(claimPath.child("name"))
            } else if !names.insert(claim.name).inserted {
                collector.duplicate(claimPath.child("name"), claim.name)
            } else {
                collector.check(claimPath.child("name"), claim.name, NameRules.dns1123Label)
            }
            if claim.resourceClaimName != nil, claim.resourceClaimTemplateName != nil {
                let detail =
                    "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
                collector.invalid(claimPath, json: claim.encoded(), detail)
            }
            if claim.resourceClaimName == nil, claim.resourceClaimTemplateName == nil {
                let detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
                collector.invalid(claimPath, json: claim.encoded(), detail)
            }
            let references = [
                ("resourceClaimName", claim.resourceClaimName),
                ("resourceClaimTemplateName", claim.resourceClaimTemplateName),
            ]
            for case (let field, let name?) in references {
                collector.check(claimPath.child(field), name, NameRules.dns1123Subdomain)
            }
        }
    }
}
