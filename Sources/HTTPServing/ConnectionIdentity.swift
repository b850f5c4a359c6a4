import NIOSSL
import Synchronization

/// Finds out once per connection who its client is.
final class ConnectionIdentity: Sendable {
    private struct State {
        var chain: [NIOSSLCertificate] = []
        var identity: PeerIdentity?
    }

    private let remoteAddress: String
    private let tls: ServerTLS?
    private let state = Mutex(State())

    init(remoteAddress: String, tls: ServerTLS?) {
        self.remoteAddress = remoteAddress
        self.tls = tls
    }

    var hasChain: Bool { state.withLock { !$0.chain.isEmpty } }

    /// Notes what the client showed in the handshake; it means nothing until `resolve` has verified it.
    func record(_ chain: [NIOSSLCertificate]) {
        state.withLock { $0.chain = chain }
    }

    func resolve() async -> PeerIdentity {
        let (known, chain) = state.withLock { ($0.identity, $0.chain) }
        if let known { return known }
        var identity = PeerIdentity(remoteAddress: remoteAddress, isTLS: tls != nil)
        if !chain.isEmpty, let verifier = tls?.verifier {
            identity.certificate = await verifier.verify(chain)
        }
        state.withLock { [identity] in
            $0.identity = identity
            $0.chain = []
        }
        return identity
    }
}
