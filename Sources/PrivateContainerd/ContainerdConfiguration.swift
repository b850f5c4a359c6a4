internal import HostSystem

/// What the files that containerd and the CNI plugins read are made of. Their text is in `Templates`, from which
/// `scripts/containerd-start.sh` makes the same files.
struct ContainerdConfiguration: Hashable {
    var directory: String
    var network: PodNetwork
    var networkPlugins: String
    /// Whether containers keep containerd's OOM score: nobody without CAP_SYS_RESOURCE can lower one, and runc fails
    /// when asked to.
    var restrictsOOMScore: Bool

    /// containerd's `config.toml`.
    var text: String { fill(PackageResources.config_toml) }

    /// The CNI network's configuration list.
    var networkText: String { fill(PackageResources.network_conflist) }

    private func fill(_ template: [UInt8]) -> String {
        let values = [
            "DIR": directory, "NETWORK": network.name, "SUBNET": network.subnet, "CNI_PLUGINS": networkPlugins,
            "RESTRICT_OOM_SCORE": "\(restrictsOOMScore)",
        ]
        // Every second part is the name between two `@`.
        return String(decoding: template, as: UTF8.self).split(separator: "@", omittingEmptySubsequences: false)
            .enumerated()
            .map { $0.isMultiple(of: 2) ? String($1) : values[String($1)] ?? "" }
            .joined()
    }

    /// Writes both files, each only if that changes it.
    func write(to directory: ContainerdDirectory) throws {
        try HostFiles.createDirectory(HostFiles.parent(of: directory.networkConfiguration))
        try Self.update(directory.networkConfiguration, networkText)
        try Self.update(directory.configuration, text)
    }

    private static func update(_ path: String, _ text: String) throws {
        let bytes = Array(text.utf8)
        if HostFiles.exists(path), try HostFiles.read(path) == bytes { return }
        try HostFiles.writeAtomically(bytes, to: path)
    }

    /// Whether a process lacks CAP_SYS_RESOURCE, by its `/proc/PID/status`.
    static func lacksSystemResource(processStatus text: String) -> Bool {
        let field = "CapEff:"
        let line = text.split(separator: "\n").first { $0.hasPrefix(field) }
        let digits = line?.dropFirst(field.count).drop(while: \.isWhitespace)
        guard let digits, let capabilities = UInt64(digits, radix: 16) else { return false }
        // Bit 24, see linux/capability.h.
        return capabilities >> 24 & 1 == 0
    }
}
