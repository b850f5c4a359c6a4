import ArgumentParser
import HostSystem
import Kubelet
import Logging
import ServiceLifecycle

/// `swiftlet apiserver`: the API server alone, for kubelets elsewhere.
struct APIServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apiserver", abstract: "The API server alone, with its objects in SQLite.",
        discussion: """
            Makes its CA and certificates below the data directory, with admin.conf for kubectl and kubelet.conf for \
            the kubelet of the node named by --node-name.
            """)

    @Option(help: "Where objects, keys and kubeconfigs are kept.")
    var dataDir = "/var/lib/swiftlet"

    @Option(help: "The node that kubelet.conf is for; the host name if not given.")
    var nodeName: String?

    @Option(help: "The address to listen on.")
    var bindAddress = "0.0.0.0"

    @Option(help: "The port to listen on.")
    var port = 6443

    func run() async throws {
        let logger = LogSetup.bootstrap(label: "apiserver")
        let node = (nodeName ?? HostInventory.read(root: "/").hostname).lowercased()
        let cluster = try LocalCluster(
            directory: ServerCommand.absolute(dataDir), nodeName: node, bindAddress: bindAddress, port: port)
        try cluster.prepare()
        try await ServiceGroup.untilTerminated([cluster.apiServer(logger: logger)], logger: logger)
    }
}
