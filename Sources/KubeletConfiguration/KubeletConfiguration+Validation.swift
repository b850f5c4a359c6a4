import KubernetesAPI
import StructuredData

/// Collects what is wrong with a configuration.
struct ConfigurationProblems {
    private(set) var messages: [String] = []

    /// Notes a problem unless the condition holds.
    mutating func require(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { messages.append(message()) }
    }

    /// Requires one of a few words.
    mutating func requireWord(_ name: String, _ value: String, oneOf words: String...) {
        require(words.contains(value), "\(name) \"\(value)\" must be one of \(words.joined(separator: ", "))")
    }

    mutating func requireNotNegative(_ name: String, _ value: some SignedInteger) {
        require(value >= 0, "\(name) \(value) must not be negative")
    }

    mutating func requireNotNegative(_ name: String, _ value: GoDuration) {
        require(value >= .zero, "\(name) \(value) must not be negative")
    }

    mutating func require(_ name: String, _ value: some SignedInteger, in range: ClosedRange<Int>) {
        require(
            range.contains(Int(value)), "\(name) \(value) must be between \(range.lowerBound) and \(range.upperBound)")
    }
}

extension KubeletConfiguration {
    /// One line for each value that is wrong or doesn't go with another, as upstream's `ValidateKubeletConfiguration`.
    package func validationMessages() -> [String] {
        var problems = ConfigurationProblems()
        validateServer(&problems)
        validateNode(&problems)
        validateRuntime(&problems)
        validateLogs(&problems)
        validatePods(&problems)
        validateShutdown(&problems)
        validateResources(&problems)
        validateEnforcement(&problems)
        validatePolicies(&problems)
        return problems.messages
    }

