import HostSystem
import StructuredData
import SwiftASN1
import X509

/// A kubeconfig with everything embedded: one cluster, one user, one context.
package struct KubeconfigFile: Sendable, Hashable {
    package var path: String
    /// The API server's URL.
    package var server: String
    package var clusterName: String
    package var userName: String

    package init(path: String, server: String, clusterName: String = "swiftlet", userName: String) {
        self.path = path
        self.server = server
        self.clusterName = clusterName
        self.userName = userName
    }

    /// Makes sure that the file leads to `server` as the user of `request`, with a certificate that holds for 30 more
    /// days. What a user has changed elsewhere in the file stays.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: whether the file was written. Its mode is 0600.
    /// - Throws: `ClusterPKIError`.
    @discardableResult
    package func ensure(_ request: LeafRequest, from authority: CertificateAuthority, now: Int64) throws -> Bool {
        if try isCurrent(request, authority, now: now) { return false }
        let pair = try authority.issue(request, now: now)
        try PEMFile.accessing {
            try HostFiles.createDirectory(HostFiles.parent(of: path))
            try HostFiles.writeAtomically(text(for: pair, authority), to: path, mode: 0o600)
        }
        return true
    }

    /// Reads no more of the file than this type writes; anything unexpected means that it is written anew.
    private func isCurrent(_ request: LeafRequest, _ authority: CertificateAuthority, now: Int64) throws -> Bool {
        let text: String? = try PEMFile.parse(path, what: "kubeconfig") { $0 }
        guard let text else { return false }
        let certificateAuthority = embedded("certificate-authority-data", in: text)
        guard value("server", in: text) == server, certificateAuthority == authority.certificatePEM,
            let certificate = embedded("client-certificate-data", in: text),
            let key = embedded("client-key-data", in: text),
            let pair = try? KeyPair(
                certificate: Certificate(pemEncoded: certificate), key: Certificate.PrivateKey(pemEncoded: key))
        else { return false }
        return try authority.isCurrent(pair, for: request, now: now)
    }

    private func embedded(_ key: String, in text: String) -> String? {
        value(key, in: text).flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    private func value(_ key: String, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " || $0 == "-" }
            guard trimmed.hasPrefix(key + ": ") else { continue }
            return String(trimmed.dropFirst(key.count + 2).filter { $0 != "\"" && $0 != " " })
        }
        return nil
    }

    private func text(for pair: KeyPair, _ authority: CertificateAuthority) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: "\(clusterName)"
          cluster:
            server: \(server)
            certificate-authority-data: \(Base64.encode(Array(authority.certificatePEM.utf8)))
        users:
        - name: "\(userName)"
          user:
            client-certificate-data: \(Base64.encode(Array(pair.certificatePEM.utf8)))
            client-key-data: \(Base64.encode(Array(pair.privateKeyPEM.utf8)))
        contexts:
        - name: "\(userName)@\(clusterName)"
          context:
            cluster: "\(clusterName)"
            user: "\(userName)"
        current-context: "\(userName)@\(clusterName)"

        """
    }
}
