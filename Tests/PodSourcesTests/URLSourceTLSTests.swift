import ClusterPKI
import Glibc
import HostSystem
import NIOSSL
import PodSources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct URLSourceTLSTests {
    /// Runs an https server, whose certificate a CA of its own has signed.
    private func withServer(
        certificateFor address: String = "127.0.0.1",
        _ body: (RawHTTPServer, _ authority: String) async throws -> Void
    ) async throws {
        let directory = try ManifestDirectory(creating: false)
        let now = Int64(time(nil))
        let authority = try CertificateAuthority.loadOrCreate(in: directory.parent, now: now)
        let pair = try authority.issue(
            .server(commonName: "pods", dnsNames: [], ipAddresses: [address]), now: now)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pair.certificatePEM.utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.privateKeyPEM.utf8), format: .pem)))
        try await RawHTTPServer.run(tls: NIOSSLContext(configuration: configuration)) { server in
            server.answer = RawHTTPServer.ok(manifest("a"))
            try await body(server, authority.certificateFile)
        }
    }

    private func follow(
        _ url: String, rootsFile: String?, _ body: (inout ManifestDirectory.Updates) async throws -> Void
    ) async throws {
        let source = try URLSource(
            options: .init(
                url: url, headers: [("X-Token", "secret-token")], interval: .milliseconds(5), rootsFile: rootsFile),
            reader: ManifestReader(nodeName: "node", source: .http), host: .forTests, clock: .continuous)
        try await withThrowingTaskGroup { group in
            group.addTask { try await source.run() }
            var updates = ManifestDirectory.Updates(iterator: source.updates.makeAsyncIterator())
            try await body(&updates)
            group.cancelAll()
        }
    }

    @Test func aServerThatTheRootsKnowIsRead() async throws {
        try await withServer { server, authority in
            try await follow(server.url, rootsFile: authority) { updates in
                await updates.expect(names: ["a"])
            }
            #expect(server.requests.first?.contains("X-Token: secret-token\r\n") == true)
        }
    }

    @Test func aServerThatTheSystemsRootsDoNotKnowGetsNoRequest() async throws {
        try await withServer { server, _ in
            try await follow(server.url, rootsFile: nil) { updates in
                let bad = await updates.next()
                #expect(
                    bad.problems.map(\.message) == [
                        "cannot get the manifest: the TLS handshake failed: certificate verify failed"
                    ])
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aServerWithAnothersCertificateGetsNoRequest() async throws {
        try await withServer(certificateFor: "127.0.0.2") { server, authority in
            try await follow(server.url, rootsFile: authority) { updates in
                let bad = await updates.next()
                #expect(!bad.complete && bad.problems.count == 1)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func rootsThatAreNotThereAreAProblem() async throws {
        try await withServer { server, authority in
            try await follow(server.url, rootsFile: authority + ".missing") { updates in
                let bad = await updates.next()
                #expect(!bad.complete && bad.problems.count == 1)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aRedirectToPlainHTTPIsRefused() async throws {
        try await withServer { server, authority in
            try await RawHTTPServer.run { plain in
                plain.answer = RawHTTPServer.ok(manifest("b"))
                server.answer = RawHTTPServer.redirect(to: plain.url)
                try await follow(server.url, rootsFile: authority) { updates in
                    let bad = await updates.next()
                    #expect(
                        bad.problems.map(\.message) == [
                            "cannot get the manifest: \(server.url) redirects from https to http"
                        ])
                }
                #expect(plain.requests.isEmpty)
            }
        }
    }
}
