/// Annotations by which static pods and their mirrors are told apart (upstream: `pkg/kubelet/types/pod_update.go`).
package enum ConfigAnnotations {
    /// `file`, `http` or `api`.
    package static let source = "kubernetes.io/config.source"
    package static let hash = "kubernetes.io/config.hash"
    package static let seen = "kubernetes.io/config.seen"
    /// On a mirror pod: the `hash` of the static pod it shows.
    package static let mirror = "kubernetes.io/config.mirror"
}

extension Pod {
    /// Whether it is the API server's copy of a static pod.
    package var isMirror: Bool { metadata.annotations[ConfigAnnotations.mirror] != nil }

    /// Whether its kubelet got it from elsewhere than the API server.
    package var isStatic: Bool {
        switch metadata.annotations[ConfigAnnotations.source] {
        case "file", "http": true
        default: false
        }
    }

    /// Whether its kubelet got it from the API server.
    package var isAssigned: Bool { metadata.annotations[ConfigAnnotations.source] == "api" }

    /// Whether all of it has ended for good.
    package var isTerminal: Bool { status.phase.isTerminal }

    /// Whether the node itself depends on the pod (upstream: `IsNodeCriticalPod`).
    package var isNodeCritical: Bool { spec.priorityClassName == "system-node-critical" }
}

extension PodSpec {
    /// The priority of a class that every cluster has (`pkg/apis/scheduling/types.go`); `nil` for other names.
    package static func systemPriority(ofClass name: String) -> Int32? {
        switch name {
        case "system-node-critical": 2_000_001_000
        case "system-cluster-critical": 2_000_000_000
        default: nil
        }
    }
}
