import KubernetesAPI

/// What may change of a pod by its path `resize`: amounts of CPU and memory, of its containers and of the pod itself
/// (upstream: `ValidatePodResize` in `pkg/apis/core/validation/validation.go`, with the features of 1.36 that are on).
struct PodResize {
    let old: Pod
    let new: Pod

    /// Everything that the resize is refused for.
    func issues() -> [FieldError] {
        if old.isMirror { return [FieldError(.forbidden, "", "static pods cannot be resized")] }
        if old.spec.os?.name == "windows" { return [FieldError(.forbidden, "", "windows pods cannot be resized")] }
        let issues =
            PodValidation.validateUpdated(new).map { FieldError($0) } + qosIssues + supportIssues + podLevelIssues
        let order = orderIssues(\.containers, "containers") + orderIssues(\.initContainers, "initContainers")
        guard order.isEmpty else { return issues + order }
        return issues + containerIssues + initContainerIssues
    }

    private var qosIssues: [FieldError] {
        let before = old.status.qosClass.rawValue.isEmpty ? old.qosClass : old.status.qosClass
        guard before != new.qosClass else { return [] }
        return [
            FieldError(
                .invalid, "spec", value: "\"\(before)\"", "Pod QOS Class may not change as a result of resizing")
        ]
    }

    /// A kubelet that can resize says what its containers have.
    private var supportIssues: [FieldError] {
        guard let running = old.status.containerStatuses.first(where: { $0.state.running != nil }),
            running.resources == nil
        else { return [] }
        return [FieldError(.forbidden, "spec", "Pod running on node without support for resize")]
    }

    private var podLevelIssues: [FieldError] {
        guard let before = old.spec.resources else {
            let added = new.spec.resources?.withoutCPUAndMemory ?? ResourceRequirements()
            return added == ResourceRequirements() ? [] : [Self.otherPodLevel]
        }
        guard let after = new.spec.resources else {
            return [FieldError(.forbidden, "spec.resources", "pod-level resources cannot be removed")]
        }
        var issues = removalIssues(before, after, at: "spec.resources", called: "pod-level resource")
        if before.withoutCPUAndMemory != after.withoutCPUAndMemory { issues.append(Self.otherPodLevel) }
        return issues
    }

    private static let otherPodLevel = FieldError(
        .forbidden, "spec", "only cpu and memory resources are mutable at pod-level")

    private func orderIssues(_ list: KeyPath<PodSpec, [Container]>, _ field: String) -> [FieldError] {
        let before = old.spec[keyPath: list].map(\.name)
        let after = new.spec[keyPath: list].map(\.name)
        guard before.count == after.count else {
            return [FieldError(.forbidden, "spec.\(field)", "\(field) may not be added or removed on resize")]
        }
        return zip(before, after).enumerated().filter { $1.0 != $1.1 }.map { index, _ in
            FieldError(
                .forbidden, "spec.\(field)[\(index)].name", "\(field) may not be renamed or reordered on resize")
        }
    }

    private var containerIssues: [FieldError] {
        zip(old.spec.containers, new.spec.containers).enumerated().flatMap { index, pair in
            let (before, after) = pair
            let issues = removalIssues(
                before.resources, after.resources, at: "spec.containers[\(index)].resources", called: "resource")
            guard before.withoutCPUAndMemory != after.withoutCPUAndMemory else { return issues }
            return issues + [FieldError(.forbidden, "spec", "only cpu and memory resources are mutable")]
        }
    }

    private var initContainerIssues: [FieldError] {
        zip(old.spec.initContainers, new.spec.initContainers).enumerated().flatMap { index, pair in
            let (before, after) = pair
            let path = "spec.initContainers[\(index)]"
            var issues = removalIssues(before.resources, after.resources, at: "\(path).resources", called: "resource")
            if before.withoutCPUAndMemory != after.withoutCPUAndMemory {
                issues.append(
                    FieldError(
                        .forbidden, path, "only cpu and memory resources for init or sidecar containers are mutable"))
            }
            let restarts = before.resizePolicy.contains { $0.restartPolicy == .restartContainer }
            if before != after, !after.isSidecar, restarts {
                issues.append(
                    FieldError(
                        .forbidden, path,
                        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"))
            }
            return issues
        }
    }

    /// Amounts may become others, and come, but not go: a runtime can't lift limits.
    private func removalIssues(
        _ before: ResourceRequirements, _ after: ResourceRequirements, at path: String, called name: String
    ) -> [FieldError] {
        let lists = [("requests", before.requests, after.requests), ("limits", before.limits, after.limits)]
        return lists.filter { _, before, after in before.keys.contains { after[$0] == nil } }.map { field, _, _ in
            FieldError(.forbidden, "\(path).\(field)", "\(name) \(field) cannot be removed")
        }
    }
}

extension Container {
    /// The container without what a resize may change.
    fileprivate var withoutCPUAndMemory: Container {
        var container = self
        container.resources = resources.withoutCPUAndMemory
        return container
    }
}

extension ResourceRequirements {
    fileprivate var withoutCPUAndMemory: ResourceRequirements {
        var others = self
        for name in [ResourceName.cpu, ResourceName.memory] {
            others.requests[name] = nil
            others.limits[name] = nil
        }
        return others
    }
}
