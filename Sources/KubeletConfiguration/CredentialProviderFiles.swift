import HostSystem
import StructuredData

/// The credential providers of `--image-credential-provider-config`, read and checked strictly.
///
/// As upstream's `pkg/credentialprovider/plugin/config.go`.
enum CredentialProviderFiles {
    private static let kind = "CredentialProviderConfig"
    private static let fileVersions = ["v1", "v1beta1", "v1alpha1"].map { "kubelet.config.k8s.io/\($0)" }
    private static let requestVersions = ["v1", "v1beta1", "v1alpha1"].map { "credentialprovider.kubelet.k8s.io/\($0)" }
    private static let sizeLimit = 10 << 20

    private struct Contents: FieldTableCodable {
        var providers: [CredentialProvider] = []

        static let fields = FieldTable<Self> { table in
            table.ignored("kind")
            table.ignored("apiVersion")
            table.required("providers", \.providers)
        }
    }

    /// Reads a file, or the `*.json`, `*.yaml` and `*.yml` of a directory in the order of their names.
    /// - Returns: nothing when the flags name none.
    static func read(
        _ flags: KubeletFlags, workingDirectory: String
    ) throws(KubeletConfigurationError) -> [CredentialProvider] {
        let (path, directory) = (flags.imageCredentialProviderConfig, flags.imageCredentialProviderDirectory)
        guard !path.isEmpty || !directory.isEmpty else { return [] }
        guard !path.isEmpty, !directory.isEmpty else {
            throw KubeletConfigurationError(
                .invalidConfiguration,
                "--image-credential-provider-config and --image-credential-provider-bin-dir must be set together")
        }
        var providers: [CredentialProvider] = []
        var messages: [String] = []
        for file in try files(path, workingDirectory) {
            let found = try read(file, workingDirectory)
            if found.isEmpty { messages.append("\(file): providers must have at least one item") }
            for (index, provider) in found.enumerated() {
                let isRepeated = providers.contains { $0.name == provider.name }
                messages += problems(
                    of: provider, isRepeated: isRepeated, in: FilePaths.join(workingDirectory, directory)
                )
                .map { "\(file): providers[\(index)].\($0)" }
                providers.append(provider)
            }
        }
        guard messages.isEmpty else { throw KubeletConfigurationError(.invalidConfiguration, messages) }
        return providers
    }

    private static func files(
        _ path: String, _ workingDirectory: String
    ) throws(KubeletConfigurationError) -> [String] {
        do {
            let absolute = FilePaths.join(workingDirectory, path)
            guard try HostFiles.attributes(absolute)?.kind == .directory else { return [path] }
            let names = try HostFiles.list(absolute).filter { name in
                [".json", ".yaml", ".yml"].contains { name.hasSuffix($0) }
            }
            guard !names.isEmpty else { throw HostSystemError(.notFound, "no *.json, *.yaml or *.yml in \(path)") }
            return names.map { "\(path)/\($0)" }
        } catch {
            throw unreadable(path, error)
        }
    }

    private static func unreadable(_ path: String, _ error: any Error) -> KubeletConfigurationError {
        let reason = (error as? HostSystemError)?.message ?? "\(error)"
        return KubeletConfigurationError(.unreadableFile, "credential providers \(path): \(reason)")
    }

    private static func read(
        _ path: String, _ workingDirectory: String
    ) throws(KubeletConfigurationError) -> [CredentialProvider] {
        let bytes: [UInt8]
        do {
            bytes = try HostFiles.read(FilePaths.join(workingDirectory, path), limit: sizeLimit)
        } catch {
            throw unreadable(path, error)
        }
        let decoded = Contents.decode(
            try ConfigurationFile.document(bytes, kind, apiVersions: fileVersions, path: path))
        guard decoded.issues.isEmpty else {
            throw KubeletConfigurationError(
                .invalidFile, decoded.issues.map { ConfigurationFile.line($0, path: path) })
        }
        return decoded.value.providers
    }

    /// What is wrong with one provider, each line beginning with the field's name.
    private static func problems(
        of provider: CredentialProvider, isRepeated: Bool, in directory: String
    ) -> [String] {
        var problems = ConfigurationProblems()
        let name = provider.name
        let isFileName = !["", ".", ".."].contains(name) && !name.contains { $0 == "/" || $0 == " " }
        problems.require(isFileName, "name: \"\(name)\" is not the name of a program")
        problems.require(!isRepeated, "name: there is another provider \"\(name)\"")
        problems.require(
            requestVersions.contains(provider.apiVersion),
            "apiVersion: \"\(provider.apiVersion)\" is none of \(requestVersions.joined(separator: ", "))")
        problems.require(!provider.matchImages.isEmpty, "matchImages: there must be at least one")
        problems.require(
            (provider.defaultCacheDuration ?? .zero) >= .zero, "defaultCacheDuration: it must not be negative")
        if isFileName {
            problems.require(
                HostFiles.isExecutable("\(directory)/\(name)"), "name: \(directory)/\(name) is not an executable file")
        }
        return problems.messages
    }
}
