/// Which names in a manifest directory are manifests.
enum ManifestName {
    /// False for hidden files and for what editors and package tools leave behind (design.md, better 5).
    static func isManifest(_ name: String) -> Bool {
        if name.isEmpty || name.hasPrefix(".") || name.hasSuffix("~") { return false }
        if name.hasPrefix("#") && name.hasSuffix("#") { return false }
        if [".bak", ".swp", ".swo", ".swx", ".orig"].contains(where: name.hasSuffix) { return false }
        guard let dot = name.lastIndex(of: ".") else { return true }
        return !name[dot...].hasPrefix(".dpkg-")
    }

    /// Whether the first path comes before the second by name, extension stripped.
    static func precedes(_ left: String, _ right: String) -> Bool {
        let stems = (stem(left), stem(right))
        return stems.0 == stems.1 ? left < right : stems.0 < stems.1
    }

    private static func stem(_ path: String) -> Substring {
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return name[..<dot]
    }
}
