import Glibc
import HostSystem
import NIOCore
import NIOPosix
import StructuredData
import Synchronization
import Testing

/// A machine for tests: a directory with its own containerd, cgroup, ports and log.
///
/// `swiftlet server` keeps all of it; tests that need the parts one by one start `swiftlet apiserver`, `swiftlet
/// kubelet` and containerd themselves.
final class TestNode: Sendable {
    static let name = "k8s-01"

    /// The node of the suite that the running test belongs to.
    @TaskLocal static var current: TestNode?

    /// Fails the test where its suite has no node.
    static var inScope: TestNode {
        get throws { try #require(current, "the suite has no node") }
    }

    let tier: NodeTier
    let directory: String
    /// The cgroup below which all pods are.
    let cgroup: String
    let apiPort: Int
    let kubeletPort: Int
    let healthPort: Int
    private let children = Mutex<[Program: ChildProcess]>([:])
    /// What programs that start from now on have in their environment besides.
    let environment = Mutex<[String: String]>([:])

    /// What can be started and stopped on a node.
    enum Program: String, CaseIterable, Sendable {
        case server, apiserver, kubelet

        var log: String { "\(rawValue).log" }
    }

    /// Makes the directories; nothing runs yet.
    init(_ name: String) throws {
        tier = try NodeTier.required()
        directory = "\(tier.directory)/\(name)"
        cgroup = "swiftlet-test/\(name)"
        apiPort = try MachineShare.port()
        kubeletPort = try MachineShare.port()
        healthPort = try MachineShare.port()
        try HostFiles.createDirectory(directory, mode: 0o700)
        for folder in ["manifests", "host", "kubectl"] { try HostFiles.createDirectory("\(directory)/\(folder)") }
        try HostFiles.createDirectory(containerdDirectory, mode: 0o700)
        try HostFiles.writeAtomically(MachineShare.network(), to: "\(containerdDirectory)/network", mode: 0o644)
        try writeConfiguration("staticPodPath: \(manifests)")
    }

    var manifests: String { "\(directory)/manifests" }
    /// For `hostPath` volumes.
    var host: String { "\(directory)/host" }
    var podLogs: String { "\(directory)/log/pods" }
    var containerdDirectory: String { "\(directory)/containerd" }
    var containerdSocket: String { "\(containerdDirectory)/containerd.sock" }
    var configuration: String { "\(directory)/config.yaml" }
    /// Stands for the host's `/etc/resolv.conf` where the configuration says so.
    var resolverFile: String { "\(directory)/resolv.conf" }
    var adminConfig: String { "\(directory)/admin.conf" }

    /// Writes the kubelet's configuration: what every node of the tests needs, and the given lines.
    func writeConfiguration(_ lines: String...) throws {
        let unified = (try? HostFiles.readText("/proc/self/mountinfo"))?.contains(" /sys/fs/cgroup rw") ?? false
        let isVersion2 = unified && HostFiles.exists("/sys/fs/cgroup/cgroup.controllers")
        let text = """
            apiVersion: kubelet.config.k8s.io/v1beta1
            kind: KubeletConfiguration
            podLogsDir: \(podLogs)
            cgroupRoot: /\(cgroup)
            failCgroupV1: \(isVersion2)
            healthzPort: \(healthPort)

            """
        try HostFiles.writeAtomically(text + lines.joined(separator: "\n") + "\n", to: configuration, mode: 0o644)
    }

    // MARK: Programs

    /// Starts `swiftlet COMMAND ARGUMENTS…`; its log is `COMMAND.log`.
    func start(_ program: Program, _ arguments: [String]) throws {
        let log = ChildProcess.Output.appended(path: "\(directory)/\(program.log)")
        let child = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: tier.binary, arguments: [program.rawValue] + arguments,
                environment: environment.withLock { $0 }.merging(["PATH": Command.path, "HOME": directory]) { $1 },
                standardOutput: log, standardError: log),
            on: MultiThreadedEventLoopGroup.singleton)
        children.withLock { $0[program] = child }
    }

    /// Sends a signal and waits until the program has ended.
    @discardableResult
    func stop(_ program: Program, signal: Int32 = SIGTERM) async throws -> ChildProcess.ExitStatus? {
        guard let child = children.withLock({ $0.removeValue(forKey: program) }) else { return nil }
        _ = try child.handle.send(signal: signal)
        if signal != SIGKILL {
            try child.handle.terminate(killingAfter: .seconds(30), on: MultiThreadedEventLoopGroup.singleton.next())
        }
        return try await child.wait()
    }

    /// What the program has logged so far.
    func log(_ program: Program) -> String { (try? HostFiles.readText("\(directory)/\(program.log)")) ?? "" }

    /// The last lines of every log.
    var recentLogs: String {
        let containerd = (try? HostFiles.readText("\(containerdDirectory)/containerd.log")) ?? ""
        let logs = Program.allCases.map { ($0.rawValue, log($0)) } + [("containerd", containerd)]
        return logs.map { name, text in
            text.split(separator: "\n").suffix(15).map { "\(name)| \($0)\n" }.joined()
        }.joined()
    }

    /// Whether all programs that were started still run; throws what the log says otherwise.
    func checkPrograms() throws {
        for (program, child) in children.withLock({ $0 }) where try !child.handle.send(signal: 0) {
            throw Command.Failure(description: "swiftlet \(program.rawValue) has ended\n\(recentLogs)")
        }
    }

    // MARK: All of it

    /// Starts `swiftlet server`, and returns when its node is ready and knows the images.
    func startServer(_ arguments: String...) async throws {
        try start(
            .server,
            [
                "--data-dir", directory, "--node-name", Self.name, "--config", configuration, "--port", "\(apiPort)",
                "--kubelet-port", "\(kubeletPort)",
            ] + arguments)
        try await eventually("containerd has the images") {
            try self.checkPrograms()
            guard try await self.ctr("version").succeeded else { return false }
            // That of a server which was killed answers until this one replaces it.
            return await (try? self.importImages()) != nil
        }
        try await waitUntilReady()
    }

    /// Starts a containerd that is nobody's child.
    func startContainerd() async throws {
        try await script("containerd-start.sh", containerdDirectory)
        try await importImages()
    }

    func startAPIServer() throws {
        try start(.apiserver, ["--data-dir", directory, "--port", "\(apiPort)", "--node-name", Self.name])
    }

    /// Starts a kubelet that has joined the API server.
    func startKubelet(_ arguments: String...) throws {
        try start(.kubelet, joiningFlags + localFlags + arguments)
    }

    /// The flags of any kubelet of this node, also of one that has no API server.
    var localFlags: [String] {
        [
            "--config=\(configuration)", "--root-dir=\(directory)/kubelet", "--port=\(kubeletPort)",
            "--container-runtime-endpoint=unix://\(containerdSocket)", "--hostname-override=\(Self.name)",
        ]
    }

    /// The flags by which a kubelet joins the API server.
    var joiningFlags: [String] {
        [
            "--kubeconfig=\(directory)/kubelet.conf", "--client-ca-file=\(directory)/pki/ca.crt",
            "--tls-cert-file=\(directory)/pki/kubelet-serving.crt",
            "--tls-private-key-file=\(directory)/pki/kubelet-serving.key", "--authorization-mode=Webhook",
            "--authentication-token-webhook=false",
        ]
    }

    private func importImages() async throws { try await script("import-images.sh", containerdSocket, tier.images) }

    func waitUntilReady() async throws {
        try await eventually("the node is ready") {
            try self.checkPrograms()
            let ready = try await self.kubectl(
                "get", "node", Self.name, "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}")
            return ready.output == "True"
        }
    }

    /// Stops everything and removes all that runs and is mounted; the logs stay for `scripts/test.sh` to show.
    func remove() async {
        for program in Program.allCases { _ = try? await stop(program) }
        for line in [
            "\(tier.checkout)/scripts/containerd-cleanup.sh \(containerdDirectory) \(cgroup)",
            "\(tier.checkout)/scripts/unmount-below.sh \(directory)",
            "if grep \(directory)/ /proc/self/mountinfo; then exit 1; fi",
            "if find /sys/fs/cgroup -path '*/\(cgroup)*' | grep .; then exit 1; fi",
        ] {
            let result = try? await Command(shell: line, limit: 120).run()
            if result?.succeeded != true { Issue.record("\(line): \(result?.description ?? "not run")") }
        }
    }

    func script(_ name: String, _ arguments: String...) async throws {
        try await Command(["\(tier.checkout)/scripts/\(name)"] + arguments, limit: 120).output()
    }
}

/// Gives a suite a node of its own, from its first test to its last.
struct NodeScope: SuiteTrait, TestScoping {
    let name: String
    let prepare: @Sendable (TestNode) async throws -> Void

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let node = try TestNode(name)
        do {
            try await prepare(node)
            try await TestNode.$current.withValue(node) { try await function() }
        } catch {
            Issue.record(error, "\(node.recentLogs)")
        }
        await node.remove()
    }
}

extension Trait where Self == NodeScope {
    /// - Parameter prepare: starts what the suite needs.
    static func node(_ name: String, prepare: @escaping @Sendable (TestNode) async throws -> Void = { _ in }) -> Self {
        NodeScope(name: name, prepare: prepare)
    }
}
