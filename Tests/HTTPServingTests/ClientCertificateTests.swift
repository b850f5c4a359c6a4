import ClusterPKI
import HTTPServing
import HostSystem
import NIOHTTP1
import NIOSSL
import Testing

@Suite(.timeLimit(.minutes(3))) struct ClientCertificateTests {
    private let authority: TestAuthority
    private let foreign: TestAuthority

    init() throws {
        authority = try TestAuthority()
        foreign = try TestAuthority()
    }

    private func identity(_ context: NIOSSLContext) async throws -> String {
        let handler: HTTPHandler = { request in
            switch request.peer.certificate {
            case .none: .text(.ok, "anonymous")
            case .unverified: .text(.unauthorized, "unverified")
            case .verified(let certificate): .text(.ok, "\(certificate.commonName) \(certificate.organizations)")
            }
        }
        let answer = Answer()
        try await withServer(tls: try authority.serverTLS(), handler: handler) { port in
            try await TestClient.connected(to: port, tls: context) { client in
                let first = try await client.get("/").body
                #expect(try await client.get("/").body == first)
                await answer.set(first)
            }
        }
        return await answer.text
    }

    private actor Answer {
        var text = ""
        func set(_ text: String) { self.text = text }
    }

    @Test func clientWithoutCertificateIsAnonymous() async throws {
        #expect(try await identity(authority.clientTLS(nil)) == "anonymous")
    }

    @Test func certificateOfTheAuthorityNamesUserAndGroups() async throws {
        let request = LeafRequest.client(commonName: "system:node:a", organizations: ["system:nodes", "b"])
        #expect(try await identity(authority.clientTLS(request)) == "system:node:a [\"system:nodes\", \"b\"]")
    }

    @Test func foreignCertificateIsNotBelieved() async throws {
        #expect(try await identity(foreign.clientTLS(.admin, trusting: authority)) == "unverified")
    }

    @Test func expiredCertificateIsNotBelieved() async throws {
        #expect(try await identity(authority.clientTLS(.admin, age: 366 * 86_400)) == "unverified")
    }

    @Test func serverCertificateIsNoClientCertificate() async throws {
        let request = LeafRequest.server(commonName: "kubernetes-admin", dnsNames: ["x"], ipAddresses: [])
        #expect(try await identity(authority.clientTLS(request)) == "unverified")
    }

    @Test(arguments: ["server.crt", "server.key", "ca.crt"])
    func brokenFileIsNamed(name: String) throws {
        _ = try authority.serverTLS()
        try HostFiles.writeAtomically("-----BEGIN", to: "\(authority.directory)/\(name)")
        let error = #expect(throws: HTTPServingError.self) {
            try ServerTLS(
                certificateFile: "\(authority.directory)/server.crt",
                privateKeyFile: "\(authority.directory)/server.key",
                clientCAFile: "\(authority.directory)/ca.crt")
        }
        #expect(error?.code == .invalidTLSMaterial)
        #expect(error?.message.contains("/\(name)") == true)
    }
}
