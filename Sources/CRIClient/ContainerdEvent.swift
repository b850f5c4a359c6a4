internal import CRIProtocol
internal import ContainerRuntime
internal import GRPCCore
internal import KubernetesAPI
internal import SwiftProtobuf

/// What an event of containerd's own event service says about the containers of CRI.
enum ContainerdEvent: Hashable {
    case changed(id: String, RuntimeEvent.Change)
    /// The process has ended and its task is gone. That of the process's exit comes a little earlier, but only now is
    /// all that the process wrote in its log.
    case exited(id: String, ObservedExits.Exit)
    /// The mark a new subscription publishes to see that it stands.
    case subscribed

    /// The containerd namespace that CRI's containers are in.
    static let namespace = "k8s.io"
    /// What tells it with a call.
    static let namespaceMetadata: Metadata = ["containerd-namespace": "k8s.io"]
    static let subscribedTopic = "/swiftlet/subscribed"
    /// All that is decoded here, in containerd's filter language; the parts separated by a comma must all match.
    static let filter = """
        namespace=="\(namespace)",\
        topic~="^/(tasks/(start|delete|oom)|containers/(create|delete)|swiftlet/subscribed)$"
        """

    /// `nil` for an event of another namespace, of an exec's process, or of a kind that isn't asked for.
    init?(_ envelope: Containerd_Services_Events_V1_Envelope) throws {
        guard envelope.namespace == Self.namespace else { return nil }
        let payload = envelope.event.value
        switch envelope.topic {
        case "/containers/create":
            self = .changed(id: try Containerd_Events_ContainerCreate(serializedBytes: payload).id, .created)
        case "/containers/delete":
            self = .changed(id: try Containerd_Events_ContainerDelete(serializedBytes: payload).id, .removed)
        case "/tasks/start":
            self = .changed(id: try Containerd_Events_TaskStart(serializedBytes: payload).containerID, .started)
        case "/tasks/oom":
            self = .changed(id: try Containerd_Events_TaskOOM(serializedBytes: payload).containerID, .outOfMemory)
        case "/tasks/delete":
            let end = try Containerd_Events_TaskDelete(serializedBytes: payload)
            guard end.id.isEmpty || end.id == end.containerID else { return nil }
            let finishedAt = Timestamp(seconds: end.exitedAt.seconds, nanoseconds: end.exitedAt.nanos)
            self = .exited(
                id: end.containerID, .init(code: Int32(truncatingIfNeeded: end.exitStatus), finishedAt: finishedAt))
        case Self.subscribedTopic:
            self = .subscribed
        default:
            return nil
        }
    }
}
