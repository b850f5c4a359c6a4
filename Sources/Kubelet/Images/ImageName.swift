/// The name of an image: repository, and a tag or digest.
struct ImageName: Sendable, Hashable {
    let repository: String
    let tag: String?
    let digest: String?

    /// Parses a name as users write it; `nil` when no registry could have such an image.
    init?(_ text: String) {
        var rest = Substring(text)
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        } else {
            digest = nil
        }
        // A colon after the last slash begins a tag; one before it belongs to the registry's port.
        let lastPart = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
        if let colon = rest[lastPart...].firstIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        } else {
            tag = nil
        }
        repository = String(rest)
        guard Self.isRepository(repository), tag.map(Self.isTag) ?? true, digest.map(Self.isDigest) ?? true else {
            return nil
        }
    }

    /// The name with `:latest` where it has neither tag nor digest.
    var withTag: String {
        var name = repository
        if let tag { name += ":\(tag)" }
        if let digest { name += "@\(digest)" }
        return tag == nil && digest == nil ? name + ":latest" : name
    }

    /// The repository with its registry and, on Docker Hub, its `library/`, as `distribution/reference` completes it.
    var fullRepository: String {
        let parts = repository.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let first = parts.first, Self.isHost(first) else { return Self.onDockerHub(repository) }
        return first == "index.docker.io" || first == "docker.io" ? Self.onDockerHub(String(parts[1])) : repository
    }

    private static func onDockerHub(_ path: String) -> String {
        path.contains("/") ? "docker.io/\(path)" : "docker.io/library/\(path)"
    }

    private static func isHost(_ part: Substring) -> Bool {
        part.contains(".") || part.contains(":") || part == "localhost"
    }

    private static func isRepository(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, !text.isEmpty else { return false }
        // The registry's host may have capitals and a port; the path may not.
        return (parts.count > 1 && isHost(first) ? parts.dropFirst() : parts[...]).allSatisfy { part in
            guard let start = part.utf8.first, let end = part.utf8.last else { return false }
            return start.isLowerAlphanumeric && end.isLowerAlphanumeric
                && part.utf8.allSatisfy { $0.isLowerAlphanumeric || "._-".utf8.contains($0) }
        }
    }

    private static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return !".-".utf8.contains(first) && text.utf8.allSatisfy { $0.isAlphanumeric || "._-".utf8.contains($0) }
    }

    private static func isDigest(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].utf8.count >= 32
            && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension UInt8 {
    fileprivate var isLowerAlphanumeric: Bool { (0x30...0x39).contains(self) || (0x61...0x7A).contains(self) }
    fileprivate var isAlphanumeric: Bool { isLowerAlphanumeric || (0x41...0x5A).contains(self) }
}
