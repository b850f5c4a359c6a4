internal import ContainerRuntime
internal import StructuredData

/// What a `config.json` or `.dockercfg` of docker holds.
struct DockerConfigFile: Sendable {
    /// The two formats there are.
    enum Format: Sendable, Hashable {
        /// With the registries in `auths`.
        case configJSON
        /// With nothing but registries.
        case dockercfg
    }

    struct Entry: Sendable, Hashable {
        var registry: String
        var credentials: RegistryCredentials
    }

    private(set) var entries: [Entry] = []
    /// What is wrong with entries that were left out; no secrets.
    private(set) var problems: [String] = []

    /// - Returns: `nil` when the text is not a JSON object of this kind.
    init?(_ bytes: [UInt8], _ format: Format) {
        guard let object = (try? JSONValue(parsing: bytes))?.objectValue else { return nil }
        let registries: JSONObject
        switch format {
        case .dockercfg: registries = object
        case .configJSON:
            let auths = object["auths"] ?? .null
            guard let members = auths.isNull ? JSONObject() : auths.objectValue else { return nil }
            registries = members
        }
        for (registry, entry) in registries { take(entry, of: registry) }
    }

    private mutating func take(_ entry: JSONValue, of registry: String) {
        guard entry.objectValue != nil else { return problems.append("the entry of \(registry) is no object") }
        var username = entry["username"]?.stringValue ?? ""
        var password = entry["password"]?.stringValue ?? ""
        if let auth = entry["auth"]?.stringValue, !auth.isEmpty {
            guard let pair = Self.decode(auth) else {
                return problems.append("auth of \(registry) is not user:password in base64")
            }
            (username, password) = pair
        }
        // Where a credential helper has the secret, docker leaves an empty entry.
        guard !username.isEmpty || !password.isEmpty else { return }
        entries.append(
            Entry(registry: registry, credentials: RegistryCredentials(username: username, password: password)))
    }

    private static func decode(_ auth: String) -> (username: String, password: String)? {
        guard let bytes = Base64.decode(auth) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
    }
}
