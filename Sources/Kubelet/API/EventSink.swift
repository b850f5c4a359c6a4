package import KubernetesAPI

/// Takes notes of what happens, for `kubectl describe` and `kubectl get events`. Never blocks and never fails.
package protocol EventSink: Sendable {
    /// - Parameter annotations: the event's own.
    func record(
        _ type: EventType, _ reason: String, _ message: String, about target: EventTarget,
        annotations: [String: String])
}

extension EventSink {
    package func record(_ type: EventType, _ reason: String, _ message: String, about target: EventTarget) {
        record(type, reason, message, about: target, annotations: [:])
    }
}

/// What an event is about.
package struct EventTarget: Sendable, Hashable {
    package var kind: String
    package var namespace: String
    package var name: String
    package var uid: String
    /// The part of the object, such as `spec.containers{nginx}`.
    package var fieldPath: String

    /// A pod or one of its containers. A static pod's events carry the UID by which its mirror is described.
    package init(pod: Pod, container: String? = nil) {
        kind = "Pod"
        namespace = pod.metadata.namespace
        name = pod.metadata.name
        uid = pod.metadata.annotations[ConfigAnnotations.hash] ?? pod.metadata.uid
        fieldPath = container.map { "spec.\(pod.spec.listOfContainer(named: $0)){\($0)}" } ?? ""
    }

    /// A node; its events are found by its name, as upstream's kubelet records them.
    package init(node name: String) {
        kind = "Node"
        namespace = ""
        self.name = name
        uid = name
        fieldPath = ""
    }
}

extension PodSpec {
    /// The field that a container of that name stands in.
    fileprivate func listOfContainer(named name: String) -> String {
        if initContainers.contains(where: { $0.name == name }) { return "initContainers" }
        return ephemeralContainers.contains { $0.common.name == name } ? "ephemeralContainers" : "containers"
    }
}
