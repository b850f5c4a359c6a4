import HostSystem
package import KubernetesAPI

/// The kinds of volumes that have a directory of the pod's, by its name.
package enum VolumePlugin: String, Sendable, Hashable, CaseIterable {
    case emptyDir = "kubernetes.io~empty-dir"
    case downwardAPI = "kubernetes.io~downward-api"
    case projected = "kubernetes.io~projected"
}

/// Where the kubelet keeps what belongs to pods. The layout is upstream's (`pkg/kubelet/kubelet_getters.go`).
package struct PodPaths: Sendable, Hashable {
    /// The kubelet's root directory, `/var/lib/kubelet` by default.
    package let root: String
    /// `podLogsDir`, `/var/log/pods` by default.
    package let logs: String

    package init(root: String, logs: String) {
        self.root = root
        self.logs = logs
    }

    package var pods: String { root + "/pods" }

    /// Accepted specs, by which pods outlive an unreadable manifest and get their full goodbye.
    package var checkpoints: String { root + "/accepted_pods" }

    /// The profiles that pods name by `localhostProfile`.
    package var seccompProfiles: String { root + "/seccomp" }

    package func pod(_ uid: PodUID) -> String { "\(pods)/\(uid.rawValue)" }

    package func etcHosts(_ uid: PodUID) -> String { pod(uid) + "/etc-hosts" }

    /// Which of the host's user IDs are the pod's.
    package func userNamespace(_ uid: PodUID) -> String { pod(uid) + "/userns" }

    /// Volumes of a kind.
    package func volumes(_ uid: PodUID, _ plugin: VolumePlugin) -> String { "\(pod(uid))/volumes/\(plugin.rawValue)" }

    package func volume(_ uid: PodUID, _ plugin: VolumePlugin, _ name: String) -> String {
        "\(volumes(uid, plugin))/\(name)"
    }

    /// Where parts of volumes are mounted, to be handed to containers.
    package func subPaths(_ uid: PodUID) -> String { pod(uid) + "/volume-subpaths" }

    /// The part of a volume that is one of a container's mounts.
    package func subPath(_ uid: PodUID, volume: String, container: String, mount: Int) -> String {
        "\(subPaths(uid))/\(volume)/\(container)/\(mount)"
    }

    /// The file that a container writes its last words to; one for each start.
    package func terminationLog(_ uid: PodUID, container: String, restartCount: Int32) -> String {
        "\(pod(uid))/containers/\(container)/\(restartCount)"
    }

    /// Links to the logs of all containers: `/var/log/containers`, unless `podLogsDir` is elsewhere. Upstream has it there
    /// whatever `podLogsDir` says; so two kubelets on one machine don't get into each other's way.
    package var logLinks: String { HostFiles.parent(of: logs) + "/containers" }

    package func podLogs(namespace: String, name: String, uid: PodUID) -> String {
        "\(logs)/\(namespace)_\(name)_\(uid.rawValue)"
    }

    /// A container's log file, relative to its pod's log directory, as CRI wants it.
    package func containerLog(container: String, restartCount: Int32) -> String {
        "\(container)/\(restartCount).log"
    }
}
