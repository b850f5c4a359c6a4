package import ContainerRuntime
package import KubernetesAPI

/// Whether what is mounted below a volume is read-only too (upstream: `resolveRecursiveReadOnly` in
/// `pkg/kubelet/kubelet_pods.go`). That the mount is read-only itself and lets no mounts through has been validated.
extension VolumeMount {
    /// - Parameter handler: the runtime's handler of the pod; empty for the default one.
    package func isRecursivelyReadOnly(_ runtime: RuntimeFeatures, handler: String) -> Bool {
        guard recursiveReadOnly == .enabled || recursiveReadOnly == .ifPossible else { return false }
        return runtime.hasRecursiveReadOnlyMounts(handler)
    }

    /// Why the mount can't be as its spec asks, in upstream's words.
    package func recursiveReadOnlyProblem(_ runtime: RuntimeFeatures, handler: String) -> String? {
        guard recursiveReadOnly == .enabled, !runtime.hasRecursiveReadOnlyMounts(handler) else { return nil }
        return "failed to resolve recursive read-only mode: volume \"\(name)\" requested recursive read-only mode, "
            + "but it is not supported by the runtime"
    }
}

extension VolumeMountStatus {
    package init(_ mount: VolumeMount, _ runtime: RuntimeFeatures, handler: String) {
        self.init()
        name = mount.name
        mountPath = mount.mountPath
        readOnly = mount.readOnly
        guard mount.readOnly else { return }
        recursiveReadOnly = mount.isRecursivelyReadOnly(runtime, handler: handler) ? .enabled : .disabled
    }
}
