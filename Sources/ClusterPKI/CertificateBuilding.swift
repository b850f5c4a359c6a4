// X509 takes and gives its dates as Foundation's `Date`; this is the one file that needs it.
import Crypto
import FoundationEssentials
import X509

/// Seconds since 1970 between which a certificate holds.
struct Validity {
    var start: Int64
    var end: Int64

    /// From an hour ago, for clocks that are behind.
    static func days(_ days: Int64, from now: Int64) -> Validity {
        Validity(start: now - 3_600, end: now + days * 86_400)
    }
}

extension Certificate {
    /// The end of the validity in seconds since 1970.
    var end: Int64 { Int64(notValidAfter.timeIntervalSince1970) }

    static func make(
        publicKey: PublicKey, validity: Validity, issuer: DistinguishedName, subject: DistinguishedName,
        extensions: Extensions, issuerKey: PrivateKey
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: SerialNumber(), publicKey: publicKey,
            notValidBefore: Date(timeIntervalSince1970: Double(validity.start)),
            notValidAfter: Date(timeIntervalSince1970: Double(validity.end)), issuer: issuer, subject: subject,
            extensions: extensions, issuerPrivateKey: issuerKey)
    }

    /// A certificate that signs itself: a CA, or a server nobody vouches for.
    static func selfSigned(
        key: PrivateKey, subject: DistinguishedName, validity: Validity, extensions: Extensions
    ) throws -> Certificate {
        try make(
            publicKey: key.publicKey, validity: validity, issuer: subject, subject: subject, extensions: extensions,
            issuerKey: key)
    }
}

extension LeafRequest {
    /// What the certificate says beyond its subject.
    func extensions(publicKey: Certificate.PublicKey, issuerKey: Certificate.PublicKey) throws
        -> Certificate.Extensions
    {
        let names = try alternativeNames
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
            try ExtendedKeyUsage([purpose == .server ? .serverAuth : .clientAuth])
            SubjectKeyIdentifier(hash: publicKey)
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: issuerKey).keyIdentifier)
            if !names.isEmpty { SubjectAlternativeNames(names) }
        }
    }
}

extension Certificate.PrivateKey {
    /// A new ECDSA P-256 key.
    static func generate() -> Certificate.PrivateKey { Certificate.PrivateKey(P256.Signing.PrivateKey()) }
}
