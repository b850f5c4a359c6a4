package import HTTPServing

/// Where the kubelet's server may listen.
package enum ListenDecision: Sendable, Hashable {
    /// As the configuration says.
    case asConfigured(ListenAddress)
    /// On this machine only, for nothing could tell one client from another.
    case loopbackOnly(ListenAddress)

    /// - Parameters:
    ///   - isStandalone: there is no API server that could be asked who a client is and what it may do.
    ///   - hasClientCA: client certificates can be verified.
    package init(configured: ListenAddress, isStandalone: Bool, hasClientCA: Bool) {
        if !isStandalone || hasClientCA || Self.isLoopback(configured.host) {
            self = .asConfigured(configured)
        } else {
            let host = configured.host.contains(":") ? "::1" : "127.0.0.1"
            self = .loopbackOnly(ListenAddress(host: host, port: configured.port))
        }
    }

    package var address: ListenAddress {
        switch self {
        case .asConfigured(let address), .loopbackOnly(let address): address
        }
    }

    /// Names are not resolved: none but `localhost` counts.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "::1" || host == "localhost" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}
