import HostSystem
import SwiftASN1
import X509

/// A certificate and its key.
package struct KeyPair: Sendable {
    let certificate: Certificate
    let key: Certificate.PrivateKey
    package let certificatePEM: String
    package let privateKeyPEM: String

    init(certificate: Certificate, key: Certificate.PrivateKey) throws {
        self.certificate = certificate
        self.key = key
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
        privateKeyPEM = try key.serializeAsPEM().pemString + "\n"
    }

    /// Whether both halves belong together; a crash between writing them leaves two that don't.
    var isMatching: Bool { certificate.publicKey == key.publicKey }

    /// Seconds since 1970 at which the certificate ends.
    package var end: Int64 { certificate.end }
}

/// Where a certificate and its key are kept.
package struct KeyPairFiles: Sendable, Hashable {
    package var certificate: String
    package var privateKey: String

    /// `NAME.crt` and `NAME.key`, as kubeadm and the kubelet name them.
    package init(directory: String, name: String) {
        certificate = "\(directory)/\(name).crt"
        privateKey = "\(directory)/\(name).key"
    }

    /// The pair, or `nil` when one of the files isn't there.
    /// - Throws: `ClusterPKIError` naming the file that cannot be read.
    func read() throws -> KeyPair? {
        guard let certificate = try readCertificate(), let key = try readKey() else { return nil }
        return try KeyPair(certificate: certificate, key: key)
    }

    func readCertificate() throws -> Certificate? {
        try PEMFile.parse(certificate, what: "certificate") { try Certificate(pemEncoded: $0) }
    }

    func readKey() throws -> Certificate.PrivateKey? {
        try PEMFile.parse(privateKey, what: "private key") { try Certificate.PrivateKey(pemEncoded: $0) }
    }

    /// The key first: a key without a certificate gets one, a certificate without its key is of no use.
    func write(_ pair: KeyPair) throws {
        try PEMFile.accessing {
            try HostFiles.createDirectory(HostFiles.parent(of: privateKey))
            try HostFiles.writeAtomically(pair.privateKeyPEM, to: privateKey, mode: 0o600)
            try HostFiles.writeAtomically(pair.certificatePEM, to: certificate, mode: 0o644)
        }
    }
}

enum PEMFile {
    /// A file's content, or `nil` when there is none.
    static func parse<Value>(_ path: String, what: String, _ parse: (String) throws -> Value) throws -> Value? {
        let text: String? = try accessing {
            do {
                return try HostFiles.readText(path, limit: 1 << 20)
            } catch let error as HostSystemError where error.code == .notFound {
                return nil
            }
        }
        guard let text else { return nil }
        do {
            return try parse(text)
        } catch {
            throw ClusterPKIError(
                .corruptFile, "cannot read \(path): it does not hold a \(what) in PEM form", cause: error)
        }
    }

    static func accessing<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as HostSystemError {
            throw ClusterPKIError(.fileAccess, error.message, cause: error)
        }
    }
}
