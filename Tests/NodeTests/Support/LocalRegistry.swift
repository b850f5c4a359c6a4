import Glibc
import HostSystem
import NIOPosix
import Synchronization

/// Debian's docker-registry on a port of the loopback, without TLS, for the containerd of one node.
final class LocalRegistry: Sendable {
    static let user = "puller"
    static let password = "s3cret"
    /// The password by bcrypt, as the registry's htpasswd wants it.
    private static let passwordHash = "$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK"

    private let node: TestNode
    private let directory: String
    private let process = Mutex<ChildProcess?>(nil)
    private let isLocked: Bool
    /// With the port, as images are named by it.
    let host: String

    /// Runs a registry for the time of the body.
    /// - Parameter locked: whether it asks for user and password.
    static func with(
        _ node: TestNode, locked: Bool = false, _ body: (LocalRegistry) async throws -> Void
    ) async throws {
        let registry = try LocalRegistry(node, isLocked: locked)
        do {
            try await registry.start()
            try await body(registry)
        } catch {
            try? await registry.stop()
            throw error
        }
        try await registry.stop()
    }

    private init(_ node: TestNode, isLocked: Bool) throws {
        self.node = node
        self.isLocked = isLocked
        let port = try MachineShare.port()
        host = "127.0.0.1:\(port)"
        directory = "\(node.directory)/registry-\(port)"
        try HostFiles.createDirectory(directory)
        try HostFiles.writeAtomically("\(Self.user):\(Self.passwordHash)\n", to: "\(directory)/htpasswd")
        let authentication = isLocked ? "auth: {htpasswd: {realm: test, path: \(directory)/htpasswd}}" : ""
        try HostFiles.writeAtomically(
            """
            version: 0.1
            log: {level: warn}
            storage: {filesystem: {rootdirectory: \(directory)/data}}
            http: {addr: "\(host)", secret: test}
            \(authentication)
            """, to: "\(directory)/config.yml")
        // containerd looks there at each pull.
        let hosts = "\(node.containerdDirectory)/certs.d/\(host)"
        try HostFiles.createDirectory(hosts)
        try HostFiles.writeAtomically("server = \"http://\(host)\"\n", to: "\(hosts)/hosts.toml", mode: 0o644)
    }

    func start() async throws {
        let log = ChildProcess.Output.appended(path: "\(directory)/log")
        let child = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "/usr/bin/docker-registry", arguments: ["serve", "\(directory)/config.yml"],
                environment: ["PATH": Command.path], standardOutput: log, standardError: log),
            on: MultiThreadedEventLoopGroup.singleton)
        process.withLock { $0 = child }
        try await eventually("the registry answers") {
            guard try child.handle.send(signal: 0) else {
                throw Command.Failure(description: "the registry has ended\n\(self.log)")
            }
            return try await Command(["curl", "--silent", "http://\(self.host)/v2/"]).run().succeeded
        }
    }

    /// Ends it, also when it is paused; what was pushed stays.
    func stop() async throws {
        guard let child = process.withLock({ $0.take() }) else { return }
        try child.handle.send(signal: SIGKILL)
        _ = try await child.wait()
    }

    /// Connections are still accepted, but nothing is answered until `resume`.
    func pause() throws { _ = try process.withLock { try $0?.handle.send(signal: SIGSTOP) } }

    func resume() throws { _ = try process.withLock { try $0?.handle.send(signal: SIGCONT) } }

    /// Pushes an image that the node's containerd has.
    func push(_ image: String = "docker.io/library/busybox:latest", as name: String) async throws {
        let result = try await node.ctr(
            "images", "push", "--plain-http", "--user", "\(Self.user):\(Self.password)", "\(host)/\(name)", image)
        guard result.succeeded else { throw Command.Failure(description: "push \(name): \(result)\n\(log)") }
    }

    /// Has the registry fail with status 500 when it is asked for an image.
    func damage(_ repository: String, tag: String) throws {
        let link = link(repository, tag)
        try HostFiles.rename(link, to: link + ".saved")
        try HostFiles.createDirectory(link)
    }

    func mend(_ repository: String, tag: String) throws {
        let link = link(repository, tag)
        try HostFiles.remove(link)
        try HostFiles.rename(link + ".saved", to: link)
    }

    private func link(_ repository: String, _ tag: String) -> String {
        "\(directory)/data/docker/registry/v2/repositories/\(repository)/_manifests/tags/\(tag)/current/link"
    }

    var log: String { (try? HostFiles.readText("\(directory)/log")) ?? "" }
}
