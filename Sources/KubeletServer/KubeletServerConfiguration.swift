package import HTTPServing

/// Where the kubelet's API listens, and whom it lets do what.
package struct KubeletServerConfiguration: Sendable {
    /// The port with everything; `ListenDecision` tells whether it may be reached from elsewhere.
    package var address: ListenAddress
    /// The certificate shown, and the authority whose clients are known.
    package var tls: ServerTLS
    /// The name by which the API server knows the node.
    package var nodeName: String
    /// Whether clients without a certificate are let in, as `system:anonymous`.
    package var allowsAnonymous = false
    package var authorization: KubeletAuthorizationMode
    /// The JSON that `/configz` answers.
    package var configz: @Sendable () -> [UInt8]
    /// A plain port for who is alive; `nil` for none.
    package var healthzAddress: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 10_248)
    /// A plain port that shows pods, metrics and statistics to everybody; `nil` for none.
    package var readOnlyAddress: ListenAddress?
    /// Whether logs, commands and streams are served.
    package var enableDebuggingHandlers = true
    /// Whether `/logs/` serves the files under `systemLogDirectory`.
    package var enableSystemLogHandler = true
    package var systemLogDirectory = "/var/log"

    package init(
        address: ListenAddress, tls: ServerTLS, nodeName: String, authorization: KubeletAuthorizationMode,
        configz: @escaping @Sendable () -> [UInt8]
    ) {
        self.address = address
        self.tls = tls
        self.nodeName = nodeName
        self.authorization = authorization
        self.configz = configz
    }
}
