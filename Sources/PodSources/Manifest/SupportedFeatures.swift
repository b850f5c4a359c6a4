import KubernetesAPI
import StructuredData

/// What this version does not run yet, by field: a manifest that uses it is rejected rather than run in part.
///
/// Whoever builds one of these removes its row. Fields that have no meaning for a static pod (affinity to other
/// pods, tolerations, topology…) are accepted and have no effect, as upstream has it.
enum SupportedFeatures {
    /// A field that may not be set, and where it is set.
    struct PodRow: Sendable {
        var fields: [String]
        var isUsed: @Sendable (PodSpec) -> Bool

        init(_ fields: String..., isUsed: @escaping @Sendable (PodSpec) -> Bool) {
            self.fields = fields
            self.isUsed = isUsed
        }
    }

    struct ContainerRow: Sendable {
        var fields: [String]
        var isUsed: @Sendable (Container) -> Bool

        init(_ fields: String..., isUsed: @escaping @Sendable (Container) -> Bool) {
            self.fields = fields
            self.isUsed = isUsed
        }
    }

    static let podRows = [
        PodRow("schedulingGroup") { $0.schedulingGroup != nil },
        PodRow("securityContext", "windowsOptions") { $0.securityContext?.windowsOptions != nil },
    ]

    static let containerRows = [
        ContainerRow("volumeDevices") { !$0.volumeDevices.isEmpty },
        ContainerRow("securityContext", "windowsOptions") { $0.securityContext?.windowsOptions != nil },
    ]

    /// The volume sources that run.
    static let volumeSources: Set<String> = ["hostPath", "emptyDir", "downwardAPI", "projected", "image"]

    /// Whether a resource is known; others would come from device plugins.
    private static func isKnown(_ resource: String) -> Bool { ResourceName.isStandard(resource) }

    /// Everything in the pod that does not run yet.
    static func issues(in pod: Pod) -> [FieldIssue] {
        let path = FieldPath("spec")
        var issues = podRows.filter { $0.isUsed(pod.spec) }.map { missing(path, $0.fields) }
        for name in (pod.spec.resources?.limits.keys.sorted() ?? []) where !isKnown(name) {
            issues.append(missing(path.child("resources", "limits").key(name), []))
        }
        for (index, volume) in pod.spec.volumes.enumerated() {
            issues += volumeIssues(volume, path.child("volumes").index(index))
        }
        for (index, container) in pod.spec.initContainers.enumerated() {
            issues += containerIssues(container, path.child("initContainers").index(index))
        }
        for (index, container) in pod.spec.containers.enumerated() {
            issues += containerIssues(container, path.child("containers").index(index))
        }
        return issues
    }

    private static func containerIssues(_ container: Container, _ path: FieldPath) -> [FieldIssue] {
        var issues = containerRows.filter { $0.isUsed(container) }.map { missing(path, $0.fields) }
        for name in container.resources.limits.keys.sorted() where !isKnown(name) {
            let place = path.child("resources", "limits").key(name)
            issues.append(missing(place, []))
        }
        return issues
    }

    private static func volumeIssues(_ volume: Volume, _ path: FieldPath) -> [FieldIssue] {
        if let medium = volume.emptyDir?.medium, !isKnown(medium) {
            return [missing(path, ["emptyDir", "medium"])]
        }
        guard case .object(let fields) = volume.encoded() else { return [] }
        return fields.keys.filter { $0 != "name" && !volumeSources.contains($0) }.map { missing(path, [$0]) }
    }

    private static func isKnown(_ medium: StorageMedium) -> Bool {
        [.disk, .memory, .hugePages].contains(medium) || medium.pageSize ?? 0 > 0
    }

    private static func missing(_ path: FieldPath, _ fields: [String]) -> FieldIssue {
        let place = fields.reduce(path) { $0.child($1) }
        return FieldIssue(path: place, message: "not supported by this version of swiftlet")
    }
}
