import Glibc
import HostSystem
import StructuredData
import Testing

/// What a test wants to know of a pod's only container.
struct ObservedPod: Sendable, Hashable {
    /// The mirror's UID.
    var uid: String
    var phase: String
    var isReady: Bool
    var containerID: String
    var startedAt: String
    var restartCount: Int64
    var podIP: String
    var hostIP: String

    init?(_ pod: JSONValue) {
        guard let uid = pod.value(at: "metadata", "uid")?.stringValue else { return nil }
        self.uid = uid
        let status = pod["status"]
        let container = status?["containerStatuses"]?[0]
        phase = status?["phase"]?.stringValue ?? ""
        isReady = container?["ready"]?.boolValue ?? false
        containerID = container?["containerID"]?.stringValue ?? ""
        startedAt = container?.value(at: "state", "running", "startedAt")?.stringValue ?? ""
        restartCount = container?["restartCount"]?.integerValue ?? 0
        podIP = status?["podIP"]?.stringValue ?? ""
        hostIP = status?["hostIP"]?.stringValue ?? ""
    }

    /// What must not change while nothing happens to the container.
    var container: [String] { [containerID, startedAt, "\(restartCount)"] }
}

extension TestNode {
    // MARK: kubectl

    /// The environment of any kubectl: its own cache, and the admin's kubeconfig.
    func kubectlEnvironment(_ kubectl: Kubectl) -> [String: String] {
        ["HOME": "\(directory)/kubectl/\(kubectl.version)", "KUBECONFIG": adminConfig]
    }

    func kubectlCommand(_ kubectl: Kubectl, _ arguments: [String]) -> Command {
        Command([kubectl.path] + arguments, environment: kubectlEnvironment(kubectl))
    }

    /// Runs a kubectl to its end.
    func kubectl(with kubectl: Kubectl, _ arguments: String...) async throws -> Command.Result {
        try await kubectlCommand(kubectl, arguments).run()
    }

    /// Runs the newest kubectl to its end.
    func kubectl(_ arguments: String...) async throws -> Command.Result {
        let newest = try #require(tier.kubectls.last)
        return try await kubectlCommand(newest, arguments).run()
    }

    /// What the kubectl prints; its failure is the test's.
    @discardableResult
    func output(with kubectl: Kubectl? = nil, _ arguments: String...) async throws -> String {
        let kubectl = try kubectl ?? #require(tier.kubectls.last)
        return try await kubectlCommand(kubectl, arguments).output()
    }

    // MARK: Pods

    /// The mirror's name of a pod.
    static func mirror(_ pod: String) -> String { "\(pod)-\(name)" }

    /// The mirror of a pod as the API server has it; `nil` when it has none.
    func mirror(_ pod: String) async throws -> JSONValue? {
        let result = try await kubectl("get", "pod", Self.mirror(pod), "--ignore-not-found", "-o", "json")
        guard result.succeeded, !result.output.isEmpty else { return nil }
        return try JSONValue(parsing: result.output)
    }

    func observe(_ pod: String) async throws -> ObservedPod? { try await mirror(pod).flatMap(ObservedPod.init) }

    /// Waits until the pod's container is ready, and says what there is then.
    @discardableResult
    func ready(_ pod: String, _ condition: (ObservedPod) -> Bool = { _ in true }) async throws -> ObservedPod {
        do {
            return try await eventually("pod \(pod) is ready") {
                try self.checkPrograms()
                let observed = try await self.observe(pod)
                return observed.flatMap { $0.isReady && condition($0) ? $0 : nil }
            }
        } catch let error as Command.Failure {
            let seen = try await mirror(pod)?["status"]?.description ?? "no mirror"
            throw Command.Failure(description: "\(error); status: \(seen)\n\(recentLogs)")
        }
    }

    /// Puts a manifest in place at once, so that nobody reads half of it.
    func add(_ pod: String, _ manifest: String, in folder: String? = nil) throws {
        try HostFiles.writeAtomically(manifest, to: "\(folder ?? manifests)/\(pod).yaml", mode: 0o644)
    }

    /// Adds a manifest and waits until its container is ready.
    @discardableResult
    func run(_ pod: String, _ manifest: String) async throws -> ObservedPod {
        try add(pod, manifest)
        return try await ready(pod)
    }

    /// Removes a manifest and waits until its mirror is gone.
    func end(_ pod: String) async throws {
        try HostFiles.remove("\(manifests)/\(pod).yaml")
        try await eventually("the mirror of \(pod) is gone") { try await self.mirror(pod) == nil }
    }

    // MARK: containerd

    func ctr(_ arguments: String...) async throws -> Command.Result {
        try await Command(
            ["ctr", "--address", containerdSocket, "--connect-timeout", "2s", "--namespace", "k8s.io"] + arguments
        ).run()
    }

    /// The process of a running container, from the runtime itself; `nil` when it doesn't run.
    func process(_ containerID: String) async throws -> Int32? {
        let id = containerID.split(separator: "/").last.map(String.init) ?? containerID
        let tasks = try await ctr("tasks", "list").output
        let line = tasks.split(separator: "\n").first { $0.hasPrefix(id) && $0.hasSuffix("RUNNING") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int32($0) }
    }

    /// The running containers of a pod by their names, from the runtime itself: there need be no API server.
    func runningContainers(of pod: String) async throws -> [String: String] {
        let label = "labels.\"io.kubernetes.pod.name\"==\(Self.mirror(pod))"
        let tasks = try await ctr("tasks", "list").output.split(separator: "\n")
        var found: [String: String] = [:]
        for id in try await ctr("containers", "list", "-q", label).output.split(separator: "\n")
        where tasks.contains(where: { $0.hasPrefix(id) && $0.hasSuffix("RUNNING") }) {
            let answer = try await ctr("containers", "info", String(id))
            // Meanwhile it may be gone.
            guard answer.succeeded else { continue }
            let information = try JSONValue(parsing: answer.output)
            // The sandbox has no container name.
            if let name = information.value(at: "Labels", "io.kubernetes.container.name")?.stringValue {
                found[name] = String(id)
            }
        }
        return found
    }
}
