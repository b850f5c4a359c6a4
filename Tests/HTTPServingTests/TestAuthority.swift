import ClusterPKI
import Glibc
import HTTPServing
import HostSystem
import NIOSSL

/// A CA in a directory of its own, and what it signs.
final class TestAuthority: Sendable {
    let directory: String
    let authority: CertificateAuthority
    private let now: Int64

    init(now: Int64 = Int64(time(nil))) throws {
        directory = "/tmp/swiftlet-http-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(directory, mode: 0o700)
        authority = try CertificateAuthority.loadOrCreate(in: directory, now: now)
        self.now = now
    }

    deinit { try? HostFiles.removeTree(directory) }

    func serverTLS(clientsOf other: TestAuthority? = nil) throws -> ServerTLS {
        let files = KeyPairFiles(directory: directory, name: "server")
        let request = LeafRequest.server(commonName: "s", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
        try authority.ensure(request, in: files, now: now)
        return try ServerTLS(
            certificateFile: files.certificate, privateKeyFile: files.privateKey,
            clientCAFile: (other ?? self).authority.certificateFile)
    }

    /// A context of a client with a certificate of this CA that was issued `age` seconds ago, or with none.
    func clientTLS(_ request: LeafRequest?, trusting other: TestAuthority? = nil, age: Int64 = 0) throws
        -> NIOSSLContext
    {
        let trusted = (other ?? self).authority.certificateFile
        guard let request else { return try ClientTLS.context(serverCAFile: trusted) }
        let files = KeyPairFiles(directory: directory, name: "client-\(UInt64.random(in: 0...UInt64.max))")
        try authority.ensure(request, in: files, now: now - age)
        return try ClientTLS.context(
            serverCAFile: trusted, certificateFile: files.certificate, privateKeyFile: files.privateKey)
    }
}
