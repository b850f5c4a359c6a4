import HTTPServing

/// Finds out who a request is from.
struct KubeletAuthenticator: Sendable {
    let allowsAnonymous: Bool

    /// - Returns: `nil` for a request that is to be answered 401: its certificate doesn't hold, which is so also when
    ///   the anonymous are let in, or it has none and they are not.
    func user(of peer: PeerIdentity) -> KubeletUser? {
        switch peer.certificate {
        case .verified(let certificate):
            // Without a name there is nobody whose access could be asked for.
            guard !certificate.commonName.isEmpty else { return nil }
            return KubeletUser(
                name: certificate.commonName, groups: certificate.organizations + [KubeletUser.authenticatedGroup])
        case .unverified:
            return nil
        case .none:
            return allowsAnonymous ? .anonymous : nil
        }
    }
}
