import Kubelet
import KubernetesAPI

/// Events as they were recorded.
final class RecordedEvents: EventSink {
    struct Entry: Sendable, Hashable {
        var type: EventType
        var reason: String
        var message: String
        var target: EventTarget
        var annotations: [String: String] = [:]
    }

    private let entries = Watched<[Entry]>([])

    func record(
        _ type: EventType, _ reason: String, _ message: String, about target: EventTarget,
        annotations: [String: String]
    ) {
        let entry = Entry(type: type, reason: reason, message: message, target: target, annotations: annotations)
        entries.update { $0.append(entry) }
    }

    var all: [Entry] { entries.value }

    var reasons: [String] { all.map(\.reason) }

    func wait(until condition: @escaping @Sendable ([Entry]) -> Bool) async throws {
        try await entries.wait(until: condition)
    }
}
