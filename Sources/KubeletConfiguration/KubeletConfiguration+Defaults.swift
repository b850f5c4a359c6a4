import StructuredData

extension KubeletConfiguration {
    /// What a `--config` file with nothing in it stands for.
    package static let defaults: KubeletConfiguration = {
        var configuration = KubeletConfiguration()
        configuration.applyDefaults()
        configuration.evictionHard = defaultEvictionHard
        return configuration
    }()

    /// What applies without any `--config` file.
    ///
    /// Upstream then admits everybody (anonymous requests, port 10255). Swiftlet keeps these doors shut and only takes
    /// over that nothing is asked of an API server, which isn't there to answer.
    package static let defaultsWithoutFile: KubeletConfiguration = {
        var configuration = KubeletConfiguration()
        configuration.applyDefaults()
        configuration.authentication.webhook.enabled = false
        configuration.authorization.mode = KubeletAuthorization.alwaysAllow
        return configuration
    }()

    /// Upstream's `DefaultEvictionHard` on Linux.
    package static let defaultEvictionHard = [
        "memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%",
        "imagefs.available": "15%", "imagefs.inodesFree": "5%",
    ]

    /// Fills in what was not given, as upstream's `SetDefaults_KubeletConfiguration`.
    package mutating func applyDefaults() {
        applyServerDefaults()
        applyNodeDefaults()
        applyRuntimeDefaults()
        applyResourceDefaults()
        applyGatedDefaults()
    }

    /// Whether upstream's feature gate is on, for gates that are on by default.
    func isGateOn(_ gate: String) -> Bool { featureGates[gate] ?? true }

    private mutating func applyServerDefaults() {
        Self.fill(&syncFrequency, .minutes(1))
        Self.fill(&fileCheckFrequency, .seconds(20))
        Self.fill(&httpCheckFrequency, .seconds(20))
        Self.fill(&address, "0.0.0.0")
        Self.fill(&port, 10250)
        Self.fill(&authentication.webhook.cacheTTL, .minutes(2))
        Self.fill(&authorization.mode, KubeletAuthorization.webhook)
        Self.fill(&authorization.webhook.cacheAuthorizedTTL, .minutes(5))
        Self.fill(&authorization.webhook.cacheUnauthorizedTTL, .seconds(30))
        Self.fill(&healthzBindAddress, "127.0.0.1")
        Self.fill(&streamingConnectionIdleTimeout, .hours(4))
        Self.fill(&logging.format, "text")
        if logging.flushFrequency.isEmptyField { logging.flushFrequency.duration = .seconds(5) }
    }

    private mutating func applyNodeDefaults() {
        // A chosen update frequency without a report frequency sets both: upstream's older meaning of the field.
        Self.fill(
            &nodeStatusReportFrequency, nodeStatusUpdateFrequency == .zero ? .minutes(5) : nodeStatusUpdateFrequency)
        Self.fill(&nodeStatusUpdateFrequency, .seconds(10))
        Self.fill(&nodeLeaseDurationSeconds, 40)
        Self.fill(&eventBurst, 100)
        Self.fill(&contentType, "application/vnd.kubernetes.protobuf")
        Self.fill(&kubeAPIBurst, 100)
        Self.fill(&configMapAndSecretChangeDetectionStrategy, "Watch")
    }

    private mutating func applyRuntimeDefaults() {
        Self.fill(&containerRuntimeEndpoint, "unix:///run/containerd/containerd.sock")
        Self.fill(&runtimeRequestTimeout, .minutes(2))
        Self.fill(&registryBurst, 10)
        if serializeImagePulls == nil { serializeImagePulls = maxParallelImagePulls ?? 1 < 2 }
        Self.fill(&imageMinimumGCAge, .minutes(2))
        Self.fill(&volumeStatsAggPeriod, .minutes(1))
        Self.fill(&volumePluginDir, "/usr/libexec/kubernetes/kubelet-plugins/volume/exec/")
        Self.fill(&podLogsDir, "/var/log/pods")
        Self.fill(&containerLogMaxSize, "10Mi")
        Self.fill(&hairpinMode, "promiscuous-bridge")
        Self.fill(&maxPods, 110)
        if podPidsLimit < 0 { podPidsLimit = -1 }
    }

    private mutating func applyResourceDefaults() {
        Self.fill(&cgroupDriver, "cgroupfs")
        Self.fill(&cpuManagerPolicy, "none")
        Self.fill(&cpuManagerReconcilePeriod, .seconds(10))
        Self.fill(&memoryManagerPolicy, "None")
        Self.fill(&memoryReservationPolicy, "None")
        Self.fill(&topologyManagerPolicy, "none")
        Self.fill(&topologyManagerScope, "container")
        Self.fill(&maxOpenFiles, 1_000_000)
        Self.fill(&evictionPressureTransitionPeriod, .minutes(5))
    }

    private mutating func applyGatedDefaults() {
        if isGateOn("KubeletCrashLoopBackOffMax"), crashLoopBackOff.maxContainerRestartPeriod == nil {
            crashLoopBackOff.maxContainerRestartPeriod = .seconds(300)
        }
        if isGateOn("KubeletEnsureSecretPulledImages") {
            Self.fill(&imagePullCredentialsVerificationPolicy, "NeverVerifyPreloadedImages")
        }
    }

    /// What upstream does to the thresholds of a `--config` file after reading it.
    mutating func applyEvictionDefaults() {
        guard let given = evictionHard else {
            evictionHard = Self.defaultEvictionHard
            return
        }
        if mergeDefaultEvictionSettings {
            evictionHard = Self.defaultEvictionHard.merging(given) { _, given in given }
        }
    }

    private static func fill<Value: FieldValue>(_ value: inout Value, _ standard: Value) {
        if value.isEmptyField { value = standard }
    }
}
