import ArgumentParser
import PodSources

/// `swiftlet lint FILE|DIR…`: reads manifests as the kubelet would, and says what is wrong with them.
struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check manifests exactly as the kubelet reads them.",
        discussion: "Prints file:line:column: message for each problem; the exit code is 1 when there are errors.")

    @Option(name: [.customShort("o"), .long], help: "How to print: text or json.")
    var output: ManifestLint.Format = .text

    @Option(help: "The name of the node that the pods would run on.")
    var nodeName = "localhost"

    @Argument(help: "Manifest files, and directories of them.")
    var paths: [String]

    func run() throws {
        let outcome = ManifestLint(nodeName: nodeName).check(paths, format: output)
        Diagnostics.write(outcome.output)
        if outcome.exitCode != 0 { throw ExitCode(outcome.exitCode) }
    }
}

extension ManifestLint.Format: ExpressibleByArgument {}
