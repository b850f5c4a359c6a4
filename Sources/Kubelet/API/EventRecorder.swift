package import KubernetesAPI
package import Logging
package import PodLifecycle

/// Posts events to the API server, where there is one, and into the log.
///
/// Notes are taken without waiting; what can't be posted is dropped in the end, never what the kubelet does. An event
/// that repeats is counted in the one that is there.
package final class EventRecorder: EventSink {
    private struct Note: Sendable {
        var type: EventType
        var reason: String
        var message: String
        var target: EventTarget
        var annotations: [String: String]
        var at: Timestamp
    }

    private struct Key: Hashable {
        var type: EventType
        var reason: String
        var message: String
        var target: EventTarget
    }

    private static let capacity = 512
    private static let repeatWindow = Duration.seconds(600)

    private let nodeName: String
    private let api: (any NodeAPI)?
    private let clock: any KubeletClock
    private let logger: Logger
    private let notes: AsyncStream<Note>
    private let input: AsyncStream<Note>.Continuation

    /// - Parameter api: `nil` when the kubelet runs standalone: events then only show in the log.
    package init(nodeName: String, api: (any NodeAPI)?, clock: any KubeletClock, logger: Logger) {
        self.nodeName = nodeName
        self.api = api
        self.clock = clock
        self.logger = logger
        (notes, input) = AsyncStream.makeStream(of: Note.self, bufferingPolicy: .bufferingNewest(Self.capacity))
    }

    package func record(
        _ type: EventType, _ reason: String, _ message: String, about target: EventTarget,
        annotations: [String: String]
    ) {
        logger.info(
            "event",
            metadata: [
                "object": "\(target.kind)/\(target.name)", "type": "\(type)", "reason": "\(reason)",
                "message": "\(message)",
            ])
        input.yield(
            Note(
                type: type, reason: reason, message: message, target: target, annotations: annotations,
                at: clock.now()))
    }

    /// Posts what is noted, until cancelled.
    package func run() async {
        guard let api else { return }
        var posted: [Key: Event] = [:]
        for await note in notes {
            let key = Key(type: note.type, reason: note.reason, message: note.message, target: note.target)
            do {
                posted[key] = try await post(note, after: posted[key], to: api)
            } catch is CancellationError {
                return
            } catch {
                posted[key] = nil
                logger.debug("cannot post an event", metadata: ["reason": "\(note.reason)", "error": "\(error)"])
            }
            if posted.count > Self.capacity, let oldest = posted.min(by: { $0.value.isOlder(than: $1.value) }) {
                posted[oldest.key] = nil
            }
        }
    }

    private func post(_ note: Note, after earlier: Event?, to api: any NodeAPI) async throws -> Event {
        if var event = earlier, let last = event.lastTimestamp, note.at.since(last) < Self.repeatWindow {
            event.count += 1
            event.lastTimestamp = note.at.wholeSeconds
            do {
                return try await api.replaceEvent(event)
            } catch let error as NodeAPIError where error.code == .notFound || error.code == .conflict {
                // It has expired, or somebody changed it: a new one is as good.
            }
        }
        return try await api.createEvent(event(note))
    }

    private func event(_ note: Note) -> Event {
        var event = Event()
        event.metadata.namespace = note.target.namespace.isEmpty ? "default" : note.target.namespace
        event.metadata.name = "\(note.target.name).\(String(note.at.nanosecondsSince1970, radix: 16))"
        event.metadata.annotations = note.annotations
        event.involvedObject.apiVersion = "v1"
        event.involvedObject.kind = note.target.kind
        event.involvedObject.namespace = note.target.namespace
        event.involvedObject.name = note.target.name
        event.involvedObject.uid = note.target.uid
        event.involvedObject.fieldPath = note.target.fieldPath
        event.type = note.type
        event.reason = note.reason
        event.message = String(note.message.prefix(1024))
        event.firstTimestamp = note.at.wholeSeconds
        event.lastTimestamp = note.at.wholeSeconds
        event.count = 1
        event.source.component = "kubelet"
        event.source.host = nodeName
        event.reportingComponent = "kubelet"
        event.reportingInstance = nodeName
        return event
    }
}

extension Event {
    fileprivate func isOlder(than other: Event) -> Bool {
        guard let mine = lastTimestamp, let others = other.lastTimestamp else { return lastTimestamp == nil }
        return mine < others
    }
}
