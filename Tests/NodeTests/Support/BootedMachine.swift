import Glibc
import HostSystem
import NIOPosix
import StructuredData

/// A machine that systemd has booted, in namespaces, with containerd and the kubelet as its services
/// (`scripts/machine-boot.sh`).
final class BootedMachine: Sendable {
    private let tier: NodeTier
    private let directory: String
    private let supervisor: ChildProcess

    /// Boots a machine, and pulls its plug when `body` is done.
    /// - Parameter configuration: further lines of the kubelet's.
    static func withMachine(
        _ name: String, configuration: [String], _ body: (BootedMachine) async throws -> Void
    ) async throws {
        let tier = try NodeTier.required()
        let directory = "\(tier.directory)/\(name)"
        for folder in ["manifests", "host"] { try HostFiles.createDirectory("\(directory)/\(folder)") }
        let text = try standalone(HostFiles.readText("\(tier.checkout)/Examples/kubelet-config.yaml"))
        try HostFiles.writeAtomically(
            text + configuration.joined(separator: "\n") + "\n", to: "\(directory)/config.yaml", mode: 0o644)
        let result: Result<Void, any Error>
        do {
            let machine = try BootedMachine(tier, directory)
            try await machine.waitUntilBooted()
            result = .success(try await body(machine))
        } catch {
            result = .failure(error)
        }
        try await Command(["\(tier.checkout)/scripts/machine-cleanup.sh", directory], limit: 120).output()
        for search in [
            "grep \(directory)/ /proc/self/mountinfo",
            "find /sys/fs/cgroup -path '*/\(HostFiles.name(of: tier.directory))-\(name)*'",
        ] {
            try await Command(shell: "! \(search) | grep .").output()
        }
        try result.get()
    }

    /// The example as one makes it fit a kubelet without an API server, on a machine with any version of cgroups.
    private static func standalone(_ example: String) -> String {
        var isUsed = false
        return example.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            isUsed = isUsed || line == "# authentication:"
            return line == "# failCgroupV1: false" || isUsed ? String(line.dropFirst(2)) : String(line)
        }.joined(separator: "\n")
    }

    private init(_ tier: NodeTier, _ directory: String) throws {
        self.tier = tier
        self.directory = directory
        let log = ChildProcess.Output.appended(path: "\(directory)/machine.log")
        supervisor = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "\(tier.checkout)/scripts/machine-boot.sh", arguments: [directory, tier.binary],
                environment: ["PATH": Command.path], standardOutput: log, standardError: log),
            on: MultiThreadedEventLoopGroup.singleton)
    }

    private func waitUntilBooted() async throws {
        try await eventually("systemd has booted the machine") {
            guard try self.supervisor.handle.send(signal: 0) else {
                throw Command.Failure(description: "the machine is off\n\(self.recentLog)")
            }
            return try await self.run("systemctl", "is-active", "multi-user.target")?.succeeded ?? false
        }
        let socket = try root("/run/containerd/containerd.sock")
        try await Command(["\(tier.checkout)/scripts/import-images.sh", socket, tier.images], limit: 120).output()
    }

    /// How the machine ended, once it is off.
    func waitUntilOff() async throws -> ChildProcess.ExitStatus { try await supervisor.wait() }

    /// The last lines of the machine's journal.
    var recentLog: String {
        let log = (try? HostFiles.readText("\(directory)/machine.log")) ?? ""
        return log.split(whereSeparator: \.isNewline).suffix(40).joined(separator: "\n")
    }

    // MARK: Inside

    /// The ID of its first process on this machine; `nil` before there is one.
    private var firstProcess: Int32? {
        let supervisor = supervisor.processID
        let children = (try? HostFiles.readText("/proc/\(supervisor)/task/\(supervisor)/children")) ?? ""
        return children.split(separator: " ").compactMap { Int32($0) }.first { child in
            // systemd-nspawn may have another child, a zombie that has begun this one.
            let status = (try? HostFiles.readText("/proc/\(child)/status")) ?? ""
            return status.split(separator: "\n").contains { $0.hasPrefix("NSpid:") && $0.hasSuffix("\t1") }
        }
    }

    /// Where a file of the machine is for us.
    func root(_ path: String) throws -> String {
        guard let firstProcess else { throw Command.Failure(description: "the machine is off\n\(recentLog)") }
        return "/proc/\(firstProcess)/root\(path)"
    }

    /// Runs a command on the machine to its end; `nil` while it has no process.
    func run(_ command: String...) async throws -> Command.Result? { try await run(command, in: ["--all"]) }

    private func run(_ command: [String], in namespaces: [String]) async throws -> Command.Result? {
        guard let firstProcess else { return nil }
        return try await Command(["nsenter", "--target", "\(firstProcess)"] + namespaces + ["--"] + command).run()
    }

    /// What a command prints that succeeds.
    @discardableResult
    func output(_ command: String...) async throws -> String {
        let result = try await run(command, in: ["--all"])
        guard let result, result.succeeded else {
            throw Command.Failure(
                description: "\(command.joined(separator: " ")): \(result?.description ?? "off")\n\(recentLog)")
        }
        return result.output
    }

    /// Properties of a unit, as systemd has them.
    func properties(_ unit: String, _ names: String...) async throws -> [String: String] {
        let text = try await output("systemctl", "show", unit, "--property=\(names.joined(separator: ","))")
        let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Dictionary(uniqueKeysWithValues: pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
    }

    // MARK: Pods

    func add(_ pod: String, _ manifest: String) throws {
        try HostFiles.writeAtomically(manifest, to: "\(directory)/manifests/\(pod).yaml", mode: 0o644)
    }

    func removeManifest(_ pod: String) throws { try HostFiles.remove("\(directory)/manifests/\(pod).yaml") }

    /// A file of the folder that is `/host` on the machine, for `hostPath` volumes.
    func host(_ file: String) -> String { "\(directory)/host/\(file)" }

    /// The pod as the kubelet shows it at its read-only port; `nil` when it doesn't.
    func shown(_ pod: String) async throws -> ShownPod? {
        let command = ["curl", "--silent", "--fail", "http://127.0.0.1:10255/pods"]
        guard let answer = try await run(command, in: ["--net"]), answer.succeeded else { return nil }
        let items = try JSONValue(parsing: answer.output)["items"]?.arrayValue ?? []
        return items.first { $0.value(at: "metadata", "name")?.stringValue == TestNode.mirror(pod) }.map(ShownPod.init)
    }

    /// Adds the manifest and waits until all containers are ready.
    @discardableResult
    func run(_ pod: String, _ manifest: String) async throws -> ShownPod {
        try add(pod, manifest)
        do {
            return try await eventually("pod \(pod) is ready") {
                try await self.shown(pod).flatMap { $0.isReady ? $0 : nil }
            }
        } catch let error as Command.Failure {
            let seen = try await shown(pod)?.object.description ?? "nothing"
            throw Command.Failure(description: "\(error); seen: \(seen)\n\(recentLog)")
        }
    }
}
