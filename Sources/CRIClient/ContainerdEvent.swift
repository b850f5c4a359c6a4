internal import CRIProtocol
internal import ContainerRuntime
internal import GRPCCore
internal import KubernetesAPI
internal import SwiftProtobuf

/// What an event of containerd's own event service says about the containers of CRI.
enum ContainerdEvent: Hashable {
    case changed(id: String, RuntimeEvent.Change)
    /// The process has ended. It is told twice: at once, and some tens of milliseconds later, when its task is gone and
    /// all that the process wrote is in its log.
    case exited(id: String, ObservedExits.Exit)
    /// The mark a new subscription publishes to see that it stands.
    case subscribed

    /// The containerd namespace that CRI's containers are in.
    static let namespace = "k8s.io"
    /// What tells it with a call.
    static let namespaceMetadata: Metadata = ["containerd-namespace": "\(namespace)"]
    static let subscribedTopic = "/swiftlet/subscribed"
    /// All that is decoded here, in containerd's filter language; the parts separated by a comma must all match.
    static let filter = """
        namespace=="\(namespace)",\
        topic~="^/(tasks/(start|exit|delete|oom)|containers/(create|delete)|swiftlet/subscribed)$"
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
        case "/tasks/exit":
            let end = try Containerd_Events_TaskExit(serializedBytes: payload)
            guard end.id == end.containerID else { return nil }
            self = .exited(id: end.containerID, .init(status: end.exitStatus, at: end.exitedAt))
        case "/tasks/delete":
            let end = try Containerd_Events_TaskDelete(serializedBytes: payload)
            guard end.id.isEmpty || end.id == end.containerID else { return nil }
            self = .exited(id: end.containerID, .init(status: end.exitStatus, at: end.exitedAt))
        case Self.subscribedTopic:
            self = .subscribed
        default:
            return nil
        }
    }
}

extension ObservedExits.Exit {
    fileprivate init(status: UInt32, at moment: Containerd_Events_Moment) {
        self.init(
            code: Int32(truncatingIfNeeded: status),
            finishedAt: Timestamp(seconds: moment.seconds, nanoseconds: moment.nanos))
    }
}
