import CRIClient
import ClusterPKI
import HTTPServing
import Kubelet
import KubeletConfiguration
import KubeletServer
import KubernetesAPI
import Logging
import StructuredData

extension KubeletComposition {
    /// The kubelet's HTTP API, or `nil` when it is turned off.
    func makeServer(parts: Parts, runtime: CRIRuntimeService, api: NodeAPIClient?) throws -> KubeletServer? {
        guard configuration.enableServer else { return nil }
        let clientCA = configuration.authentication.x509.clientCAFile
        let listen = ListenDecision(
            configured: ListenAddress(host: configuration.address, port: Int(configuration.port)),
            isStandalone: flags.isStandalone, hasClientCA: !clientCA.isEmpty)
        if case .loopbackOnly(let address) = listen {
            logger.warning(
                "without a client CA the kubelet's API is for this machine only", metadata: ["address": "\(address)"])
        }
        let certificate = try servingCertificate()
        let tls = try ServerTLS(
            certificateFile: certificate.certificate, privateKeyFile: certificate.privateKey,
            clientCAFile: clientCA.isEmpty ? nil : clientCA)
        let configz = configuration.configz.serialized()
        var server = KubeletServerConfiguration(
            address: listen.address, tls: tls, nodeName: nodeName, authorization: try authorization(api),
            configz: { configz })
        server.allowsAnonymous = configuration.authentication.anonymous.enabled
        server.healthzAddress =
            configuration.healthzPort > 0
            ? ListenAddress(host: configuration.healthzBindAddress, port: Int(configuration.healthzPort)) : nil
        server.readOnlyAddress =
            configuration.readOnlyPort > 0
            ? ListenAddress(host: listen.address.host, port: Int(configuration.readOnlyPort)) : nil
        server.enableDebuggingHandlers = configuration.enableDebuggingHandlers
        server.enableSystemLogHandler = configuration.enableSystemLogHandler
        return KubeletServer(
            configuration: server,
            queries: KubeletState(monitor: parts.agent.monitor, statuses: parts.statuses), runtime: runtime,
            exits: RuntimeContainerExits(
                runtime: runtime, events: CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger),
                clock: clock),
            host: KubeletServerHost(group: group, threads: threads, clock: clock, logger: logger))
    }

    /// The certificate of the configuration, or one the kubelet signs itself.
    private func servingCertificate() throws -> KeyPairFiles {
        var files = KeyPairFiles(directory: flags.certDirectory, name: "kubelet")
        if !configuration.tlsCertFile.isEmpty {
            files.certificate = configuration.tlsCertFile
            files.privateKey = configuration.tlsPrivateKeyFile
            return files
        }
        try SelfSignedCertificate.ensure(
            commonName: nodeName, dnsNames: [nodeName, "localhost"], ipAddresses: nodeAddresses + ["127.0.0.1"],
            in: files, now: clock.now().seconds)
        return files
    }

    private func authorization(_ api: NodeAPIClient?) throws -> KubeletAuthorizationMode {
        guard configuration.authorization.mode == KubeletAuthorization.webhook else { return .alwaysAllow }
        guard let api else { throw StartError("authorization mode Webhook needs an API server: give --kubeconfig") }
        return .webhook(
            api, allowedFor: configuration.authorization.webhook.cacheAuthorizedTTL.duration,
            deniedFor: configuration.authorization.webhook.cacheUnauthorizedTTL.duration)
    }
}
