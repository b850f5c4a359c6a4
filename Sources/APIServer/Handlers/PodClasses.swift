import KubernetesAPI
import StructuredData

/// Gives new pods what the classes stand for that they name, as upstream's admission plugins `Priority` and
/// `RuntimeClass` do (`plugin/pkg/admission`, whose words these are).
///
/// Mirrors are left as they are: they show what runs. And there are no priority classes but those of the system, so a
/// priority without a class, which upstream refuses, is taken.
struct PodClasses: Sendable {
    let storage: ResourceStorage

    /// - Throws: `APIError` with code `forbidden`.
    func fillIn(_ object: inout JSONValue) async throws {
        guard var pod = try? Pod(object), !pod.isMirror else { return }
        try setPriority(&pod)
        try await applyRuntimeClass(to: &pod)
        object["spec"] = pod.spec.encoded()
    }

    private func setPriority(_ pod: inout Pod) throws {
        let name = pod.spec.priorityClassName
        if name.isEmpty {
            pod.spec.priority = pod.spec.priority ?? 0
        } else {
            guard let priority = PodSpec.systemPriority(ofClass: name) else {
                throw Self.forbidden(pod, "no PriorityClass with name \(name) was found")
            }
            if let given = pod.spec.priority, given != priority {
                throw Self.forbidden(
                    pod,
                    "the integer value of priority (\(given)) must not be provided in pod spec; priority admission "
                        + "controller computed \(priority) from the given PriorityClass name")
            }
            pod.spec.priority = priority
        }
        pod.spec.preemptionPolicy = pod.spec.preemptionPolicy ?? .preemptLowerPriority
    }

    private func applyRuntimeClass(to pod: inout Pod) async throws {
        let runtimeClass = try await runtimeClass(of: pod)
        let overhead = runtimeClass?.overhead?.podFixed ?? [:]
        if !pod.spec.overhead.isEmpty, pod.spec.overhead != overhead {
            throw Self.forbidden(
                pod,
                overhead.isEmpty
                    ? "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
                    : "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        }
        pod.spec.overhead = overhead
        guard let scheduling = runtimeClass?.scheduling else { return }
        for (label, value) in scheduling.nodeSelector.sorted(by: { $0.key < $1.key }) {
            if let own = pod.spec.nodeSelector[label], own != value {
                throw Self.forbidden(
                    pod,
                    "conflict: runtimeClass.scheduling.nodeSelector[\(label)] = \(value); "
                        + "pod.spec.nodeSelector[\(label)] = \(own)")
            }
            pod.spec.nodeSelector[label] = value
        }
        for toleration in scheduling.tolerations where !pod.spec.tolerations.contains(toleration) {
            pod.spec.tolerations.append(toleration)
        }
    }

    private func runtimeClass(of pod: Pod) async throws -> RuntimeClass? {
        guard let name = pod.spec.runtimeClassName else { return nil }
        let target = ObjectTarget(resource: ResourceRegistry.runtimeClasses, namespace: "", name: name)
        guard let found = try await storage.find(target) else {
            throw Self.forbidden(pod, "pod rejected: RuntimeClass \"\(name)\" not found")
        }
        return try RuntimeClass(found)
    }

    private static func forbidden(_ pod: Pod, _ reason: String) -> APIError {
        .forbidden(ResourceRegistry.pods, pod.metadata.name, reason)
    }
}
