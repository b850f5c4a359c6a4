import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import StructuredData

extension PodTranslation {
    /// A container's volumes (upstream: `makeMounts` in `pkg/kubelet/kubelet_pods.go`).
    /// - Throws: `ContainerStartError`.
    func volumeMounts(
        of container: Container, in pod: Pod, _ surroundings: Surroundings
    ) throws -> [ContainerMount] {
        try container.volumeMounts.enumerated().map { index, mount in
            guard let volume = surroundings.volumes[mount.name] else {
                throw Self.refusal("cannot mount volume \(mount.name): the pod has no such volume")
            }
            if let problem = mount.recursiveReadOnlyProblem(surroundings.runtime, handler: surroundings.handler) {
                throw Self.refusal(problem)
            }
            var mounted = ContainerMount(
                containerPath: mount.mountPath.hasPrefix("/") ? mount.mountPath : "/" + mount.mountPath,
                hostPath: surroundings.subPaths[index] ?? volume.path,
                readOnly: mount.readOnly || volume.isReadOnly,
                seLinuxRelabel: node.hasSELinux && pod.isMadeByKubelet(volume: mount.name),
                propagation: Self.propagation(mount),
                recursiveReadOnly: mount.isRecursivelyReadOnly(surroundings.runtime, handler: surroundings.handler))
            if volume.isImage {
                if let problem = pod.imageVolumeProblem(surroundings.runtime) { throw Self.refusal(problem) }
                guard let image = surroundings.imageVolumes[mount.name] else {
                    throw Self.refusal("cannot mount volume \(mount.name): its image is gone")
                }
                mounted.image = image
                mounted.imageSubPath = surroundings.subPaths[index] ?? ""
                mounted.hostPath = ""
            }
            return mounted
        }
    }

    private static func refusal(_ message: String) -> ContainerStartError {
        ContainerStartError(.createContainerConfigError, message)
    }

    private static func propagation(_ mount: VolumeMount) -> ContainerMount.Propagation {
        switch mount.mountPropagation {
        case "HostToContainer": .hostToContainer
        case "Bidirectional": .bidirectional
        default: .none
        }
    }
}

extension Pod {
    /// Whether a volume's files are the kubelet's or the runtime's, to be labelled for the pod: those of the host are left
    /// as they are.
    fileprivate func isMadeByKubelet(volume name: String) -> Bool {
        spec.volumes.contains { $0.name == name && $0.hostPath == nil }
    }
}
