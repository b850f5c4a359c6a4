import APIServer
import ClusterPKI
import HTTPServing
import HostSystem
import Kubelet
import KubernetesAPI
import Logging
import NIOPosix
import PrivateContainerd

/// The files of a machine that is its own cluster, all below one directory.
struct LocalCluster: Sendable {
    let directory: String
    let nodeName: String
    let bindAddress: String
    let port: Int
    private let clock = SystemClock()

    init(directory: String, nodeName: String, bindAddress: String, port: Int) throws {
        guard (1...65_535).contains(port) else {
            throw StartError("--port \(port) is no port: it goes from 1 to 65535")
        }
        self.directory = directory
        self.nodeName = nodeName
        self.bindAddress = bindAddress
        self.port = port
    }

    var manifests: String { directory + "/manifests" }
    var kubeletRoot: String { directory + "/kubelet" }
    var kubeletConfig: String { directory + "/kubelet.conf" }
    var certificateAuthorityFile: String { pki + "/ca.crt" }
    var kubeletServing: KeyPairFiles { KeyPairFiles(directory: pki, name: "kubelet-serving") }

    private var pki: String { directory + "/pki" }
    private var apiServerServing: KeyPairFiles { KeyPairFiles(directory: pki, name: "apiserver") }
    private var kubeletClient: KeyPairFiles { KeyPairFiles(directory: pki, name: "apiserver-kubelet-client") }

    /// Makes directories, certificates and kubeconfigs that are missing, and renews what is about to expire.
    func prepare() throws {
        for path in [directory, pki, directory + "/apiserver"] { try HostFiles.createDirectory(path, mode: 0o700) }
        try HostFiles.createDirectory(manifests)
        let now = clock.now().seconds
        let authority = try CertificateAuthority.loadOrCreate(in: pki, now: now)
        let inventory = HostInventory.read(root: directory)
        let addresses = inventory.addresses + ["127.0.0.1"]
        let names = [
            "localhost", nodeName, inventory.hostname, "kubernetes", "kubernetes.default", "kubernetes.default.svc",
        ]
        try authority.ensure(
            .server(commonName: "kube-apiserver", dnsNames: names.unique, ipAddresses: addresses), in: apiServerServing,
            now: now)
        try authority.ensure(
            .server(
                commonName: "system:node:\(nodeName)", dnsNames: [nodeName, "localhost"].unique,
                ipAddresses: addresses),
            in: kubeletServing, now: now)
        try authority.ensure(.apiServerKubeletClient, in: kubeletClient, now: now)
        let url = "https://127.0.0.1:\(port)"
        try KubeconfigFile(path: directory + "/admin.conf", server: url, userName: "kubernetes-admin")
            .ensure(.admin, from: authority, now: now)
        try KubeconfigFile(path: kubeletConfig, server: url, userName: "system:node:\(nodeName)")
            .ensure(.kubelet(nodeName: nodeName), from: authority, now: now)
    }

    func apiServer(logger: Logger) -> KubernetesAPIServer {
        KubernetesAPIServer(
            configuration: APIServerConfiguration(
                address: ListenAddress(host: bindAddress, port: port), certificateFile: apiServerServing.certificate,
                privateKeyFile: apiServerServing.privateKey, clientCAFile: certificateAuthorityFile,
                kubeletClientCertificateFile: kubeletClient.certificate, kubeletClientKeyFile: kubeletClient.privateKey,
                kubeletCAFile: certificateAuthorityFile, storePath: directory + "/apiserver/state.db"),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    }

    var containerdDirectory: ContainerdDirectory {
        get throws { try ContainerdDirectory(creating: directory + "/containerd") }
    }

    func containerd(logger: Logger) throws -> ContainerdService {
        ContainerdService(
            try containerdDirectory, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, clock: ContinuousClock(),
            logger: logger)
    }
}

extension [String] {
    /// Without repetitions, in order.
    fileprivate var unique: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
