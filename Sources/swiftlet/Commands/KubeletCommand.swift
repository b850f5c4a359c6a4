import ArgumentParser
import KubeletConfiguration
import Logging
import NIOPosix
import ServiceLifecycle

/// `swiftlet kubelet …`: the node agent alone, with upstream's flags.
struct KubeletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubelet", abstract: "The node agent alone, with the flags of the upstream kubelet.")

    @Argument(parsing: .captureForPassthrough, help: "Flags of the kubelet; --help lists them.")
    var arguments: [String] = []

    func run() async throws {
        let effective = try ConfigurationLoader.load(arguments: arguments)
        if effective.flags.printsHelp { return Diagnostics.write(KubeletFlags.help) }
        if effective.flags.printsVersion { return Diagnostics.write("Kubernetes \(ProductVersion.kubelet)\n") }
        let logger = LogSetup.bootstrap(label: "kubelet", verbosity: effective.configuration.logging.verbosity)
        for warning in effective.warnings { logger.warning("\(warning)") }
        let composition = try KubeletComposition(effective, logger: logger)
        try await ServiceGroup.untilTerminated(composition.services, logger: logger)
    }
}
