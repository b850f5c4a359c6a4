import HostSystem
import SwiftASN1
import Testing
import X509

@testable import ClusterPKI

@Suite struct CertificateAuthorityTests {
    @Test func newAuthorityHasAPrivateKeyOnlyItsOwnerReads() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let created = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        #expect(try directory.mode("ca.key") == 0o600)
        #expect(try directory.mode("ca.crt") == 0o644)
        let loaded = try CertificateAuthority.loadOrCreate(in: directory.path, now: now + day)
        #expect(loaded.certificatePEM == created.certificatePEM)
    }

    @Test(arguments: ["ca.crt", "ca.key"])
    func cutFileIsNamedAndNotOverwritten(name: String) throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let path = "\(directory.path)/\(name)"
        let cut = Array(try HostFiles.read(path).prefix(60))
        try HostFiles.writeAtomically(cut, to: path)
        let error = #expect(throws: ClusterPKIError.self) {
            try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        }
        #expect(error?.code == .corruptFile)
        #expect(error?.message.contains(path) == true)
        #expect(try HostFiles.read(path) == cut)
    }

    @Test func authorityWithoutItsKeyIsAnError() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        try HostFiles.remove("\(directory.path)/ca.key")
        #expect(throws: ClusterPKIError.self) { try CertificateAuthority.loadOrCreate(in: directory.path, now: now) }
    }

    @Test func foreignKeyIsAnError() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, name: "other", now: now)
        try HostFiles.rename("\(directory.path)/other.key", to: "\(directory.path)/ca.key")
        #expect(throws: ClusterPKIError.self) { try CertificateAuthority.loadOrCreate(in: directory.path, now: now) }
    }

    @Test func expiredAuthorityIsAnError() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let error = #expect(throws: ClusterPKIError.self) {
            try CertificateAuthority.loadOrCreate(in: directory.path, now: now + 3_651 * day)
        }
        #expect(error?.code == .expired)
    }

    @Test func keyThatLostItsCertificateGetsANewOne() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let key = try HostFiles.read("\(directory.path)/ca.key")
        try HostFiles.remove("\(directory.path)/ca.crt")
        _ = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        #expect(try HostFiles.read("\(directory.path)/ca.key") == key)
    }

    @Test func serverCertificateCarriesNamesAndAddresses() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let leaf = try authority.issue(
            .server(commonName: "kube-apiserver", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1"]),
            now: now)
        let names = try #require(try leaf.certificate.extensions.subjectAlternativeNames)
        #expect(
            Array(names) == [
                .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
            ])
        #expect(try leaf.certificate.extensions.extendedKeyUsage?.contains(.clientAuth) == false)
    }

    @Test func nonsenseAddressIsAnError() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        #expect(throws: ClusterPKIError.self) {
            try authority.issue(.server(commonName: "x", dnsNames: [], ipAddresses: ["1.2.3"]), now: now)
        }
    }

    @Test func certificateIsKeptUntilItEndsSoonOrIsToSaySomethingElse() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let files = KeyPairFiles(directory: directory.path, name: "apiserver")
        let request = LeafRequest.server(commonName: "kube-apiserver", dnsNames: ["a"], ipAddresses: ["10.0.0.1"])
        #expect(try authority.ensure(request, in: files, now: now))
        #expect(try directory.mode("apiserver.key") == 0o600)
        #expect(try !authority.ensure(request, in: files, now: now + 330 * day))
        #expect(try authority.ensure(request, in: files, now: now + 336 * day))
        var changed = request
        changed.dnsNames.append("b")
        #expect(try authority.ensure(changed, in: files, now: now + 336 * day))
        #expect(try !authority.ensure(changed, in: files, now: now + 336 * day))
    }

    @Test func certificateOfAnotherAuthorityIsReplaced() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let first = try CertificateAuthority.loadOrCreate(in: directory.path, name: "first", now: now)
        let second = try CertificateAuthority.loadOrCreate(in: directory.path, name: "second", now: now)
        let files = KeyPairFiles(directory: directory.path, name: "client")
        #expect(try first.ensure(.admin, in: files, now: now))
        #expect(try second.ensure(.admin, in: files, now: now))
    }

    @Test func selfSignedCertificateIsKept() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let files = KeyPairFiles(directory: directory.path, name: "kubelet")
        func ensure(at time: Int64) throws -> Bool {
            try SelfSignedCertificate.ensure(
                commonName: "node", dnsNames: ["node"], ipAddresses: ["127.0.0.1"], in: files, now: time)
        }
        #expect(try ensure(at: now))
        #expect(try !ensure(at: now + day))
        #expect(try ensure(at: now + 340 * day))
    }
}
