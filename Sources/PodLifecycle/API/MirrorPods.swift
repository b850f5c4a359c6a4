package import KubernetesAPI
import StructuredData

/// What makes the API server's mirror pods show the static pods of a node.
package enum MirrorPods {
    /// Compares the static pods, with their statuses, with the API server's pods of this node.
    /// - Parameters:
    ///   - nodeUID: the UID of the Node object, which mirrors are owned by.
    package static func actions(
        staticPods: [Pod], mirrors: [PodFullName: Pod], nodeName: String, nodeUID: String
    ) -> [PodAPIAction] {
        var actions: [PodAPIAction] = []
        let wanted = Dictionary(staticPods.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, mirror) in mirrors.sorted(by: { $0.key < $1.key }) where mirror.isMirror && wanted[name] == nil {
            actions.append(.delete(name, uid: mirror.metadata.uid))
        }
        for pod in staticPods {
            guard let found = mirrors[pod.fullName] else {
                actions.append(.create(mirror(of: pod, nodeName: nodeName, nodeUID: nodeUID)))
                continue
            }
            guard found.isMirror else {
                actions.append(.nameTaken(pod.fullName))
                continue
            }
            guard isUpToDate(found, pod, nodeUID: nodeUID) else {
                actions.append(.delete(pod.fullName, uid: found.metadata.uid))
                continue
            }
            if let patch = statusPatch(from: found, to: pod.status) {
                actions.append(.patchStatus(pod.fullName, patch))
            }
        }
        return actions
    }

    private static func isUpToDate(_ mirror: Pod, _ pod: Pod, nodeUID: String) -> Bool {
        mirror.metadata.deletionTimestamp == nil
            && mirror.metadata.annotations[ConfigAnnotations.mirror] == pod.metadata.annotations[ConfigAnnotations.hash]
            && mirror.metadata.ownerReferences.contains { $0.uid == nodeUID }
    }

    /// The copy to post, after upstream's `pkg/kubelet/pod/mirror_client.go`.
    static func mirror(of pod: Pod, nodeName: String, nodeUID: String) -> Pod {
        var mirror = Pod()
        mirror.metadata.name = pod.metadata.name
        mirror.metadata.namespace = pod.metadata.namespace
        mirror.metadata.labels = pod.metadata.labels
        mirror.metadata.annotations = pod.metadata.annotations
        mirror.metadata.annotations[ConfigAnnotations.mirror] = pod.metadata.annotations[ConfigAnnotations.hash]
        var owner = OwnerReference()
        owner.apiVersion = "v1"
        owner.kind = "Node"
        owner.name = nodeName
        owner.uid = nodeUID
        owner.controller = true
        mirror.metadata.ownerReferences = [owner]
        mirror.spec = pod.spec
        return mirror
    }

    /// A merge patch that makes the mirror's status this one, or `nil` when it is. Of what others said of the mirror, only
    /// that stays which the pod's readiness depends on.
    private static func statusPatch(from mirror: Pod, to status: PodStatus) -> JSONValue? {
        let gates = mirror.spec.readinessGates.map(\.conditionType)
        var wanted = status
        wanted.conditions += mirror.status.conditions.filter { gates.contains($0.type) }
        return PodStatus.patch(from: mirror, to: wanted)
    }
}
