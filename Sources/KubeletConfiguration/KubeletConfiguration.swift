package import KubernetesAPI

/// The kubelet's configuration, `kubelet.config.k8s.io/v1beta1`, with upstream's fields and defaults of 1.36.
///
/// A field that stands here with a value is one where upstream tells "not given" from zero; all others are zero until
/// `applyDefaults()` has run. Durations, sizes and limits mean what upstream's fields of the same name mean;
/// `FieldSupport` says which of them Swiftlet acts on.
package struct KubeletConfiguration: Sendable, Hashable {
    package static let kind = "KubeletConfiguration"
    package static let apiVersion = "kubelet.config.k8s.io/v1beta1"

    package var kind = Self.kind
    package var apiVersion = Self.apiVersion

    // MARK: Static pods

    /// A directory of manifests or a single manifest; empty for none.
    package var staticPodPath = ""
    /// Where manifests are fetched from; empty for none.
    package var staticPodURL = ""
    /// Headers sent with that request; several values per name.
    package var staticPodURLHeader: [String: [String]] = [:]
    package var fileCheckFrequency = GoDuration.zero
    package var httpCheckFrequency = GoDuration.zero
    package var syncFrequency = GoDuration.zero

    // MARK: Server

    /// Whether the HTTPS server runs at all.
    package var enableServer = true
    package var address = ""
    package var port: Int32 = 0
    /// The port without authentication; 0 for none.
    package var readOnlyPort: Int32 = 0
    package var tlsCertFile = ""
    package var tlsPrivateKeyFile = ""
    package var tlsCipherSuites: [String] = []
    package var tlsCurvePreferences: [Int32] = []
    package var tlsMinVersion = ""
    package var rotateCertificates = false
    package var serverTLSBootstrap = false
    package var authentication = KubeletAuthentication()
    package var authorization = KubeletAuthorization()
    package var healthzPort: Int32 = 10248
    package var healthzBindAddress = ""
    package var streamingConnectionIdleTimeout = GoDuration.zero
    /// Exec, attach, port-forward and logs.
    package var enableDebuggingHandlers = true
    package var enableContentionProfiling = false
    package var enableSystemLogHandler = true
    package var enableSystemLogQuery = false
    package var enableProfilingHandler = true
    package var enableDebugFlagsHandler = true

    // MARK: Node and API server

    package var registerNode = true
    package var registerWithTaints: [Taint] = []
    package var providerID = ""
    package var podCIDR = ""
    package var nodeStatusUpdateFrequency = GoDuration.zero
    package var nodeStatusReportFrequency = GoDuration.zero
    package var nodeLeaseDurationSeconds: Int32 = 0
    /// -1 for all images, 0 for none.
    package var nodeStatusMaxImages: Int32 = 50
    /// Events a second; 0 for no limit.
    package var eventRecordQPS: Int32 = 50
    package var eventBurst: Int32 = 0
    package var contentType = ""
    package var kubeAPIQPS: Int32 = 50
    package var kubeAPIBurst: Int32 = 0
    package var configMapAndSecretChangeDetectionStrategy = ""
    package var enableControllerAttachDetach = true

    // MARK: Runtime, images and logs

    package var containerRuntimeEndpoint = ""
    /// Empty for the runtime's own endpoint.
    package var imageServiceEndpoint = ""
    package var runtimeRequestTimeout = GoDuration.zero
    /// Pulls a second; 0 for no limit.
    package var registryPullQPS: Int32 = 5
    package var registryBurst: Int32 = 0
    /// Nil only before `applyDefaults()`, which derives it from `maxParallelImagePulls`.
    package var serializeImagePulls: Bool?
    /// Nil for no limit.
    package var maxParallelImagePulls: Int32?
    package var imagePullCredentialsVerificationPolicy = ""
    package var preloadedImagesVerificationAllowlist: [String] = []
    package var imageMinimumGCAge = GoDuration.zero
    /// Zero for no limit.
    package var imageMaximumGCAge = GoDuration.zero
    package var imageGCHighThresholdPercent: Int32 = 85
    package var imageGCLowThresholdPercent: Int32 = 80
    package var podLogsDir = ""
    /// A quantity of bytes.
    package var containerLogMaxSize = ""
    package var containerLogMaxFiles: Int32 = 5
    package var containerLogMaxWorkers: Int32 = 1
    package var containerLogMonitorInterval = GoDuration.seconds(10)

    // MARK: Pods

    package var maxPods: Int32 = 0
    /// 0 for no limit.
    package var podsPerCore: Int32 = 0
    /// -1 for no limit.
    package var podPidsLimit: Int64 = -1
    package var clusterDomain = ""
    package var clusterDNS: [String] = []
    /// Empty for no name resolution.
    package var resolvConf = "/etc/resolv.conf"
    package var seccompDefault = false
    package var allowedUnsafeSysctls: [String] = []
    package var hairpinMode = ""
    package var runOnce = false
    package var crashLoopBackOff = CrashLoopBackOffConfiguration()
    package var userNamespaces: UserNamespacesConfiguration?
    package var volumeStatsAggPeriod = GoDuration.zero
    package var volumePluginDir = ""
    package var localStorageCapacityIsolation = true
    package var shutdownGracePeriod = GoDuration.zero
    package var shutdownGracePeriodCriticalPods = GoDuration.zero
    package var shutdownGracePeriodByPodPriority: [ShutdownGracePeriodByPodPriority] = []

    // MARK: Resources of the node

    package var kubeletCgroups = ""
    package var systemCgroups = ""
    package var cgroupRoot = ""
    package var cgroupsPerQOS = true
    package var cgroupDriver = ""
    package var failCgroupV1 = true
    package var failSwapOn = true
    package var memorySwap = MemorySwapConfiguration()
    package var oomScoreAdj: Int32 = -999
    /// Nil lets the cgroup version decide.
    package var singleProcessOOMKill: Bool?
    package var cpuCFSQuota = true
    package var cpuCFSQuotaPeriod = GoDuration.milliseconds(100)
    package var cpuManagerPolicy = ""
    package var cpuManagerPolicyOptions: [String: String] = [:]
    package var cpuManagerReconcilePeriod = GoDuration.zero
    package var memoryManagerPolicy = ""
    package var reservedMemory: [MemoryReservation] = []
    package var topologyManagerPolicy = ""
    package var topologyManagerScope = ""
    package var topologyManagerPolicyOptions: [String: String] = [:]
    package var qosReserved: [String: String] = [:]
    package var memoryThrottlingFactor = 0.9
    package var memoryReservationPolicy = ""
    package var maxOpenFiles: Int64 = 0
    package var protectKernelDefaults = false
    package var makeIPTablesUtilChains = true
    package var iptablesMasqueradeBit: Int32 = 14
    package var iptablesDropBit: Int32 = 15
    package var systemReserved: [String: String] = [:]
    package var kubeReserved: [String: String] = [:]
    package var reservedSystemCPUs = ""
    package var systemReservedCgroup = ""
    package var kubeReservedCgroup = ""
    package var enforceNodeAllocatable = ["pods"]

    // MARK: Eviction

    /// Nil when nothing was said, which is not the same as no thresholds.
    package var evictionHard: [String: String]?
    package var evictionSoft: [String: String] = [:]
    package var evictionSoftGracePeriod: [String: String] = [:]
    package var evictionPressureTransitionPeriod = GoDuration.zero
    package var evictionMaxPodGracePeriod: Int32 = 0
    package var evictionMinimumReclaim: [String: String] = [:]
    package var mergeDefaultEvictionSettings = false
    package var kernelMemcgNotification = false

    // MARK: Diagnosis

    package var featureGates: [String: Bool] = [:]
    package var logging = LoggingConfiguration()
    package var tracing: TracingConfiguration?
    package var showHiddenMetricsForVersion = ""

    /// Only the values that upstream gives while reading; see `defaults` for a complete configuration.
    package init() {}
}
