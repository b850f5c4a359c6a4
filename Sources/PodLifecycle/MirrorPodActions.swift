package import KubernetesAPI
package import StructuredData

/// What makes the API server's mirror pods show the static pods of a node.
package enum MirrorPodAction: Sendable, Hashable {
    /// There is no mirror of this pod.
    case create(Pod)
    /// A mirror of a pod that is gone or is another by now.
    case delete(PodFullName, uid: MirrorPodUID)
    /// The mirror's status is not the pod's: a JSON merge patch.
    case patchStatus(PodFullName, JSONValue)
    /// A pod that is no mirror has the name: it is somebody else's and left alone.
    case nameTaken(PodFullName)

    /// The pod it is about.
    package var fullName: PodFullName {
        switch self {
        case .create(let pod): pod.fullName
        case .delete(let name, _), .patchStatus(let name, _), .nameTaken(let name): name
        }
    }
}

package enum MirrorPods {
    /// Compares the static pods, with their statuses, with the API server's pods of this node.
    /// - Parameters:
    ///   - nodeUID: the UID of the Node object, which mirrors are owned by.
    package static func actions(
        staticPods: [Pod], mirrors: [PodFullName: Pod], nodeName: String, nodeUID: String
    ) -> [MirrorPodAction] {
        var actions: [MirrorPodAction] = []
        let wanted = Dictionary(staticPods.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, mirror) in mirrors.sorted(by: { $0.key < $1.key }) where mirror.isMirror && wanted[name] == nil {
            actions.append(.delete(name, uid: MirrorPodUID(mirror.metadata.uid)))
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
                actions.append(.delete(pod.fullName, uid: MirrorPodUID(found.metadata.uid)))
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

    /// A merge patch that makes the mirror's status this one, or `nil` when it is.
    static func statusPatch(from mirror: Pod, to status: PodStatus) -> JSONValue? {
        guard mirror.status != status, case .object(let old) = mirror.status.encoded(),
            case .object(var new) = status.encoded()
        else { return nil }
        for member in old.members where new[member.key] == nil { new[member.key] = .null }
        return ["metadata": ["uid": .string(mirror.metadata.uid)], "status": .object(new)]
    }
}
