import StructuredData
import Testing

/// A pod as an API shows it, with all its containers.
struct ShownPod: Sendable {
    /// What must not change while nothing happens to a container.
    struct Container: Sendable, Hashable {
        var id: String
        var startedAt: String
        var restartCount: Int64
        var isReady: Bool
    }

    struct Condition: Sendable, Hashable {
        var status: String
        var reason: String
        var message: String
    }

    let object: JSONValue

    var uid: String { object.value(at: "metadata", "uid")?.stringValue ?? "" }
    /// The hash of the version that runs.
    var hash: String { annotation("config.hash") }
    var edition: Int? { object.value(at: "metadata", "labels", "edition")?.stringValue.flatMap { Int($0) } }
    var phase: String { object.value(at: "status", "phase")?.stringValue ?? "" }
    var reason: String { object.value(at: "status", "reason")?.stringValue ?? "" }
    var podIP: String { object.value(at: "status", "podIP")?.stringValue ?? "" }
    var hostIP: String { object.value(at: "status", "hostIP")?.stringValue ?? "" }

    var containers: [String: Container] {
        var found: [String: Container] = [:]
        for status in object.value(at: "status", "containerStatuses")?.arrayValue ?? [] {
            found[status["name"]?.stringValue ?? ""] = Container(
                id: status["containerID"]?.stringValue ?? "",
                startedAt: status.value(at: "state", "running", "startedAt")?.stringValue ?? "",
                restartCount: status["restartCount"]?.integerValue ?? 0, isReady: status["ready"]?.boolValue ?? false)
        }
        return found
    }

    /// Whether every container of the spec is ready.
    var isReady: Bool {
        let wanted = object.value(at: "spec", "containers")?.arrayValue?.count ?? 0
        return wanted > 0 && containers.count == wanted && containers.values.allSatisfy(\.isReady)
    }

    func annotation(_ name: String) -> String {
        object.value(at: "metadata", "annotations", "kubernetes.io/\(name)")?.stringValue ?? ""
    }

    func condition(_ type: String) -> Condition? {
        let all = object.value(at: "status", "conditions")?.arrayValue ?? []
        return all.first { $0["type"]?.stringValue == type }.map { condition in
            Condition(
                status: condition["status"]?.stringValue ?? "", reason: condition["reason"]?.stringValue ?? "",
                message: condition["message"]?.stringValue ?? "")
        }
    }

    /// Why a container waits.
    func waiting(_ container: String) -> JSONValue? {
        object.value(at: "status", "containerStatuses")?.arrayValue?
            .first { $0["name"]?.stringValue == container }?.value(at: "state", "waiting")
    }

    static let manifestValid = "swiftlet.dev/ManifestValid"
    static let updatePending = "swiftlet.dev/UpdatePending"
}

extension TestNode {
    /// The pod's mirror; `nil` when it has none.
    func shown(_ pod: String) async throws -> ShownPod? { try await mirror(pod).map(ShownPod.init) }

    /// Waits until the pod's mirror is as described.
    @discardableResult
    func shown(_ pod: String, _ what: String, _ condition: (ShownPod) -> Bool) async throws -> ShownPod {
        do {
            return try await eventually("pod \(pod) \(what)") {
                try self.checkPrograms()
                return try await self.shown(pod).flatMap { condition($0) ? $0 : nil }
            }
        } catch let error as Command.Failure {
            let seen = try await mirror(pod)?.description ?? "no mirror"
            throw Command.Failure(description: "\(error); seen: \(seen)\n\(recentLogs)")
        }
    }

    /// Adds the manifest and waits until all containers are ready.
    @discardableResult
    func run(_ pod: WitnessedPod) async throws -> ShownPod {
        try write(pod)
        return try await shown(pod.name, "is ready") { $0.isReady && $0.edition == pod.edition }
    }

    /// The pod in the kubelet's own list.
    func listed(_ pod: String) async throws -> ShownPod? {
        let result = try await kubectl("get", "--raw", "/api/v1/nodes/\(Self.name)/proxy/pods")
        guard result.succeeded else { return nil }
        let items = try JSONValue(parsing: result.output)["items"]?.arrayValue ?? []
        return items.first { $0.value(at: "metadata", "name")?.stringValue == Self.mirror(pod) }.map(ShownPod.init)
    }

    /// The messages of the events of a reason: of all pods and nodes, or of one object.
    func events(_ reason: String, of object: String? = nil) async throws -> [String] {
        let selector = "reason=\(reason)" + (object.map { ",involvedObject.name=\($0)" } ?? "")
        let format = "jsonpath={range .items[*]}{.message}{\"\\n\"}{end}"
        return try await output("get", "events", "-A", "--field-selector", selector, "-o", format)
            .split(separator: "\n").map(String.init)
    }
}
