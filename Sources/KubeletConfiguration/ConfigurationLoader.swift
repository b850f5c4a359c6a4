import StructuredData

/// The configuration the kubelet runs with.
package struct EffectiveConfiguration: Sendable {
    /// Complete and valid, with files and flags put together.
    package var configuration: KubeletConfiguration
    package var flags: KubeletFlags
    /// The programs to ask for registry credentials.
    package var credentialProviders: [CredentialProvider] = []
    /// What the user should know at start, one line each.
    package var warnings: [String]

    package init(configuration: KubeletConfiguration, flags: KubeletFlags, warnings: [String] = []) {
        self.configuration = configuration
        self.flags = flags
        self.warnings = warnings
    }
}

/// Puts defaults, `--config`, `--config-dir` and flags together.
///
/// Each overrides what comes before it, except that a `staticPodPath` in a file wins over the flags that name static
/// pods (see `KubeletFlags.StaticPodPrecedence`).
package struct ConfigurationLoader: Sendable {
    private let workingDirectory: String

    /// - Parameter workingDirectory: what relative paths of flags start from; nil for the process's.
    package init(workingDirectory: String? = nil) {
        self.workingDirectory = workingDirectory ?? FilePaths.workingDirectory
    }

    /// - Parameter arguments: the command line without the program's name.
    /// - Returns: with `printsHelp` or `printsVersion` set, only the flags are read.
    /// - Throws: `KubeletConfigurationError` with one clear line for each problem.
    package static func load(arguments: [String]) throws(KubeletConfigurationError) -> EffectiveConfiguration {
        try ConfigurationLoader().load(arguments: arguments)
    }

    /// As `load(arguments:)` of the type.
    package func load(arguments: [String]) throws(KubeletConfigurationError) -> EffectiveConfiguration {
        let uses = try FlagParser.parse(arguments)
        var settings = KubeletSettings()
        try uses.apply(to: &settings)
        var result = EffectiveConfiguration(
            configuration: settings.configuration, flags: settings.flags, warnings: uses.warnings)
        if settings.flags.printsHelp || settings.flags.printsVersion { return result }

        let files = try readFiles(settings.flags)
        settings.configuration = files.configuration
        let (effective, warnings) = StaticPodFlags.settle(uses, files: files, flags: settings.flags)
        result.warnings += warnings
        try effective.apply(to: &settings)
        result.configuration = settings.configuration
        result.warnings += result.configuration.shutDoors(flags: result.flags)
        try check(result, standard: files.standard)
        result.credentialProviders = try CredentialProviderFiles.read(
            result.flags, workingDirectory: workingDirectory)
        result.warnings += result.credentialProviders.filter { !$0.isForPodsWithoutServiceAccount }.map {
            "credential provider \($0.name) is never asked: it requires service accounts, which static pods cannot have"
        }
        let unsupported = result.configuration.unsupportedFieldsInUse(comparedTo: files.standard)
        result.warnings += unsupported.map { "\($0) is set, but has no effect yet" }
        return result
    }

    private func readFiles(_ flags: KubeletFlags) throws(KubeletConfigurationError) -> ConfigurationFiles {
        var files = ConfigurationFiles()
        if !flags.config.isEmpty {
            let file = try ConfigurationFile(path: flags.config, workingDirectory: workingDirectory)
            try files.start(with: file)
        }
        if !flags.configDirectory.isEmpty {
            for path in try DropInDirectory.files(in: FilePaths.join(workingDirectory, flags.configDirectory)) {
                try files.change(by: try ConfigurationFile(path: path, workingDirectory: workingDirectory))
            }
        }
        return files
    }

    private func check(
        _ result: EffectiveConfiguration, standard: KubeletConfiguration
    ) throws(KubeletConfigurationError) {
        let configuration = result.configuration
        let messages =
            configuration.validationMessages() + result.flags.validationMessages(workingDirectory: workingDirectory)
            + configuration.standaloneMessages(flags: result.flags)
            + configuration.refusedFieldsInUse(comparedTo: standard)
        guard messages.isEmpty else {
            throw KubeletConfigurationError(.invalidConfiguration, messages.map { "invalid configuration: \($0)" })
        }
    }
}

/// What the files say together, before flags.
struct ConfigurationFiles: Sendable {
    private(set) var configuration = KubeletConfiguration.defaultsWithoutFile
    /// The defaults that a value is compared with to see whether somebody chose it.
    private(set) var standard = KubeletConfiguration.defaultsWithoutFile
    /// The file that had the last word on `staticPodPath`.
    private(set) var staticPodPathFile: String?

    /// Takes the file of `--config`.
    mutating func start(with file: ConfigurationFile) throws(KubeletConfigurationError) {
        standard = .defaults
        configuration = try decode(file.fields, from: file)
        configuration.applyEvictionDefaults()
        note(file)
    }

    /// Takes a drop-in: as upstream, it is merged onto the configuration with its defaults already there.
    mutating func change(by file: ConfigurationFile) throws(KubeletConfigurationError) {
        configuration = try decode(configuration.encoded().merged(with: file.fields), from: file)
        note(file)
    }

    private func decode(
        _ fields: JSONValue, from file: ConfigurationFile
    ) throws(KubeletConfigurationError) -> KubeletConfiguration {
        let decoded = KubeletConfiguration.decode(fields)
        guard decoded.issues.isEmpty else {
            throw KubeletConfigurationError(.invalidFile, decoded.issues.map { "\(file.path): \($0)" })
        }
        var configuration = decoded.value
        configuration.applyDefaults()
        return configuration
    }

    private mutating func note(_ file: ConfigurationFile) {
        if file.fields["staticPodPath"] != nil {
            staticPodPathFile = configuration.staticPodPath.isEmpty ? nil : file.path
        }
    }
}
