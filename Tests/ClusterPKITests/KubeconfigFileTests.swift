import HostSystem
import StructuredData
import Testing

@testable import ClusterPKI

@Suite struct KubeconfigFileTests {
    @Test func fileIsForItsOwnerAndStaysWhileItHolds() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let file = KubeconfigFile(
            path: "\(directory.path)/admin.conf", server: "https://127.0.0.1:6443", userName: "kubernetes-admin")
        #expect(try file.ensure(.admin, from: authority, now: now))
        #expect(try directory.mode("admin.conf") == 0o600)
        #expect(try !file.ensure(.admin, from: authority, now: now + day))
        #expect(try file.ensure(.admin, from: authority, now: now + 340 * day))
    }

    @Test func changesOfTheUserStay() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let file = KubeconfigFile(path: "\(directory.path)/admin.conf", server: "https://a:1", userName: "admin")
        try file.ensure(.admin, from: authority, now: now)
        let text = try HostFiles.readText(file.path).replacing(
            "  user: \"admin\"", with: "  user: admin\n    namespace: b")
        try HostFiles.writeAtomically(text, to: file.path)
        #expect(try !file.ensure(.admin, from: authority, now: now))
    }

    @Test func otherServerOrAuthorityIsWrittenAnew() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try CertificateAuthority.loadOrCreate(in: directory.path, now: now)
        let other = try CertificateAuthority.loadOrCreate(in: directory.path, name: "other", now: now)
        var file = KubeconfigFile(path: "\(directory.path)/admin.conf", server: "https://a:1", userName: "admin")
        try file.ensure(.admin, from: authority, now: now)
        file.server = "https://a:2"
        #expect(try file.ensure(.admin, from: authority, now: now))
        #expect(try file.ensure(.admin, from: other, now: now))
        try HostFiles.writeAtomically("apiVersion: v1\nki", to: file.path)
        #expect(try file.ensure(.admin, from: other, now: now))
    }

    @Test(arguments: ["", "a", "ab", "abc", "abcd", "\u{0}\u{1}ÿ"])
    func base64ComesBack(text: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    @Test func base64OfOthersIsRead() {
        #expect(Base64.encode(Array("swiftlet".utf8)) == "c3dpZnRsZXQ=")
        #expect(Base64.decode("c3dp\nZnRsZXQ=\n") == Array("swiftlet".utf8))
        #expect(Base64.decode("c3dpZ") == nil)
        #expect(Base64.decode("c3 dp") == nil)
    }
}
