import KubernetesAPI

extension FlagTable {
    static let server: [FlagDefinition] = [
        .flag("enable-server", \.configuration.enableServer, "Run the HTTPS server."),
        .address(
            "address", \.configuration.address,
            "Address to listen on. Without API server and client CA the kubelet listens on 127.0.0.1 only."),
        .flag("port", \.configuration.port, "Port of the HTTPS server."),
        .flag("read-only-port", \.configuration.readOnlyPort, "Port without authentication, 0 for none."),
        .flag("tls-cert-file", \.configuration.tlsCertFile, "Serving certificate, PEM.", placeholder: "file"),
        .flag("tls-private-key-file", \.configuration.tlsPrivateKeyFile, "Its private key, PEM.", placeholder: "file"),
        .flag("tls-min-version", \.configuration.tlsMinVersion, "Oldest TLS version, such as VersionTLS12."),
        .flag("tls-cipher-suites", \.configuration.tlsCipherSuites, "Cipher suites up to TLS 1.2."),
        .flag("tls-curve-preferences", \.configuration.tlsCurvePreferences, "Key exchanges, by Go's numbers."),
        .flag("rotate-certificates", \.configuration.rotateCertificates, "Renew the client certificate."),
        .flag("rotate-server-certificates", \.configuration.serverTLSBootstrap, "Ask for a serving certificate."),
        .flag(
            "client-ca-file", \.configuration.authentication.x509.clientCAFile,
            "Authorities whose client certificates are accepted, PEM.", placeholder: "file"),
        .flag("anonymous-auth", \.configuration.authentication.anonymous.enabled, "Admit requests without any proof."),
        .flag(
            "authentication-token-webhook", \.configuration.authentication.webhook.enabled,
            "Let the API server check bearer tokens."),
        .flag(
            "authentication-token-webhook-cache-ttl", \.configuration.authentication.webhook.cacheTTL,
            "How long its answers hold."),
        .flag(
            "authorization-mode", \.configuration.authorization.mode,
            "AlwaysAllow: whoever is known may do everything; Webhook: the API server decides."),
        .flag(
            "authorization-webhook-cache-authorized-ttl", \.configuration.authorization.webhook.cacheAuthorizedTTL,
            "How long its permissions hold."),
        .flag(
            "authorization-webhook-cache-unauthorized-ttl", \.configuration.authorization.webhook.cacheUnauthorizedTTL,
            "How long its refusals hold."),
        .flag("healthz-port", \.configuration.healthzPort, "Port of /healthz, 0 for none."),
        .address("healthz-bind-address", \.configuration.healthzBindAddress, "Address of /healthz."),
        .flag(
            "streaming-connection-idle-timeout", \.configuration.streamingConnectionIdleTimeout,
            "How long an exec or attach may be silent, 0 for ever."),
        .flag(
            "enable-debugging-handlers", \.configuration.enableDebuggingHandlers,
            "Serve exec, attach, port-forward and logs."),
        .flag("contention-profiling", \.configuration.enableContentionProfiling, "Profile waiting for locks."),
    ]

    static let node: [FlagDefinition] = [
        .flag("register-node", \.configuration.registerNode, "Make the Node object in the API server."),
        .flag(
            "register-with-taints", placeholder: "key=value:effect,…", "Taints of a Node object that is made.",
            apply: takeTaints),
        .flag("node-labels", \.flags.nodeLabels, "Labels of a Node object that is made."),
        .flag("node-ip", \.flags.nodeIP, "The node's address, or one of each family separated by a comma."),
        .flag("provider-id", \.configuration.providerID, "Identifies the machine to a cloud provider."),
        .flag("register-schedulable", \.flags.registerSchedulable, "Make the Node open to the scheduler."),
        .flag("node-status-update-frequency", \.configuration.nodeStatusUpdateFrequency, "How often it is looked at."),
        .flag("node-status-max-images", \.configuration.nodeStatusMaxImages, "Images in its status, -1 for all."),
        .flag("event-qps", \.configuration.eventRecordQPS, "Events a second, 0 for no limit."),
        .flag("event-burst", \.configuration.eventBurst, "Events at once."),
        .flag("kube-api-qps", \.configuration.kubeAPIQPS, "Requests a second to the API server."),
        .flag("kube-api-burst", \.configuration.kubeAPIBurst, "Requests at once."),
        .flag("kube-api-content-type", \.configuration.contentType, "Format of requests."),
        .flag("pod-cidr", \.configuration.podCIDR, "Range of pod addresses of a kubelet that stands alone."),
        .flag(
            "enable-controller-attach-detach", \.configuration.enableControllerAttachDetach,
            "Leave attaching volumes to the controller."),
    ]

    /// `key=value:Effect`, `key:Effect`; the flag may be repeated.
    private static func takeTaints(
        _ text: String, _ settings: inout KubeletSettings, _ isFirst: Bool
    ) throws(InvalidFlagValue) {
        if isFirst { settings.configuration.registerWithTaints = [] }
        for part in text.split(separator: ",") {
            guard let colon = part.lastIndex(of: ":") else {
                throw InvalidFlagValue("\"\(part)\" is not of the form key=value:effect")
            }
            let pair = part[..<colon].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = pair.first, !key.isEmpty else { throw InvalidFlagValue("\"\(part)\" has no key") }
            var taint = Taint()
            taint.key = String(key)
            taint.value = pair.count > 1 ? String(pair[1]) : ""
            taint.effect = TaintEffect(rawValue: String(part[part.index(after: colon)...]))
            settings.configuration.registerWithTaints.append(taint)
        }
    }
}
