import KubernetesAPI
import StructuredData

/// All flags of the kubelet: upstream's of 1.36 and Swiftlet's own.
///
/// Follows `cmd/kubelet/app/options` of upstream: name, notation and meaning are the same, the words are ours.
enum FlagTable {
    static let groups: [(group: FlagDefinition.Group, flags: [FlagDefinition])] = [
        (.start, start), (.staticPods, staticPods), (.server, server), (.node, node), (.runtime, runtime),
        (.pods, pods), (.resources, resources), (.eviction, eviction), (.logging, logging),
        (.withoutEffect, withoutEffect),
    ]

    static let all: [FlagDefinition] = groups.flatMap(\.flags)
    private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The flag of that name; underscores count as hyphens, as upstream has it.
    static func flag(named name: String) -> FlagDefinition? {
        byName[String(name.map { $0 == "_" ? "-" : $0 })]
    }

    static func flag(shorthand: Character) -> FlagDefinition? {
        all.first { $0.shorthand == shorthand }
    }

    private static let start: [FlagDefinition] = [
        .flag("config", \.flags.config, "Configuration file, kind KubeletConfiguration.", placeholder: "file"),
        .flag(
            "config-dir", \.flags.configDirectory,
            "Directory whose *.conf files, also in its subdirectories, change the configuration in the order of their "
                + "names.",
            placeholder: "directory"),
        .flag(
            "kubeconfig", \.flags.kubeconfig, "How to reach the API server. Without it the kubelet stands alone.",
            placeholder: "file"),
        .flag(
            "root-dir", \.flags.rootDirectory, "Where the kubelet keeps its files, mode 0700.",
            placeholder: "directory"),
        .flag(
            "cert-dir", \.flags.certDirectory,
            "Where a self-made serving certificate is kept if none is configured.", placeholder: "directory"),
        .flag(
            "bootstrap-kubeconfig", \.flags.bootstrapKubeconfig,
            "How to ask for a client certificate. Not supported: accepted as long as the file of --kubeconfig exists.",
            placeholder: "file"),
        .flag("hostname-override", \.flags.hostnameOverride, "The node's name instead of the host's."),
        short("h", .flag("help", \.flags.printsHelp, "Print this text.")),
        .init(
            name: "version", help: "Print the version.",
            apply: { (text, settings, isFirst) throws(InvalidFlagValue) in
                if text == "raw" {
                    settings.flags.printsVersion = true
                } else {
                    try settings.flags.printsVersion.take(text, isFirst: isFirst)
                }
            }, standard: { _ in nil }),
    ]

    private static let staticPods: [FlagDefinition] = [
        .flag(
            "pod-manifest-path", \.configuration.staticPodPath,
            "Directory of static pod manifests, or one manifest. Unused when the file has a staticPodPath.",
            placeholder: "path"),
        .flag(
            "manifest-url", \.configuration.staticPodURL,
            "URL of further static pod manifests. Unused when the file has a staticPodPath.", placeholder: "url"),
        .flag(
            "manifest-url-header", placeholder: "name:value,…",
            "Headers for --manifest-url. The flag may be repeated, also for further values of one name.",
            apply: takeHeaders),
        .flag(
            "static-pod-precedence", \.flags.staticPodPrecedence,
            "Whether staticPodPath of the file or a flag wins when both are there. Upstream: flags."),
        .flag(
            "static-pod-field-validation", \.flags.staticPodFieldValidation,
            "Whether unknown fields make a manifest invalid or are only warned about. Upstream: Warn."),
        .flag("file-check-frequency", \.configuration.fileCheckFrequency, "How often manifests are looked through."),
        .flag("http-check-frequency", \.configuration.httpCheckFrequency, "How often the URL is asked."),
        .flag("sync-frequency", \.configuration.syncFrequency, "How often each pod is compared with its manifest."),
    ]

    private static let logging: [FlagDefinition] = [
        short(
            "v", .flag("v", \.configuration.logging.verbosity, "How much is logged: 0 the least, 4 and more to debug.")),
        .flag(
            "vmodule", placeholder: "pattern=level,…", "Levels for single source files.",
            apply: { (text, settings, isFirst) throws(InvalidFlagValue) in
                if isFirst { settings.configuration.logging.vmodule = [] }
                for pair in text.split(separator: ",") {
                    var module = LoggingConfiguration.ModuleVerbosity()
                    let (pattern, level) = try splitPair(pair, separator: "=")
                    module.filePattern = pattern
                    try module.verbosity.take(level, isFirst: true)
                    settings.configuration.logging.vmodule.append(module)
                }
            }),
        .flag("logging-format", \.configuration.logging.format, "text or json."),
        .flag("log-flush-frequency", \.configuration.logging.flushFrequency, "How long log lines may be held back."),
        .flag(
            "log-text-split-stream", \.configuration.logging.options.text.splitStream,
            "Errors to standard error, the rest to standard output."),
        .flag(
            "log-text-info-buffer-size", \.configuration.logging.options.text.infoBufferSize,
            "Buffer for what is no error."),
        .flag(
            "log-json-split-stream", \.configuration.logging.options.json.splitStream,
            "Errors to standard error, the rest to standard output."),
        .flag(
            "log-json-info-buffer-size", \.configuration.logging.options.json.infoBufferSize,
            "Buffer for what is no error."),
    ]

    private static func short(_ letter: Character, _ definition: FlagDefinition) -> FlagDefinition {
        var definition = definition
        definition.shorthand = letter
        return definition
    }

    private static func takeHeaders(
        _ text: String, _ settings: inout KubeletSettings, _ isFirst: Bool
    ) throws(InvalidFlagValue) {
        if isFirst { settings.configuration.staticPodURLHeader = [:] }
        for pair in text.split(separator: ",") {
            // The value may be a secret, so the reason doesn't repeat it.
            guard let (name, value) = try? splitPair(pair, separator: ":") else {
                throw InvalidFlagValue("not of the form name:value")
            }
            settings.configuration.staticPodURLHeader[name, default: []].append(value)
        }
    }
}
