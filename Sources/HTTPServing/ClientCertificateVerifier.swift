import NIOSSL
import SwiftASN1
import X509

/// Decides whether a certificate that a client showed is one of the configured CA.
struct ClientCertificateVerifier: Sendable {
    private let roots: [Certificate]

    /// - Parameter roots: the CA bundle; each certificate in it is a trust anchor.
    init(roots: [Certificate]) { self.roots = roots }

    /// Verifies signatures, validity and purpose at this moment.
    /// - Parameter chain: as the client sent it, its own certificate first.
    func verify(_ chain: [NIOSSLCertificate]) async -> PeerIdentity.Certificate {
        let certificates: [Certificate]
        do {
            certificates = try chain.map { try Certificate(derEncoded: $0.toDERBytes()) }
        } catch {
            return .unverified(reason: "the client certificate cannot be parsed")
        }
        guard let leaf = certificates.first else { return .none }
        var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy()
            ClientPurposePolicy()
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(certificates.dropFirst())) {
        case .validCertificate:
            return .verified(PeerIdentity.ClientCertificate(leaf.subject))
        case .couldNotValidate(let failures):
            let reason = failures.first.map { "\($0.policyFailureReason)" } ?? "it is not signed by the client CA"
            return .unverified(reason: reason)
        }
    }
}

/// Accepts chains whose certificates may be used by clients. As in Go's `crypto/x509` a certificate without extended
/// key usage may be used for anything.
private struct ClientPurposePolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.extendedKeyUsage]

    mutating func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
        for certificate in chain {
            do {
                guard let usage = try certificate.extensions.extendedKeyUsage else { continue }
                guard usage.contains(.clientAuth) || usage.contains(.any) else {
                    return .failsToMeetPolicy(reason: "the certificate is not for clients")
                }
            } catch {
                return .failsToMeetPolicy(reason: "the extended key usage cannot be parsed")
            }
        }
        return .meetsPolicy
    }
}

extension PeerIdentity.ClientCertificate {
    init(_ subject: DistinguishedName) {
        self.init(commonName: "", organizations: [])
        for attribute in subject.flatMap({ $0 }) {
            // Values that aren't strings name nobody.
            guard let value = String(attribute.value) else { continue }
            switch attribute.type {
            case .NameAttributes.commonName: commonName = value
            case .NameAttributes.organizationName: organizations.append(value)
            default: break
            }
        }
    }
}
