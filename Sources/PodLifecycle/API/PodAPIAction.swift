package import KubernetesAPI
package import StructuredData

/// What is to be done at the API server so that it shows a node's pods as they are.
package enum PodAPIAction: Sendable, Hashable {
    /// There is no mirror of this static pod.
    case create(Pod)
    /// Remove at once a mirror of a pod that is gone or is another by now, or a pod that has ended after its deletion.
    case delete(PodFullName, uid: String)
    /// The status that is shown is not the pod's: a JSON merge patch.
    case patchStatus(PodFullName, JSONValue)
    /// A pod that is no mirror has the name of a static pod: it is somebody else's and left alone.
    case nameTaken(PodFullName)

    /// The pod it is about.
    package var fullName: PodFullName {
        switch self {
        case .create(let pod): pod.fullName
        case .delete(let name, _), .patchStatus(let name, _), .nameTaken(let name): name
        }
    }
}
