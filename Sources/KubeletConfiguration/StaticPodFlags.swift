/// Settles whether static pods come from where the file says or where the flags say.
enum StaticPodFlags {
    /// The flags that remain, and a warning that names those left out.
    ///
    /// A `staticPodPath` in a file wins over `--pod-manifest-path` and `--manifest-url`; both are then unused, unless
    /// `--static-pod-precedence=flags` restores upstream's order.
    static func settle(
        _ uses: [FlagUse], files: ConfigurationFiles, flags: KubeletFlags
    ) -> (uses: [FlagUse], warnings: [String]) {
        guard flags.staticPodPrecedence == .config, let file = files.staticPodPathFile else { return (uses, []) }
        var unused: Set<String> = ["pod-manifest-path", "manifest-url"]
        // Headers go with the URL they were given for; sent elsewhere they might give a secret away.
        if uses.contains(flag: "manifest-url") { unused.insert("manifest-url-header") }
        let path = files.configuration.staticPodPath
        let dropped = uses.filter { unused.contains($0.definition.name) && !isSame($0, as: path) }
        let kept = uses.filter { !unused.contains($0.definition.name) }
        guard !dropped.isEmpty else { return (kept, []) }
        let names = dropped.map(describe).joined(separator: ", ")
        let verb = dropped.count == 1 ? "is" : "are"
        let warning =
            "\(names) \(verb) not used: staticPodPath \"\(path)\" in \(file) wins; comment that entry out to use the "
            + "flags, or start with --static-pod-precedence=flags"
        return (kept, [warning])
    }

    private static func isSame(_ use: FlagUse, as path: String) -> Bool {
        use.definition.name == "pod-manifest-path" && FilePaths.cleaned(use.value) == FilePaths.cleaned(path)
    }

    private static func describe(_ use: FlagUse) -> String {
        switch use.definition.name {
        case "manifest-url-header": "--manifest-url-header"
        case "manifest-url": "--manifest-url=\(withoutPassword(use.value))"
        default: "--\(use.definition.name)=\(use.value)"
        }
    }

    /// The URL with what stands before `@` masked.
    static func withoutPassword(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return url[..<scheme.upperBound] + "<masked>" + rest[at...]
    }
}
