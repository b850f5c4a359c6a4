package import ContainerRuntime

/// Credentials by the registries they are for.
package struct DockerKeyring: Sendable {
    /// Docker Hub under the name that `docker login` gives it.
    private static let defaultRegistry = "index.docker.io"

    private var credentials: [RegistryPattern: [RegistryCredentials]] = [:]

    package init() {}

    /// Adds credentials for a registry as a configuration names it: with or without scheme, `/v1/` or `/v2/`.
    /// - Returns: whether it is the name of one.
    package mutating func add(_ credentials: RegistryCredentials, for registry: String) -> Bool {
        var name = registry[...]
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) { name = name.dropFirst(scheme.count) }
        let end = name.firstIndex(of: "/") ?? name.endIndex
        var path = name[end...]
        if path.hasPrefix("/v1/") || path.hasPrefix("/v2/") { path = path.dropFirst("/v1".count) }
        if path == "/" { path = "" }
        guard let pattern = RegistryPattern(String(name[..<end] + path)) else { return false }
        self.credentials[pattern, default: []].append(credentials)
        return true
    }

    /// The credentials that may be for an image, those of the most specific registry first, none twice.
    /// - Parameter image: its name without tag and digest, with its registry.
    package func credentials(for image: String) -> [RegistryCredentials] {
        guard let target = RegistryPattern(image) else { return [] }
        // The order is upstream's: a longer path comes before what it begins with.
        let matching = credentials.keys.filter { $0.matches(target) }.sorted { $0.text.utf8.follows($1.text.utf8) }
        let found = matching.flatMap { credentials[$0] ?? [] }
        guard found.isEmpty, Self.isOnDefaultRegistry(image), let standard = RegistryPattern(Self.defaultRegistry)
        else { return found.withoutRepetitions }
        return (credentials[standard] ?? []).withoutRepetitions
    }

    private static func isOnDefaultRegistry(_ image: String) -> Bool {
        let parts = image.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else { return false }
        return parts.count == 1 || first == "docker.io" || first == defaultRegistry
            || !first.contains(where: { $0 == "." || $0 == ":" })
    }
}

extension String.UTF8View {
    fileprivate func follows(_ other: String.UTF8View) -> Bool { other.lexicographicallyPrecedes(self) }
}

extension [RegistryCredentials] {
    var withoutRepetitions: Self {
        var seen: Set<RegistryCredentials> = []
        return filter { seen.insert($0).inserted }
    }
}
