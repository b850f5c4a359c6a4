package import KubernetesAPI

/// What a pod may write on its node's disk, and what follows when it has written more (upstream: `localStorageEviction`
/// in `pkg/kubelet/eviction/eviction_manager.go`).
package struct StorageLimits: Sendable, Hashable {
    /// Bytes, by volume.
    private var emptyDirs: [String: Quantity] = [:]
    /// Of each container.
    private var containers: [String: Quantity] = [:]
    /// Of all containers and volumes together: what containers may that are limited.
    private var total: Quantity?

    /// `nil` for a pod without any.
    package init?(of pod: Pod) {
        for volume in pod.spec.volumes {
            guard let emptyDir = volume.emptyDir, emptyDir.medium == .disk, let limit = emptyDir.sizeLimit,
                limit.value > 0
            else { continue }
            emptyDirs[volume.name] = limit
        }
        for container in pod.spec.containers {
            containers[container.name] = container.resources.limits["ephemeral-storage"]
        }
        if !containers.isEmpty { total = pod.spec.podLimits["ephemeral-storage"] }
        if emptyDirs.isEmpty, containers.isEmpty { return nil }
    }

    /// Why the pod has to go, in upstream's words.
    /// - Parameters:
    ///   - written: bytes, by volume.
    ///   - used: bytes that count for the limit of a container, by container.
    ///   - sum: bytes of all that the pod has written.
    package func excess(
        emptyDirs written: [String: Int64], containers used: [String: Int64], total sum: Int64
    ) -> PodEnding? {
        for (name, limit) in emptyDirs.sorted(by: { $0.key < $1.key }) where (written[name] ?? 0) > limit.value {
            return ending("Usage of EmptyDir volume \"\(name)\" exceeds the limit \"\(limit)\". ")
        }
        if let total, sum > total.value {
            return ending("Pod ephemeral local storage usage exceeds the total limit of containers \(total). ")
        }
        for (name, limit) in containers.sorted(by: { $0.key < $1.key }) where (used[name] ?? 0) > limit.value {
            return ending("Container \(name) exceeded its local ephemeral storage limit \"\(limit)\". ")
        }
        return nil
    }

    /// The pod's own doing, so no disruption by somebody else: a job that goes on failing so counts it.
    private func ending(_ message: String) -> PodEnding { PodEnding(reason: "Evicted", message: message) }
}
