import Glibc
import HostSystem
import KubernetesClient
import Testing

@Suite struct KubeconfigTests {
    private static func read(_ text: String, files: [String: String] = [:]) throws -> Kubeconfig {
        let directory = "/tmp/swiftlet-kubeconfig-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(directory)
        defer { try? HostFiles.removeTree(directory) }
        for (name, content) in files { try HostFiles.writeAtomically(content, to: "\(directory)/\(name)") }
        try HostFiles.writeAtomically(text, to: "\(directory)/config")
        return try Kubeconfig(path: "\(directory)/config")
    }

    private static func config(cluster: String, user: String = "token: abc") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        clusters:
        - name: c
          cluster: {\(cluster)}
        users:
        - name: u
          user: {\(user)}
        contexts:
        - name: here
          context: {cluster: c, user: u, namespace: apps}
        """
    }

    @Test func embeddedDataIsDecoded() throws {
        let config = try Self.read(
            Self.config(
                cluster: "server: 'https://a:6443/', certificate-authority-data: Y2E=",
                user: "client-certificate-data: Y2VydA==, client-key-data: a2V5"))
        #expect(config.server == "https://a:6443")
        #expect(config.serverCA == Array("ca".utf8))
        #expect(config.clientCertificate == Array("cert".utf8))
        #expect(config.clientKey == Array("key".utf8))
        #expect(config.namespace == "apps")
        #expect(config.isServerVerified)
    }

    @Test func filesAreFoundBesideTheKubeconfig() throws {
        let config = try Self.read(
            Self.config(
                cluster: "server: 'https://a', certificate-authority: ca.crt, insecure-skip-tls-verify: true",
                user: "tokenFile: token"),
            files: ["ca.crt": "authority", "token": "secret\n"])
        #expect(config.serverCA == Array("authority".utf8))
        #expect(config.bearerToken == "secret")
        #expect(!config.isServerVerified)
    }

    @Test(arguments: [
        ("kind: Config", "it has no current-context"),
        ("current-context: x", "it has no context \"x\""),
        (config(cluster: "a: b"), "cluster \"c\" has no server URL"),
        (config(cluster: "server: 'https://a', certificate-authority-data: '%'"), "is not base64"),
        (config(cluster: "server: 'https://a', certificate-authority: absent.crt"), "absent.crt"),
        (config(cluster: "server: 'https://a'", user: "exec: {command: x}"), "user \"u\" uses exec"),
        (config(cluster: "server: 'https://a'", user: "client-key-data: a2V5"), "only one of"),
        ("a: [", "config"),
    ])
    func problemIsSaid(text: String, problem: String) {
        let error = #expect(throws: KubernetesClientError.self) { try Self.read(text) }
        #expect(error?.code == .invalidKubeconfig)
        #expect(error?.message.contains("cannot use kubeconfig") == true)
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }

    @Test func absentFileIsNamed() {
        let error = #expect(throws: KubernetesClientError.self) { try Kubeconfig(path: "/nonexistent/config") }
        #expect(error?.message.contains("/nonexistent/config") == true)
    }
}
