package import HostSystem
package import Kubelet
package import KubeletConfiguration
package import Logging
package import PodLifecycle

/// The credentials that a node has for registries: those of docker's configuration files, then those that exec
/// credential providers give.
package struct NodeCredentials: PullCredentialSource {
    private let files: CredentialFiles
    private let plugins: [CredentialPlugin]
    private let logger: Logger

    /// - Parameter pluginDirectory: where the providers' programs are.
    package init(
        files: CredentialFiles, providers: [CredentialProvider], pluginDirectory: String, runner: ProgramRunner,
        clock: any KubeletClock, logger: Logger
    ) {
        self.files = files
        self.logger = logger
        plugins = providers.filter(\.isForPodsWithoutServiceAccount).map {
            CredentialPlugin($0, directory: pluginDirectory, runner: runner, clock: clock)
        }
    }

    package func credentials(for image: String) async throws -> PullCredentials {
        let (entries, problems) = files.read()
        var result = PullCredentials(alternatives: [], problems: problems)
        collect(entries, for: image, into: &result)
        // All providers' answers make one keyring, in which the most specific registry comes first.
        var answers: [DockerConfigFile.Entry] = []
        for plugin in plugins {
            do {
                answers += try await plugin.entries(for: image)
            } catch let failure as CredentialPlugin.Failure {
                result.problems.append("\(failure)")
            }
        }
        collect(answers, for: image, into: &result)
        result.alternatives = result.alternatives.withoutRepetitions
        for problem in result.problems {
            logger.warning("cannot use credentials for a registry", metadata: ["problem": "\(problem)"])
        }
        return result
    }

    private func collect(_ entries: [DockerConfigFile.Entry], for image: String, into result: inout PullCredentials) {
        var keyring = DockerKeyring()
        for entry in entries where !keyring.add(entry.credentials, for: entry.registry) {
            result.problems.append("\"\(entry.registry)\" is not the name of a registry")
        }
        result.alternatives += keyring.credentials(for: image)
    }
}
