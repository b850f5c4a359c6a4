import HostSystem

/// A web server on the loopback for one manifest: busybox's, which the images are made with anyway.
struct WebFolder: Sendable {
    private let folder: String
    private let server: RunningCommand
    let url: String

    static func start(below directory: String) async throws -> WebFolder {
        let folder = "\(directory)/web"
        try HostFiles.createDirectory(folder)
        let port = try MachineShare.port()
        let server = try Command(
            ["busybox", "httpd", "-f", "-p", "127.0.0.1:\(port)", "-h", folder], limit: 300
        ).start()
        return WebFolder(folder: folder, server: server, url: "http://127.0.0.1:\(port)/pod.yaml")
    }

    func publish(_ manifest: String) throws {
        try HostFiles.writeAtomically(manifest, to: "\(folder)/pod.yaml", mode: 0o644)
    }

    func stop() async throws { try await server.stop() }
}
