import HTTPServing
import KubernetesAPI

/// Which part of a container's log is asked for: `PodLogOptions` without the container's name.
struct ContainerLogOptions: Sendable, Hashable {
    enum Streams: String, Sendable {
        case all = "All"
        case stdout = "Stdout"
        case stderr = "Stderr"

        func contains(_ stream: ContainerLogLine.Stream) -> Bool {
            switch self {
            case .all: true
            case .stdout: stream == .stdout
            case .stderr: stream == .stderr
            }
        }
    }

    var follow = false
    /// The container that ran before the present one.
    var previous = false
    /// Each line is preceded by its time.
    var timestamps = false
    /// Lines from the end; `nil` for all.
    var tailLines: Int64?
    /// Bytes of the answer after which it ends.
    var limitBytes: Int64?
    var sinceSeconds: Int64?
    var sinceTime: Timestamp?
    var streams = Streams.all

    init() {}

    /// Reads the parameters of a request, as upstream's `getContainerLogs` does.
    /// - Throws: `KubeletServerError` with code `badRequest` for what can't be read, `invalidParameters` for what isn't
    ///   allowed (`ValidatePodLogOptions`).
    init(_ query: QueryParameters) throws {
        do {
            follow = try Self.flag(query, "follow")
            previous = try Self.flag(query, "previous")
            timestamps = try Self.flag(query, "timestamps")
            // The older name of `tailLines`; `all` is the same as none.
            let tail = query["tail"].flatMap { $0.isEmpty ? nil : $0 }
            if tail != "all" { tailLines = try tail.map(Self.number) ?? Self.number(query, "tailLines") }
            limitBytes = try Self.number(query, "limitBytes")
            sinceSeconds = try Self.number(query, "sinceSeconds")
            if let text = query["sinceTime"], !text.isEmpty {
                guard let time = Timestamp(rfc3339: text) else { throw UnreadableParameter() }
                sinceTime = time
            }
        } catch is UnreadableParameter {
            throw KubeletServerError(.badRequest, #"{"message": "Unable to decode query."}"#)
        }
        guard let streams = Streams(rawValue: query["stream"] ?? Streams.all.rawValue), isAllowed(with: streams) else {
            throw KubeletServerError(.invalidParameters, #"{"message": "Invalid request."}"#)
        }
        self.streams = streams
    }

    /// The moment before which lines are left out.
    func since(now: Timestamp) -> Timestamp? {
        sinceTime ?? sinceSeconds.map { now.adding(seconds: -$0) }
    }

    private func isAllowed(with streams: Streams) -> Bool {
        (tailLines ?? 0) >= 0 && (limitBytes ?? 1) >= 1 && (sinceSeconds ?? 1) >= 1
            && (sinceSeconds == nil || sinceTime == nil) && (streams == .all || tailLines == nil)
    }

    private struct UnreadableParameter: Error {}

    /// Any value but `false` and `0` means yes, as in Kubernetes' query conversion.
    private static func flag(_ query: QueryParameters, _ name: String) throws -> Bool {
        guard let text = query[name] else { return false }
        return text.lowercased() != "false" && text != "0"
    }

    private static func number(_ query: QueryParameters, _ name: String) throws -> Int64? {
        guard let text = query[name], !text.isEmpty else { return nil }
        return try number(text)
    }

    private static func number(_ text: String) throws -> Int64 {
        guard let value = Int64(text) else { throw UnreadableParameter() }
        return value
    }
}
