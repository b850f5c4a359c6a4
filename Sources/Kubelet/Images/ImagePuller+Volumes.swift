import ContainerRuntime
import KubernetesAPI

/// The images whose content containers mount as volumes. They are pulled as the containers' own are, with the same
/// events, reasons and back-off (upstream: `getImageVolumes` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
extension ImagePuller {
    /// Makes sure that the images are there which a container mounts.
    /// - Parameter volumes: those of the version that the container is of.
    /// - Throws: as `image(for:of:)`.
    func fetchVolumes(_ volumes: [Volume], for container: Container, of pod: Pod) async throws {
        for request in volumes.imageRequests(of: container) { _ = try await image(for: request.container, of: pod) }
    }

    /// The images that a container mounts, by their volumes' names; those that aren't there are left out.
    func presentVolumes(_ volumes: [Volume], for container: Container) async -> [String: ContainerRuntime
        .ImageReference]
    {
        var found: [String: ContainerRuntime.ImageReference] = [:]
        for request in volumes.imageRequests(of: container) {
            var wanted = request.container
            // It has been pulled, if that was to be.
            wanted.imagePullPolicy = .ifNotPresent
            guard let image = await present(for: [wanted])?[wanted.name] else { continue }
            found[request.volume] = ContainerRuntime.ImageReference(image.id, userSpecified: wanted.image)
        }
        return found
    }
}

extension [Volume] {
    /// What to ask for in a container's name, for each volume it mounts that shows an image.
    func imageRequests(of container: Container) -> [(volume: String, container: Container)] {
        let mounted = Set(container.volumeMounts.map(\.name))
        return compactMap { volume in
            guard let source = volume.image, mounted.contains(volume.name) else { return nil }
            var request = container
            request.image = source.reference
            request.imagePullPolicy = source.pullPolicy
            return (volume.name, request)
        }
    }
}