    private func validateServer(_ problems: inout ConfigurationProblems) {
        problems.require("port", port, in: 1...65535)
        problems.require("readOnlyPort", readOnlyPort, in: 0...65535)
        problems.require("healthzPort", healthzPort, in: 0...65535)
        problems.require(NameRules.isIPAddress(address), "address \"\(address)\" is not an IP address")
        problems.require(
            NameRules.isIPAddress(healthzBindAddress),
            "healthzBindAddress \"\(healthzBindAddress)\" is not an IP address")
        problems.require(
            tlsCertFile.isEmpty == tlsPrivateKeyFile.isEmpty,
            "tlsCertFile and tlsPrivateKeyFile must be set together")
        problems.require(
            ["", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"].contains(tlsMinVersion),
            "tlsMinVersion \"\(tlsMinVersion)\" must be one of VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13")
        problems.requireWord(
            "authorization.mode", authorization.mode, oneOf: KubeletAuthorization.alwaysAllow,
            KubeletAuthorization.webhook)
        problems.require(
            enableSystemLogHandler || !enableSystemLogQuery, "enableSystemLogQuery needs enableSystemLogHandler")
        let ports = [("readOnlyPort", readOnlyPort), ("healthzPort", healthzPort)]
        for (name, other) in ports where enableServer && other != 0 && other == port {
            problems.require(false, "\(name) \(other) is already the server's port")
        }
    }

    private func validateNode(_ problems: inout ConfigurationProblems) {
        problems.require(nodeLeaseDurationSeconds > 0, "nodeLeaseDurationSeconds must be greater than 0")
        problems.requireNotNegative("eventRecordQPS", eventRecordQPS)
        problems.requireNotNegative("eventBurst", eventBurst)
        problems.requireNotNegative("kubeAPIQPS", kubeAPIQPS)
        problems.requireNotNegative("kubeAPIBurst", kubeAPIBurst)
        problems.require(nodeStatusMaxImages >= -1, "nodeStatusMaxImages \(nodeStatusMaxImages) must be -1 or greater")
        problems.requireNotNegative("nodeStatusUpdateFrequency", nodeStatusUpdateFrequency)
        problems.requireNotNegative("nodeStatusReportFrequency", nodeStatusReportFrequency)
        for taint in registerWithTaints {
            validate(taint, &problems)
        }
    }

    private func validate(_ taint: Taint, _ problems: inout ConfigurationProblems) {
        if let reason = NameRules.qualifiedName(taint.key) {
            problems.require(false, "taint key \"\(taint.key)\": \(reason)")
        }
        if let reason = NameRules.labelValue(taint.value) {
            problems.require(false, "taint value \"\(taint.value)\": \(reason)")
        }
        problems.requireWord(
            "effect of taint \(taint.key)", taint.effect.rawValue, oneOf: "NoSchedule", "PreferNoSchedule", "NoExecute")
        problems.require(taint.timeAdded == nil, "taint \(taint.key) must not have timeAdded")
    }

    private func validateRuntime(_ problems: inout ConfigurationProblems) {
        validateEndpoint("containerRuntimeEndpoint", containerRuntimeEndpoint, &problems)
        if !imageServiceEndpoint.isEmpty { validateEndpoint("imageServiceEndpoint", imageServiceEndpoint, &problems) }
        problems.requireNotNegative("runtimeRequestTimeout", runtimeRequestTimeout)
        problems.requireNotNegative("registryPullQPS", registryPullQPS)
        problems.requireNotNegative("registryBurst", registryBurst)
        if let maxParallelImagePulls {
            problems.require(
                maxParallelImagePulls >= 1, "maxParallelImagePulls \(maxParallelImagePulls) must be positive")
            problems.require(
                maxParallelImagePulls <= 1 || serializeImagePulls != true,
                "maxParallelImagePulls \(maxParallelImagePulls) needs serializeImagePulls: false")
        }
        problems.require("imageGCHighThresholdPercent", imageGCHighThresholdPercent, in: 0...100)
        problems.require("imageGCLowThresholdPercent", imageGCLowThresholdPercent, in: 0...100)
        problems.require(
            imageGCLowThresholdPercent < imageGCHighThresholdPercent,
            "imageGCLowThresholdPercent \(imageGCLowThresholdPercent) must be less than "
                + "imageGCHighThresholdPercent \(imageGCHighThresholdPercent)")
        problems.requireNotNegative("imageMinimumGCAge", imageMinimumGCAge)
        problems.requireNotNegative("imageMaximumGCAge", imageMaximumGCAge)
        problems.require(
            imageMaximumGCAge <= .zero || imageMaximumGCAge > imageMinimumGCAge,
            "imageMaximumGCAge \(imageMaximumGCAge) must be greater than imageMinimumGCAge \(imageMinimumGCAge)")
        validateCredentialsPolicy(&problems)
    }

    private func validateEndpoint(_ name: String, _ endpoint: String, _ problems: inout ConfigurationProblems) {
        // A bare path is upstream's older notation, still accepted there.
        let path = endpoint.hasPrefix("unix://") ? endpoint.dropFirst("unix://".count) : endpoint[...]
        problems.require(path.hasPrefix("/"), "\(name) \"\(endpoint)\" must be of the form unix:///path/of/socket")
    }

    private func validateCredentialsPolicy(_ problems: inout ConfigurationProblems) {
        let policy = imagePullCredentialsVerificationPolicy
        guard isGateOn("KubeletEnsureSecretPulledImages") else {
            problems.require(
                policy.isEmpty && preloadedImagesVerificationAllowlist.isEmpty,
                "imagePullCredentialsVerificationPolicy and preloadedImagesVerificationAllowlist need the feature "
                    + "gate KubeletEnsureSecretPulledImages")
            return
        }
        problems.requireWord(
            "imagePullCredentialsVerificationPolicy", policy,
            oneOf: "NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages", "AlwaysVerify")
        problems.require(
            preloadedImagesVerificationAllowlist.isEmpty || policy == "NeverVerifyAllowlistedImages",
            "preloadedImagesVerificationAllowlist needs imagePullCredentialsVerificationPolicy: "
                + "NeverVerifyAllowlistedImages")
    }

    private func validateLogs(_ problems: inout ConfigurationProblems) {
        problems.require(podLogsDir.hasPrefix("/"), "podLogsDir \"\(podLogsDir)\" must be an absolute path")
        problems.require(
            podLogsDir == FilePaths.cleaned(podLogsDir),
            "podLogsDir \"\(podLogsDir)\" must be written as \"\(FilePaths.cleaned(podLogsDir))\"")
        problems.require(
            podLogsDir.utf8.allSatisfy { $0 < 0x80 }, "podLogsDir \"\(podLogsDir)\" must have ASCII letters only")
        problems.require(containerLogMaxWorkers >= 1, "containerLogMaxWorkers must be at least 1")
        problems.require(containerLogMonitorInterval >= .seconds(3), "containerLogMonitorInterval must be at least 3s")
        problems.require(containerLogMaxFiles > 1, "containerLogMaxFiles must be greater than 1")
        problems.require(
            (try? Quantity(scalar: .string(containerLogMaxSize))) != nil,
            "containerLogMaxSize \"\(containerLogMaxSize)\" is not a quantity such as 10Mi")
        problems.requireWord("logging.format", logging.format, oneOf: "text", "json")
        problems.requireNotNegative("logging.verbosity", logging.verbosity)
    }
}
