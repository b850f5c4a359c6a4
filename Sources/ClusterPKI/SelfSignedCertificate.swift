import X509

/// The kubelet's serving certificate when nobody has given it one, as upstream's `kubelet.crt` and `kubelet.key`.
package enum SelfSignedCertificate {
    /// Makes sure that files hold a serving certificate for these names which holds for 30 more days.
    /// - Returns: whether a new certificate was written.
    /// - Throws: `ClusterPKIError` naming a file that is corrupt.
    @discardableResult
    package static func ensure(
        commonName: String, dnsNames: [String], ipAddresses: [String], in files: KeyPairFiles, now: Int64
    ) throws -> Bool {
        let request = LeafRequest.server(commonName: commonName, dnsNames: dnsNames, ipAddresses: ipAddresses)
        if let pair = try files.read(), try pair.says(request),
            pair.end - now > CertificateAuthority.renewalDays * 86_400
        {
            return false
        }
        let key = Certificate.PrivateKey.generate()
        let certificate = try Certificate.selfSigned(
            key: key, subject: try request.subject, validity: .days(CertificateAuthority.leafValidityDays, from: now),
            extensions: try request.extensions(publicKey: key.publicKey, issuerKey: key.publicKey))
        try files.write(try KeyPair(certificate: certificate, key: key))
        return true
    }
}
