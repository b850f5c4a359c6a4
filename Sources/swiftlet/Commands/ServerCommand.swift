import ArgumentParser
import ClusterPKI
import ContainerRuntime
import HostSystem
import Kubelet
import KubeletConfiguration
import Logging
import PrivateContainerd
import ServiceLifecycle

/// `swiftlet server`: API server, kubelet and, unless told otherwise, a private containerd, on one machine.
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Everything on one machine: API server, kubelet and a private containerd.",
        discussion: """
            Everything is kept below the data directory: admin.conf is the kubeconfig for kubectl, manifests/ the \
            directory of static pods unless the kubelet's configuration names another.
            """)

    @Option(help: "Where everything is kept.")
    var dataDir = "/var/lib/swiftlet"

    @Option(help: "The node's name; the host name if not given.")
    var nodeName: String?

    @Option(help: "The address that the API server listens on.")
    var bindAddress = "0.0.0.0"

    @Option(help: "The port of the API server.")
    var port = 6443

    @Option(help: "The port of the kubelet.")
    var kubeletPort = 10_250

    @Option(help: "The kubelet's configuration file (KubeletConfiguration).")
    var config: String?

    @Option(help: "The directory of static pods, for a configuration without staticPodPath.")
    var podManifestPath: String?

    @Option(help: "The URL of static pods, for a configuration without staticPodPath.")
    var manifestURL: String?

    @Option(help: "The socket of a container runtime to use instead of a private containerd.")
    var containerRuntimeEndpoint: String?

    @Option(help: "Which programs give credentials for registries (CredentialProviderConfig).")
    var imageCredentialProviderConfig: String?

    @Option(help: "Where these programs are.")
    var imageCredentialProviderBinDir: String?

    func run() async throws {
        let node = (nodeName ?? HostInventory.read(root: "/").hostname).lowercased()
        let cluster = try LocalCluster(
            directory: Self.absolute(dataDir), nodeName: node, bindAddress: bindAddress, port: port)
        try cluster.prepare()
        let endpoint = try containerRuntimeEndpoint ?? "unix://\(cluster.containerdDirectory.socket)"
        let effective = try ConfigurationLoader.load(arguments: kubeletArguments(cluster, endpoint: endpoint))
        let logger = LogSetup.bootstrap(label: "swiftlet", verbosity: effective.configuration.logging.verbosity)
        for warning in effective.warnings { logger.warning("\(warning)") }
        var services: [any Service] = [cluster.apiServer(logger: logger)]
        let containerd = containerRuntimeEndpoint == nil ? try cluster.containerd(logger: logger) : nil
        if containerd != nil, effective.configuration.cgroupDriver == CgroupDriver.systemd.rawValue {
            throw StartError(
                "the private containerd makes cgroups itself: cgroupDriver systemd needs --container-runtime-endpoint")
        }
        if let containerd { services.append(containerd) }
        let kubelet = try KubeletComposition(
            effective, logger: logger, runtimeIsStarted: { try await containerd?.waitUntilReady() })
        services += kubelet.services
        try await ServiceGroup.untilTerminated(services, logger: logger)
    }

    /// The flags by which the kubelet joins the API server beside it.
    private func kubeletArguments(_ cluster: LocalCluster, endpoint: String) -> [String] {
        var arguments = [
            "--kubeconfig=\(cluster.kubeletConfig)", "--root-dir=\(cluster.kubeletRoot)",
            "--cert-dir=\(cluster.kubeletRoot)/pki", "--hostname-override=\(cluster.nodeName)",
            "--port=\(kubeletPort)", "--container-runtime-endpoint=\(endpoint)",
            "--client-ca-file=\(cluster.certificateAuthorityFile)",
            "--tls-cert-file=\(cluster.kubeletServing.certificate)",
            "--tls-private-key-file=\(cluster.kubeletServing.privateKey)", "--anonymous-auth=false",
            "--authentication-token-webhook=false", "--authorization-mode=Webhook",
        ]
        if let config { arguments.append("--config=\(Self.absolute(config))") }
        if let podManifestPath { arguments.append("--pod-manifest-path=\(Self.absolute(podManifestPath))") }
        if let manifestURL { arguments.append("--manifest-url=\(manifestURL)") }
        for (flag, path) in [
            ("--image-credential-provider-config", imageCredentialProviderConfig),
            ("--image-credential-provider-bin-dir", imageCredentialProviderBinDir),
        ] {
            if let path { arguments.append("\(flag)=\(Self.absolute(path))") }
        }
        if config == nil, podManifestPath == nil, manifestURL == nil {
            arguments.append("--pod-manifest-path=\(cluster.manifests)")
        }
        return arguments
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : (HostFiles.resolved(".") ?? "") + "/" + path
    }
}
