import ArgumentParser
import Glibc
import HostSystem
import NIOCore
import NIOPosix

/// Entry point of the one binary: `swiftlet COMMAND …`, or the kubelet when it is called `kubelet`.
@main
struct Swiftlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftlet", abstract: "Kubernetes static pods.",
        version: ProductVersion.text,
        subcommands: [ServerCommand.self, KubeletCommand.self, APIServerCommand.self, LintCommand.self])

    static func main() async {
        Heap.useOneArena()
        // One loop and one blocking thread do for a node; every further one costs memory.
        NIOSingletons.groupLoopCountSuggestion = 1
        NIOSingletons.blockingPoolThreadCountSuggestion = 1
        // Peers that go away are errors of their connections, not of the process.
        signal(SIGPIPE, SIG_IGN)
        var arguments = Array(CommandLine.arguments.dropFirst())
        if HostFiles.name(of: CommandLine.arguments.first ?? "") == "kubelet" { arguments.insert("kubelet", at: 0) }
        do {
            var command = try Self.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ExitCode {
            Glibc.exit(error.rawValue)
        } catch let error where Self.exitCode(for: error) == .failure {
            Diagnostics.fail("\(error)")
        } catch {
            // Help, version and usage errors.
            Self.exit(withError: error)
        }
    }
}

/// What this build calls itself.
enum ProductVersion {
    /// The version of Swiftlet.
    static let swiftlet = "0.1.0"
    /// The Kubernetes version whose semantics are followed.
    static let kubernetes = "v1.36.0"

    static let text = "Swiftlet \(swiftlet) (Kubernetes \(kubernetes))"
    /// How requests of lifecycle hooks and probes call themselves.
    static let hookAgent = "kube-lifecycle/\(minor)"
    static let probeAgent = "kube-probe/\(minor)"
    private static let minor = kubernetes.dropFirst().split(separator: ".").prefix(2).joined(separator: ".")
    /// What a node reports as its kubelet's version.
    static let kubelet = "\(kubernetes)+swiftlet-\(swiftlet)"
}

/// Words for the person at the terminal.
enum Diagnostics {
    /// Ends the process with a line for each thing that is wrong.
    static func fail(_ message: String) -> Never {
        for line in message.split(separator: "\n") { write("swiftlet: \(line)\n", to: STDERR_FILENO) }
        exit(1)
    }

    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
