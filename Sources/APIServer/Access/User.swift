import HTTPServing
import NIOHTTP1

/// Who makes a request.
struct User: Sendable, Hashable {
    var name: String
    var groups: [String]

    static let anonymous = User(name: "system:anonymous", groups: ["system:unauthenticated"])

    var isAnonymous: Bool { self == .anonymous }
    var isMaster: Bool { groups.contains("system:masters") }

    /// The node as which a kubelet has authenticated itself.
    var nodeName: String? {
        let prefix = "system:node:"
        guard groups.contains("system:nodes"), name.hasPrefix(prefix), name.count > prefix.count else { return nil }
        return String(name.dropFirst(prefix.count))
    }
}

/// Finds out who makes a request: the holder of a client certificate, or nobody known.
enum Authenticator {
    /// - Throws: `APIError` with code `unauthorized` for credentials that do not hold.
    static func user(of request: HTTPServerRequest) throws(APIError) -> User {
        switch request.peer.certificate {
        case .verified(let certificate) where !certificate.commonName.isEmpty:
            return User(
                name: certificate.commonName, groups: certificate.organizations + ["system:authenticated"])
        case .none:
            // Nobody gets tokens from this server, so that none can be good.
            guard !request.headers.contains(name: "authorization") else { throw APIError.unauthorized }
            return .anonymous
        case .unverified, .verified: throw APIError.unauthorized
        }
    }
}
