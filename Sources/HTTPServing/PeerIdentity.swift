/// Who is at the other end of a connection, as far as the connection itself tells.
package struct PeerIdentity: Sendable, Hashable {
    /// What a verified client certificate says of its holder.
    package struct ClientCertificate: Sendable, Hashable {
        /// The user name, as Kubernetes reads certificates; empty when the subject has none.
        package var commonName: String
        /// The groups, as Kubernetes reads certificates.
        package var organizations: [String]

        package init(commonName: String, organizations: [String]) {
            self.commonName = commonName
            self.organizations = organizations
        }
    }

    package enum Certificate: Sendable, Hashable {
        /// The client showed no certificate: it is anonymous.
        case none
        /// The client showed a certificate that does not hold: foreign, expired or not for clients. Nothing in it may
        /// be believed; answer 401.
        case unverified(reason: String)
        /// The client holds a certificate of the configured CA.
        case verified(ClientCertificate)
    }

    package var certificate: Certificate
    /// IP address, without the port; empty when it isn't known.
    package var remoteAddress: String
    package var isTLS: Bool

    package init(certificate: Certificate = .none, remoteAddress: String = "", isTLS: Bool = false) {
        self.certificate = certificate
        self.remoteAddress = remoteAddress
        self.isTLS = isTLS
    }

    /// The certificate's content, if and only if it was verified.
    package var verifiedCertificate: ClientCertificate? {
        guard case .verified(let certificate) = certificate else { return nil }
        return certificate
    }
}
