package import KubernetesAPI
import StructuredData

/// What is told of a resize; reasons and messages are upstream's (`pkg/kubelet/events`, `event.go` and `resize.go`).
package enum ResizeEvent: Sendable, Hashable {
    case started
    case completed
    case failed(String)
    case waiting(ResizeRefusal)

    package var type: EventType {
        switch self {
        case .started, .completed: .normal
        case .failed, .waiting: .warning
        }
    }

    package var reason: String {
        switch self {
        case .started: "ResizeStarted"
        case .completed: "ResizeCompleted"
        case .failed: "ResizeError"
        case .waiting(let refusal): "Resize\(refusal.reason.rawValue)"
        }
    }

    /// - Parameters:
    ///   - pod: the version with the amounts that the resize is about.
    ///   - generation: of the resize; 0 where pods have none.
    package func message(of pod: Pod, generation: Int64) -> String {
        let (beginning, problem): (String, String?) =
            switch self {
            case .started: ("Pod resize started", nil)
            case .completed: ("Pod resize completed", nil)
            case .failed(let problem): ("Pod resize error", problem)
            case .waiting(let refusal): ("Pod resize \(refusal.reason.rawValue)", refusal.message)
            }
        var summary = JSONObject()
        if let own = pod.spec.resources { summary["resources"] = own.encoded() }
        for (name, containers) in [("initContainers", pod.spec.initContainers), ("containers", pod.spec.containers)]
        where !containers.isEmpty {
            summary[name] = .array(
                containers.map { ["name": .string($0.name), "resources": $0.resources.encoded()] })
        }
        summary["generation"] = .integer(generation)
        if let problem { summary["error"] = .string(problem) }
        return "\(beginning): \(JSONValue.object(summary).serializedString)"
    }
}
