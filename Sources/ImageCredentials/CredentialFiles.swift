internal import HostSystem

/// Finds the docker configuration of the node: the first valid `config.json`, else the first valid `.dockercfg`.
///
/// As upstream's `pkg/credentialprovider/config.go`. Nothing is kept: each search reads what is there.
package struct CredentialFiles: Sendable {
    private static let sizeLimit = 10 << 20

    private let places: [(path: String, format: DockerConfigFile.Format)]

    /// - Parameters:
    ///   - root: the kubelet's root directory, where it looks first.
    ///   - home: `HOME`; empty for none.
    package init(root: String, workingDirectory: String, home: String) {
        let homes = [home.isEmpty ? workingDirectory : home, "/"]
        places =
            ([root, workingDirectory] + homes.map { "\($0)/.docker" }).map { ("\($0)/config.json", .configJSON) }
            + ([root, workingDirectory] + homes).map { ("\($0)/.dockercfg", .dockercfg) }
    }

    /// The credentials by registry, and what is wrong with files that were looked into.
    func read() -> (entries: [DockerConfigFile.Entry], problems: [String]) {
        var problems: [String] = []
        for (path, format) in places {
            do {
                guard HostFiles.exists(path) else { continue }
                guard let file = DockerConfigFile(try HostFiles.read(path, limit: Self.sizeLimit), format) else {
                    // Why exactly would quote a piece of the file, and there may be secrets in it.
                    problems.append("\(path) is not a docker configuration in JSON")
                    continue
                }
                return (file.entries, problems + file.problems.map { "\(path): \($0)" })
            } catch let error as HostSystemError where error.code == .notFound {
                continue
            } catch {
                problems.append("\(error)")
            }
        }
        return ([], problems)
    }
}
