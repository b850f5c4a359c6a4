import Logging

/// What was logged, to be read by tests.
final class RecordedLog: Sendable {
    struct Line: Sendable, Hashable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let lines = Watched<[Line]>([])

    var all: [Line] { lines.value }

    /// The lines at level warning and above.
    var problems: [Line] { all.filter { $0.level >= .warning } }

    func wait(until condition: @escaping @Sendable ([Line]) -> Bool) async throws {
        try await lines.wait(until: condition)
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self.lines) } }

    private struct Handler: LogHandler {
        let lines: Watched<[Line]>
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let line = Line(level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" })
            lines.update { $0.append(line) }
        }
    }
}
