internal import StructuredData

/// What kind of amount a resource name stands for, following `pkg/apis/core/helper`.
package enum ResourceName {
    package static let cpu = "cpu"
    package static let memory = "memory"
    package static let ephemeralStorage = "ephemeral-storage"
    package static let pods = "pods"

    package static func isHugePages(_ name: String) -> Bool { name.hasPrefix("hugepages-") }

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

extension PodValidator {
    mutating func validateResources(_ resources: ResourceRequirements, at path: FieldPath) {
        validateAmounts(resources.limits, at: path.child("limits"))
        validateAmounts(resources.requests, at: path.child("requests"))
        validateRequests(resources, at: path.child("requests"))
        let names = Set(resources.limits.keys).union(resources.requests.keys)
        if names.contains(where: ResourceName.isHugePages), !names.contains("cpu"), !names.contains("memory") {
            collector.forbidden(path, "HugePages require cpu or memory")
        }
        let claims = Set(spec.resourceClaims.map(\.name))
        for (index, claim) in resources.claims.enumerated() {
            let namePath = path.child("claims").index(index).child("name")
            if claim.name.isEmpty {
                collector.required(namePath)
            } else if !claims.contains(claim.name) {
                collector.notFound(namePath, claim.name)
            }
        }
    }

    private mutating func validateAmounts(_ amounts: ResourceList, at path: FieldPath) {
        for (name, amount) in amounts.sorted(by: { $0.key < $1.key }) {
            let amountPath = path.key(name)
            if let detail = NameRules.qualifiedName(name) {
                collector.invalid(amountPath, name, detail)
            } else if !name.contains("/"), !ResourceName.isStandard(name) {
                collector.invalid(amountPath, name, "must be a standard resource type or fully qualified")
            }
            if amount < Quantity() {
                collector.invalid(amountPath, amount.description, "must be greater than or equal to 0")
            } else if !ResourceName.allowsOvercommit(name), amount.milliValue % 1000 != 0 {
                collector.invalid(amountPath, amount.description, "must be an integer")
            }
        }
    }

    private mutating func validateRequests(_ resources: ResourceRequirements, at path: FieldPath) {
        for (name, limit) in resources.limits.sorted(by: { $0.key < $1.key }) {
            guard let request = resources.requests[name] else {
                if !ResourceName.allowsOvercommit(name), !ResourceName.isHugePages(name) {
                    // Defaulting sets requests from limits; only objects that went around it lack them.
                    collector.required(path.key(name), "Limit must be set for non overcommitable resources")
                }
                continue
            }
            if !ResourceName.allowsOvercommit(name), request != limit {
                collector.invalid(path, request.description, "must be equal to \(name) limit of \(limit)")
            } else if request > limit {
                collector.invalid(path, request.description, "must be less than or equal to \(name) limit of \(limit)")
            }
        }
        for name in resources.requests.keys.sorted()
        where resources.limits[name] == nil && !ResourceName.allowsOvercommit(name) {
            collector.required(path, "Limit must be set for non overcommitable resources")
        }
    }

    /// The pod's own requests and limits.
    mutating func validatePodResources(at path: FieldPath) {
        for (name, amount) in spec.overhead.sorted(by: { $0.key < $1.key }) where amount < Quantity() {
            let overheadPath = FieldPath("spec").child("overhead").key(name)
            collector.invalid(overheadPath, amount.description, "must be greater than or equal to 0")
        }
        guard let resources = spec.resources else { return }
        if !resources.claims.isEmpty {
            collector.forbidden(path.child("claims"), "claims cannot be set for Resources at pod-level")
        }
        for (list, field) in [(resources.limits, "limits"), (resources.requests, "requests")] {
            validateAmounts(list, at: path.child(field))
            for name in list.keys.sorted() where !ResourceName.isPodLevel(name) {
                collector.notSupported(path.child(field).key(name), name, ["cpu", "hugepages-", "memory"])
            }
        }
        validateRequests(resources, at: path.child("requests"))
        for (name, sum) in spec.aggregateRequests.sorted(by: { $0.key < $1.key }) where ResourceName.isPodLevel(name) {
            let request = resources.requests[name] ?? Quantity()
            if sum > request {
                let detail = "must be greater than or equal to aggregate container requests of \(sum)"
                collector.invalid(path.child("requests").key(name), request.description, detail)
            }
        }
        for (index, container) in spec.containers.enumerated() {
            for (name, limit) in container.resources.limits.sorted(by: { $0.key < $1.key }) {
                guard let podLimit = resources.limits[name], limit > podLimit else { continue }
                let limitPath = FieldPath("spec").child("containers").index(index).child("resources", "limits").key(
                    name)
                let detail = "must be less than or equal to pod limits of \(podLimit)"
                collector.invalid(limitPath, limit.description, detail)
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
            if (claim.resourceClaimName == nil) == (claim.resourceClaimTemplateName == nil) {
                let detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
                collector.invalid(claimPath, claim.name, detail)
            }
        }
    }
}
