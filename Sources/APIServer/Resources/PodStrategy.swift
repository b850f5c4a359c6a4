import KubernetesAPI
import StructuredData

/// What is special about pods (pkg/registry/core/pod/strategy.go, pkg/apis/core/validation).
struct PodStrategy: ResourceStrategy {
    var selectableFields: [String] {
        [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ]
    }

    private static let changeableFields =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

    func prepareForCreate(_ object: inout JSONValue) throws(APIError) {
        var pod = try typed(object).withDefaults()
        pod.status = PodStatus()
        pod.status.phase = .pending
        pod.status.qosClass = pod.qosClass
        let encoded = pod.encoded()
        object["spec"] = encoded["spec"]
        object["status"] = encoded["status"]
        object.setMetadata("generation", 1)
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {
        object.keepStatusApart(old: old, subresource: subresource)
        if subresource == "status" {
            object.setMetadata("ownerReferences", old.value(at: "metadata", "ownerReferences"))
        } else if subresource == Self.ephemeralContainers {
            try takeEphemeralContainers(&object, old: old)
        } else if subresource == Self.resize {
            try takeAmounts(&object, old: old)
        } else if object["spec"] != old["spec"] {
            object["spec"] = try typed(object).withDefaults().spec.encoded()
        }
        let generation = old.value(at: "metadata", "generation")?.integerValue ?? 1
        object.setMetadata("generation", .integer(object["spec"] == old["spec"] ? generation : generation + 1))
    }

    func validate(_ object: JSONValue) -> [FieldError] {
        do {
            return PodValidation.validate(try typed(object)).map { FieldError($0) }
        } catch {
            return [FieldError(.invalid, "", error.message)]
        }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: String) -> [FieldError] {
        if subresource == Self.ephemeralContainers { return ephemeralContainerIssues(object, old: old) }
        if subresource == Self.resize { return resizeIssues(object, old: old) }
        var issues: [FieldError] = []
        let mirror = ConfigAnnotations.mirror
        if object.annotation(mirror) != old.annotation(mirror) {
            let change = object.annotation(mirror) == nil || old.annotation(mirror) == nil ? "add or remove" : "change"
            issues.append(
                FieldError(
                    .forbidden, "metadata.annotations[\(mirror)]", "may not \(change) mirror annotation"))
        }
        if withoutChangeableFields(object, old: old) != old["spec"] {
            issues.append(FieldError(.forbidden, "spec", Self.changeableFields))
        }
        issues += containerCountIssues(object, old: old)
        return issues
    }

    // MARK: - Ephemeral containers

    /// Below a pod, where alone its ephemeral containers are written.
    private static let ephemeralContainers = "ephemeralcontainers"

    /// Lets an update change the ephemeral containers only.
    private func takeEphemeralContainers(_ object: inout JSONValue, old: JSONValue) throws(APIError) {
        var changed = old
        changed.set(object.value(at: "spec", "ephemeralContainers"), at: "spec", "ephemeralContainers")
        object = old
        object["spec"] = try typed(changed).withDefaults().spec.encoded()
    }

    /// They may be added, and that is all (upstream: `ValidatePodEphemeralContainersUpdate`).
    private func ephemeralContainerIssues(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        if old.annotation(ConfigAnnotations.mirror) != nil {
            return [FieldError(.forbidden, "", "static pods do not support ephemeral containers")]
        }
        let field = "spec.ephemeralContainers"
        let new = object.elements("spec", "ephemeralContainers")
        let issues = old.elements("spec", "ephemeralContainers").compactMap { container -> FieldError? in
            guard let match = new.first(where: { $0["name"] == container["name"] }) else {
                return FieldError(
                    .forbidden, field,
                    "existing ephemeral containers \(container["name"]?.serializedString ?? "") may not be removed")
            }
            return match == container
                ? nil
                : FieldError(
                    .forbidden, field,
                    "existing ephemeral containers \(container["name"]?.serializedString ?? "") may not be changed")
        }
        guard let pod = try? typed(object) else { return issues }
        return issues + PodValidation.validateUpdated(pod).map { FieldError($0) }
    }

    func gracePeriod(for object: JSONValue, requested: Int64?) -> Int64 {
        let spec = object["spec"] ?? [:]
        if (spec["nodeName"]?.stringValue ?? "").isEmpty { return 0 }
        if ["Succeeded", "Failed"].contains(object.value(at: "status", "phase")?.stringValue) { return 0 }
        let seconds = requested ?? spec["terminationGracePeriodSeconds"]?.integerValue ?? 30
        return seconds < 0 ? 1 : seconds
    }

    func selectableValue(_ field: String, of object: JSONValue) -> String? {
        switch field {
        case "spec.hostNetwork": object.value(at: "spec", "hostNetwork")?.boolValue == true ? "true" : "false"
        case "status.podIP":
            object.value(at: "status", "podIPs")?[0]?["ip"]?.stringValue
                ?? object.value(at: "status", "podIP")?.stringValue
        default: nil
        }
    }

    func typed(_ object: JSONValue) throws(APIError) -> Pod {
        do {
            return try Pod(object)
        } catch {
            throw APIError(
                .badRequest, "Pod in version \"v1\" cannot be handled as a Pod: \(error)", cause: error)
        }
    }

    // MARK: - Updates

    /// The new spec with the old one's values in the fields that an update may change the way it does.
    private func withoutChangeableFields(_ object: JSONValue, old: JSONValue) -> JSONValue? {
        guard var spec = object["spec"], let oldSpec = old["spec"] else { return object["spec"] }
        for list in ["containers", "initContainers"] {
            let oldContainers = oldSpec.elements(list)
            guard let containers = spec[list]?.arrayValue, containers.count == oldContainers.count else { continue }
            spec[list] = .array(
                zip(containers, oldContainers).map { container, oldContainer in
                    var container = container
                    if let image = container["image"]?.stringValue, !image.isEmpty {
                        container["image"] = oldContainer["image"]
                    }
                    return container
                })
        }
        if mayTakeDeadline(spec["activeDeadlineSeconds"], oldSpec["activeDeadlineSeconds"]) {
            spec["activeDeadlineSeconds"] = oldSpec["activeDeadlineSeconds"]
        }
        if oldSpec.elements("tolerations").allSatisfy(spec.elements("tolerations").contains) {
            spec["tolerations"] = oldSpec["tolerations"]
        }
        if let former = oldSpec["terminationGracePeriodSeconds"]?.integerValue, former < 0,
            spec["terminationGracePeriodSeconds"] == 1
        {
            spec["terminationGracePeriodSeconds"] = .integer(former)
        }
        return spec
    }

    /// A deadline may be set, and may come nearer.
    private func mayTakeDeadline(_ new: JSONValue?, _ old: JSONValue?) -> Bool {
        guard let seconds = new?.integerValue, seconds >= 0 else { return false }
        return old?.integerValue.map { seconds <= $0 } ?? true
    }

    private func containerCountIssues(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        ["containers", "initContainers"].compactMap { list in
            guard object.elements("spec", list).count != old.elements("spec", list).count else { return nil }
            return FieldError(.forbidden, "spec.\(list)", "pod updates may not add or remove containers")
        }
    }
}

extension FieldError {
    init(_ issue: FieldIssue) {
        let reasons: [Reason] = [
            .required, .forbidden, .duplicate, .notSupported, .tooLong, .tooMany, .notFound,
        ]
        let reason = reasons.first { issue.message.hasPrefix($0.words) } ?? .invalid
        let words = issue.message.hasPrefix(reason.words + ": ") ? issue.message.dropFirst(reason.words.count + 2) : ""
        self.init(reason, issue.path.description, String(words))
    }
}
