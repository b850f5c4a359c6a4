import HostSystem
import X509

/// Signs certificates, and keeps those it has signed up to date.
package struct CertificateAuthority: Sendable {
    /// Days that a new CA holds, as with kubeadm.
    static let validityDays: Int64 = 3_650
    /// Days that a certificate holds, as with kubeadm.
    static let leafValidityDays: Int64 = 365
    /// A certificate that ends within so many days is replaced.
    static let renewalDays: Int64 = 30

    private let pair: KeyPair
    /// The file of the CA's certificate.
    package let certificateFile: String

    package var certificatePEM: String { pair.certificatePEM }

    /// Reads `NAME.crt` and `NAME.key` of a directory, or makes them.
    ///
    /// - Parameters:
    ///   - commonName: subject of a new CA.
    ///   - now: seconds since 1970.
    /// - Throws: `ClusterPKIError` naming the file that is corrupt, lacks its counterpart or has expired. What is there
    ///   is never overwritten, for every certificate in use hangs on it.
    package static func loadOrCreate(
        in directory: String, name: String = "ca", commonName: String = "kubernetes", now: Int64
    ) throws -> CertificateAuthority {
        let files = KeyPairFiles(directory: directory, name: name)
        let certificate = try files.readCertificate()
        let key = try files.readKey()
        switch (certificate, key) {
        case (let certificate?, let key?):
            return try load(KeyPair(certificate: certificate, key: key), files, now: now)
        case (_?, nil):
            throw ClusterPKIError(
                .corruptFile, "cannot use the CA \(files.certificate): its key \(files.privateKey) is missing")
        case (nil, let key):
            let pair = try create(commonName: commonName, key: key ?? .generate(), now: now)
            try files.write(pair)
            return CertificateAuthority(pair: pair, certificateFile: files.certificate)
        }
    }

    /// A new certificate with a new key.
    package func issue(_ request: LeafRequest, now: Int64) throws -> KeyPair {
        let key = Certificate.PrivateKey.generate()
        let certificate = try Certificate.make(
            publicKey: key.publicKey, validity: .days(Self.leafValidityDays, from: now),
            issuer: pair.certificate.subject, subject: try request.subject,
            extensions: try request.extensions(publicKey: key.publicKey, issuerKey: pair.key.publicKey),
            issuerKey: pair.key)
        return try KeyPair(certificate: certificate, key: key)
    }

    /// Makes sure that files hold a certificate of this CA that says what is asked and holds for 30 more days.
    /// - Returns: whether a new certificate was written.
    /// - Throws: `ClusterPKIError` naming a file that is corrupt.
    @discardableResult
    package func ensure(_ request: LeafRequest, in files: KeyPairFiles, now: Int64) throws -> Bool {
        if let pair = try files.read(), try isCurrent(pair, for: request, now: now) { return false }
        try files.write(try issue(request, now: now))
        return true
    }

    func isCurrent(_ leaf: KeyPair, for request: LeafRequest, now: Int64) throws -> Bool {
        let signer = pair.certificate
        guard leaf.certificate.issuer == signer.subject,
            signer.publicKey.isValidSignature(leaf.certificate.signature, for: leaf.certificate)
        else { return false }
        return try leaf.says(request) && leaf.end - now > Self.renewalDays * 86_400
    }

    private static func load(_ pair: KeyPair, _ files: KeyPairFiles, now: Int64) throws -> CertificateAuthority {
        guard pair.isMatching else {
            throw ClusterPKIError(
                .corruptFile, "cannot use the CA \(files.certificate): \(files.privateKey) is not its key")
        }
        guard pair.end > now else {
            throw ClusterPKIError(.expired, "cannot use the CA \(files.certificate): it has expired")
        }
        return CertificateAuthority(pair: pair, certificateFile: files.certificate)
    }

    private static func create(commonName: String, key: Certificate.PrivateKey, now: Int64) throws -> KeyPair {
        let certificate = try Certificate.selfSigned(
            key: key, subject: try LeafRequest.client(commonName: commonName, organizations: []).subject,
            validity: .days(validityDays, from: now),
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            })
        return try KeyPair(certificate: certificate, key: key)
    }
}

extension KeyPair {
    /// Whether the certificate says what a request asks for, in the request's order.
    func says(_ request: LeafRequest) throws -> Bool {
        guard isMatching, try certificate.subject == request.subject else { return false }
        let names = try request.alternativeNames
        let present = try certificate.extensions.subjectAlternativeNames.map(Array.init) ?? []
        let usage = try certificate.extensions.extendedKeyUsage
        return names == present && usage?.contains(request.purpose == .server ? .serverAuth : .clientAuth) == true
    }
}
