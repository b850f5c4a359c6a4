internal import HostSystem

/// What containerd needs on the machine, and where it is.
struct InstalledPrograms: Hashable {
    var containerd: String
    /// The folder of the CNI plugins.
    var networkPlugins: String
    /// The folders in which containerd and its children look for programs.
    var searchPath: String

    /// Something to look for, and what it comes in on Debian.
    private struct Requirement {
        var name: String
        var package: String
    }

    private static let programs = [
        Requirement(name: "containerd", package: "containerd"),
        Requirement(name: "containerd-shim-runc-v2", package: "containerd"),
        Requirement(name: "runc", package: "runc"),
        Requirement(name: "iptables", package: "iptables"),
    ]
    private static let plugins = ["bridge", "host-local", "loopback", "portmap"]
    private static let pluginsAltogether = Requirement(name: "CNI plugins", package: "containernetworking-plugins")
    /// Root's folders, which a user's own `PATH` may lack.
    private static let systemFolders = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]
    /// Debian's, and the one of CNI's own releases.
    static let pluginFolders = ["/usr/lib/cni", "/opt/cni/bin"]

    /// Looks for everything at once, so that one message tells all that is missing.
    ///
    /// Throws `PrivateContainerdError` with code `notInstalled`.
    static func find(path: String?, pluginFolders: [String] = pluginFolders) throws -> InstalledPrograms {
        var folders = (path ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        folders += systemFolders.filter { !folders.contains($0) }
        var missing = programs.filter { program in
            !folders.contains { HostFiles.exists("\($0)/\(program.name)") }
        }
        let networkPlugins = pluginFolders.first { folder in
            plugins.allSatisfy { HostFiles.exists("\(folder)/\($0)") }
        }
        if networkPlugins == nil { missing.append(pluginsAltogether) }
        guard let networkPlugins, missing.isEmpty,
            let folder = folders.first(where: { HostFiles.exists("\($0)/containerd") })
        else { throw notInstalled(missing) }
        return InstalledPrograms(
            containerd: "\(folder)/containerd", networkPlugins: networkPlugins,
            searchPath: folders.joined(separator: ":"))
    }

    private static func notInstalled(_ missing: [Requirement]) -> PrivateContainerdError {
        let names = missing.map(\.name).joined(separator: ", ")
        var packages: [String] = []
        for requirement in missing where !packages.contains(requirement.package) {
            packages.append(requirement.package)
        }
        return PrivateContainerdError(
            .notInstalled,
            "cannot start containerd: not found: \(names) (apt-get install \(packages.joined(separator: " ")))")
    }
}
