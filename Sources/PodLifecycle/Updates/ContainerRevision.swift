package import KubernetesAPI
import StructuredData

/// What a running container is of its spec: equal for specs between which it needs no restart.
///
/// Containers carry it as an annotation, so it must stay the same over versions of this program: golden vectors guard
/// it. It covers what the runtime was given when the container was created. Probes, hooks, the pull policy and amounts
/// of CPU and memory that may change in place are in none of it; values of labels, annotations and resources that its
/// environment refers to are.
package struct ContainerRevision: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }

    /// The revisions of a pod's containers by their names.
    package static func all(of pod: Pod) -> [String: ContainerRevision] {
        let canonical = pod.canonical
        let isAssigned = pod.isAssigned
        return Dictionary(
            canonical.spec.allContainers.map {
                ($0.name, ContainerRevision(of: $0, in: canonical, isAssigned: isAssigned))
            }
        ) { first, _ in first }
    }

    private init(of container: Container, in canonical: Pod, isAssigned: Bool) {
        var document: JSONValue = ["container": container.withoutLiveFields.encoded()]
        let references = Self.references(of: container, in: canonical, isAssigned: isAssigned)
        if !references.isEmpty { document["references"] = references.encoded() }
        let profile = canonical.metadata.annotations[Pod.appArmorAnnotation + container.name]
        if let profile { document["appArmor"] = .string(profile) }
        // It decides the container's OOM score.
        if canonical.isNodeCritical { document["nodeCritical"] = true }
        rawValue = FNV1a128.hexadecimal(of: document.canonicalBytes)
    }

    /// What the environment gets from elsewhere in the pod, by variable.
    private static func references(
        of container: Container, in pod: Pod, isAssigned: Bool
    ) -> [String: String] {
        var found: [String: String] = [:]
        for variable in container.env {
            if let field = variable.valueFrom?.fieldRef {
                if let key = field.key(of: "metadata.labels") { found[variable.name] = pod.metadata.labels[key] }
                if let key = field.key(of: "metadata.annotations") {
                    found[variable.name] = pod.metadata.annotations[key]
                }
            }
            // A container that is resized at the API server keeps what it was told of amounts when it began.
            if let selector = variable.valueFrom?.resourceFieldRef, !isAssigned {
                found[variable.name] = amount(selector, default: container, in: pod)
            }
        }
        return found
    }

    private static func amount(_ selector: ResourceFieldSelector, default container: Container, in pod: Pod) -> String?
    {
        let name = selector.containerName
        let chosen = name.isEmpty ? container : pod.spec.container(named: name)
        let parts = selector.resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard let resources = chosen?.resources, parts.count == 2 else { return nil }
        // In its canonical form a request that equals its limit is left out.
        let amount = resources.limits[parts[1]] ?? (parts[0] == "limits" ? pod.spec.resources?.limits[parts[1]] : nil)
        return (parts[0] == "limits" ? amount : resources.requests[parts[1]] ?? amount)?.description
    }
}

extension Container {
    /// The container without the fields that take effect while it runs.
    fileprivate var withoutLiveFields: Container {
        var container = self
        container.livenessProbe = nil
        container.readinessProbe = nil
        container.startupProbe = nil
        container.lifecycle?.postStart = nil
        container.lifecycle?.preStop = nil
        if container.lifecycle == Lifecycle() { container.lifecycle = nil }
        container.resizePolicy = []
        container.restartPolicy = nil
        container.restartPolicyRules = []
        container.imagePullPolicy = ""
        container.resources.limits = resources.limits.filter { !isResizedInPlace($0.key) }
        container.resources.requests = resources.requests.filter { !isResizedInPlace($0.key) }
        return container
    }

    /// Whether amounts of a resource change without a restart: those of CPU and memory do unless `resizePolicy` says
    /// otherwise.
    package func isResizedInPlace(_ resource: String) -> Bool {
        guard resource == "cpu" || resource == "memory" else { return false }
        return !resizePolicy.contains { $0.resourceName == resource && $0.restartPolicy == .restartContainer }
    }
}
