import StructuredData

/// What Swiftlet does with a field of the configuration.
enum FieldSupport: Sendable, Hashable {
    /// It is acted on, or nothing in Swiftlet contradicts any of its values.
    case honoured
    /// It is read and carried along; a value other than the default is warned about.
    case notYet
    /// A value other than the default is an error, as acting otherwise would open what the user wants shut.
    case refused(String)

    /// The support of a field by its path, `authentication.x509.clientCAFile`.
    static func of(_ path: String) -> FieldSupport {
        if honouredPaths.contains(path) { return .honoured }
        return refusedPaths[path].map { .refused($0) } ?? .notYet
    }

    static let honouredPaths: Set<String> = [
        "kind", "apiVersion",
        "staticPodPath", "staticPodURL", "staticPodURLHeader", "fileCheckFrequency", "httpCheckFrequency",
        "enableServer", "address", "port", "readOnlyPort", "tlsCertFile", "tlsPrivateKeyFile",
        "authentication.x509.clientCAFile", "authentication.anonymous.enabled", "authentication.webhook.enabled",
        "authorization.mode", "authorization.webhook.cacheAuthorizedTTL", "authorization.webhook.cacheUnauthorizedTTL",
        "enableDebuggingHandlers", "healthzPort", "healthzBindAddress",
        "nodeStatusUpdateFrequency", "nodeStatusReportFrequency", "nodeLeaseDurationSeconds", "registerNode",
        "registerWithTaints",
        "containerRuntimeEndpoint", "runtimeRequestTimeout", "serializeImagePulls",
        "maxParallelImagePulls", "registryPullQPS", "registryBurst", "podLogsDir",
        "containerLogMaxSize", "containerLogMaxFiles", "containerLogMaxWorkers", "containerLogMonitorInterval",
        "imageMinimumGCAge", "imageMaximumGCAge", "imageGCHighThresholdPercent", "imageGCLowThresholdPercent",
        "maxPods", "podsPerCore", "resolvConf", "clusterDNS", "clusterDomain", "seccompDefault", "allowedUnsafeSysctls",
        "crashLoopBackOff.maxContainerRestartPeriod", "userNamespaces.idsPerPod",
        "cgroupRoot", "failCgroupV1", "failSwapOn", "podPidsLimit", "cpuCFSQuota", "cpuCFSQuotaPeriod",
        "singleProcessOOMKill", "oomScoreAdj",
        "systemReserved", "kubeReserved", "reservedSystemCPUs", "systemReservedCgroup", "kubeReservedCgroup",
        "enforceNodeAllocatable", "cgroupDriver",
        "logging.verbosity",
        // Upstream itself no longer acts on these, or what they would switch off isn't there.
        "iptablesMasqueradeBit", "iptablesDropBit", "contentType", "enableContentionProfiling",
        "enableProfilingHandler", "enableDebugFlagsHandler", "enableSystemLogHandler", "makeIPTablesUtilChains",
        "configMapAndSecretChangeDetectionStrategy", "mergeDefaultEvictionSettings",
        "evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim",
        "evictionPressureTransitionPeriod", "evictionMaxPodGracePeriod",
        "shutdownGracePeriod", "shutdownGracePeriodCriticalPods", "shutdownGracePeriodByPodPriority",
        // Pods are looked at when something changes, never by the clock.
        "syncFrequency",
    ]

    static let refusedPaths: [String: String] = [
        "tlsCipherSuites": "the server chooses its cipher suites itself",
        "tlsCurvePreferences": "the server chooses its key exchanges itself",
        "tlsMinVersion": "the server speaks TLS 1.2 and 1.3",
        "imagePullCredentialsVerificationPolicy": "credentials of images that are present are not checked yet",
        "preloadedImagesVerificationAllowlist": "credentials of images that are present are not checked yet",
        "enableSystemLogQuery": "the host's logs are not served",
    ]
}

extension KubeletConfiguration {
    /// A field with a value other than the default.
    struct ChangedField: Sendable, Hashable {
        var path: String
        /// The value as JSON, or `nothing`.
        var value: String
    }

    /// Fields with a value other than the default that Swiftlet doesn't act on yet, by their paths.
    package func unsupportedFieldsInUse(comparedTo standard: KubeletConfiguration = .defaults) -> [String] {
        changedFields(from: standard).filter { FieldSupport.of($0.path) == .notYet && !isHarmless($0) }.map(\.path)
    }

    /// One line for each field that must not be left out silently.
    func refusedFieldsInUse(comparedTo standard: KubeletConfiguration) -> [String] {
        changedFields(from: standard).compactMap { field in
            guard case .refused(let reason) = FieldSupport.of(field.path), !isHarmless(field) else { return nil }
            return "\(field.path) cannot be \(field.value): \(reason)"
        }
    }

    /// Values that ask for no more than Swiftlet does anyway.
    private func isHarmless(_ field: ChangedField) -> Bool {
        switch field.path {
        case "tlsMinVersion": ["VersionTLS10", "VersionTLS11", "VersionTLS12"].contains(tlsMinVersion)
        case "imagePullCredentialsVerificationPolicy":
            ["", "NeverVerify"].contains(imagePullCredentialsVerificationPolicy)
        case "memorySwap.swapBehavior": memorySwap.swapBehavior == "NoSwap"
        default: false
        }
    }

    func changedFields(from standard: KubeletConfiguration) -> [ChangedField] {
        var changes: [ChangedField] = []
        Self.compare(encoded(), standard.encoded(), path: "", into: &changes)
        return changes
    }

    /// Objects of the configuration that are compared field by field; other objects are maps with free keys.
    private static let structures: Set<String> = [
        "", "authentication", "authentication.x509", "authentication.webhook", "authentication.anonymous",
        "authorization", "authorization.webhook", "logging", "logging.options", "memorySwap", "crashLoopBackOff",
    ]

    private static func compare(
        _ value: JSONValue?, _ standard: JSONValue?, path: String, into changes: inout [ChangedField]
    ) {
        guard value != standard else { return }
        guard structures.contains(path), let fields = value?.objectValue, let standards = standard?.objectValue else {
            changes.append(ChangedField(path: path, value: value?.serializedString ?? "nothing"))
            return
        }
        let missing = standards.keys.filter { !fields.contains($0) }
        for key in fields.keys + missing {
            compare(fields[key], standards[key], path: path.isEmpty ? key : "\(path).\(key)", into: &changes)
        }
    }
}
