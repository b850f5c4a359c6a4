import HostSystem
import StructuredData
import Testing

@testable import KubeletConfiguration

struct KubeletConfigurationTests {
    /// Upstream's defaults of 1.36 as its `configz` prints them after reading an empty configuration file.
    private static let upstreamDefaults = """
        {"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","enableServer":true,\
        "podLogsDir":"/var/log/pods","syncFrequency":"1m0s","fileCheckFrequency":"20s","httpCheckFrequency":"20s",\
        "address":"0.0.0.0","port":10250,"authentication":{"x509":{},"webhook":{"enabled":true,"cacheTTL":"2m0s"},\
        "anonymous":{"enabled":false}},"authorization":{"mode":"Webhook","webhook":{"cacheAuthorizedTTL":"5m0s",\
        "cacheUnauthorizedTTL":"30s"}},"registryPullQPS":5,"registryBurst":10,\
        "imagePullCredentialsVerificationPolicy":"NeverVerifyPreloadedImages","eventRecordQPS":50,"eventBurst":100,\
        "enableDebuggingHandlers":true,"healthzPort":10248,"healthzBindAddress":"127.0.0.1","oomScoreAdj":-999,\
        "streamingConnectionIdleTimeout":"4h0m0s","nodeStatusUpdateFrequency":"10s",\
        "nodeStatusReportFrequency":"5m0s","nodeLeaseDurationSeconds":40,"imageMinimumGCAge":"2m0s",\
        "imageMaximumGCAge":"0s","imageGCHighThresholdPercent":85,"imageGCLowThresholdPercent":80,\
        "volumeStatsAggPeriod":"1m0s","cgroupsPerQOS":true,"cgroupDriver":"cgroupfs","cpuManagerPolicy":"none",\
        "cpuManagerReconcilePeriod":"10s","memoryManagerPolicy":"None","topologyManagerPolicy":"none",\
        "topologyManagerScope":"container","runtimeRequestTimeout":"2m0s","hairpinMode":"promiscuous-bridge",\
        "maxPods":110,"podPidsLimit":-1,"resolvConf":"/etc/resolv.conf","cpuCFSQuota":true,\
        "cpuCFSQuotaPeriod":"100ms","nodeStatusMaxImages":50,"maxOpenFiles":1000000,\
        "contentType":"application/vnd.kubernetes.protobuf","kubeAPIQPS":50,"kubeAPIBurst":100,\
        "serializeImagePulls":true,"evictionHard":{"imagefs.available":"15%","imagefs.inodesFree":"5%",\
        "memory.available":"100Mi","nodefs.available":"10%","nodefs.inodesFree":"5%"},\
        "evictionPressureTransitionPeriod":"5m0s","mergeDefaultEvictionSettings":false,\
        "enableControllerAttachDetach":true,"makeIPTablesUtilChains":true,"iptablesMasqueradeBit":14,\
        "iptablesDropBit":15,"failSwapOn":true,"memorySwap":{},"containerLogMaxSize":"10Mi",\
        "containerLogMaxFiles":5,"containerLogMaxWorkers":1,"containerLogMonitorInterval":"10s",\
        "configMapAndSecretChangeDetectionStrategy":"Watch","enforceNodeAllocatable":["pods"],\
        "volumePluginDir":"/usr/libexec/kubernetes/kubelet-plugins/volume/exec/","logging":{"format":"text",\
        "flushFrequency":"5s","verbosity":0,"options":{"text":{"infoBufferSize":"0"},\
        "json":{"infoBufferSize":"0"}}},"enableSystemLogHandler":true,"enableSystemLogQuery":false,\
        "shutdownGracePeriod":"0s","shutdownGracePeriodCriticalPods":"0s",\
        "crashLoopBackOff":{"maxContainerRestartPeriod":"5m0s"},"enableProfilingHandler":true,\
        "enableDebugFlagsHandler":true,"seccompDefault":false,"memoryThrottlingFactor":0.9,\
        "memoryReservationPolicy":"None","registerNode":true,"localStorageCapacityIsolation":true,\
        "containerRuntimeEndpoint":"unix:///run/containerd/containerd.sock","failCgroupV1":true}
        """

    @Test func configzPrintsUpstreamsDefaults() {
        #expect(
            KubeletConfiguration.defaults.configz.serializedString == "{\"kubeletconfig\":\(Self.upstreamDefaults)}")
    }

    @Test func defaultsAreValidAndDecodeToThemselves() throws {
        #expect(KubeletConfiguration.defaults.validationMessages() == [])
        #expect(KubeletConfiguration.defaultsWithoutFile.validationMessages() == [])
        let decoded = KubeletConfiguration.decode(KubeletConfiguration.defaults.encoded())
        #expect(decoded.issues == [])
        #expect(decoded.value == .defaults)
    }

    @Test func allOfUpstreamsFieldsAreThere() {
        // 125 fields, kind and apiVersion.
        #expect(KubeletConfiguration.fields.names.count == 127)
        #expect(Set(KubeletConfiguration.fields.names).count == 127)
    }

    @Test func supportedFieldsExist() {
        let names = Set(KubeletConfiguration.fields.names)
        for path in FieldSupport.honouredPaths.union(FieldSupport.refusedPaths.keys) {
            let first = path.split(separator: ".").first.map(String.init) ?? path
            #expect(names.contains(first), "\(path)")
        }
        #expect(FieldSupport.honouredPaths.isDisjoint(with: FieldSupport.refusedPaths.keys))
    }

    @Test func documentationListsEachSupportedField() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try HostFiles.readText("/\(root)/docs/configuration.md")
        for path in FieldSupport.honouredPaths.union(FieldSupport.refusedPaths.keys) {
            #expect(text.contains("`\(path)`"), "\(path)")
        }
    }

    @Test func configzShowsStaticPodsAndMasksSecrets() {
        var configuration = KubeletConfiguration.defaults
        configuration.staticPodPath = "/etc/kubernetes/manifests"
        configuration.staticPodURL = "https://user:secret@host/pods"
        configuration.staticPodURLHeader = ["Authorization": ["Bearer secret", "other"]]
        let shown = configuration.configz["kubeletconfig"]
        #expect(shown?["staticPodPath"] == "/etc/kubernetes/manifests")
        #expect(shown?["staticPodURLHeader"] == ["Authorization": ["<masked>"]])
        #expect(shown?["staticPodURL"] == "https://<masked>@host/pods")
        #expect(!configuration.configz.serializedString.contains("secret"))
    }

    @Test(
        "defaults that depend on other fields",
        arguments: [
            (["nodeStatusUpdateFrequency": "20s"], "nodeStatusReportFrequency", "20s"),
            (["maxParallelImagePulls": 1], "serializeImagePulls", true),
            (["maxParallelImagePulls": 2], "serializeImagePulls", false),
            (["podPidsLimit": -7], "podPidsLimit", -1),
            (["port": 0], "port", 10250),
            (["syncFrequency": "0s"], "syncFrequency", "1m0s"),
            (["healthzPort": 0], "healthzPort", 0),
            (["resolvConf": ""], "resolvConf", ""),
            (["registryPullQPS": 0], "registryPullQPS", 0),
            (["featureGates": ["KubeletCrashLoopBackOffMax": false]], "crashLoopBackOff", [:]),
            (["logging": ["flushFrequency": 7_000_000_000]], "containerLogMaxSize", "10Mi"),
        ] as [(JSONValue, String, JSONValue)])
    func dependentDefault(fields: JSONValue, name: String, expected: JSONValue) {
        let decoded = KubeletConfiguration.decode(fields)
        #expect(decoded.issues == [])
        var configuration = decoded.value
        configuration.applyDefaults()
        #expect(configuration.encoded()[name] == expected)
    }

    @Test func partialEvictionThresholdsReplaceTheDefaultsUnlessMerged() {
        var configuration = KubeletConfiguration()
        configuration.evictionHard = ["memory.available": "1Gi"]
        configuration.applyEvictionDefaults()
        #expect(configuration.evictionHard == ["memory.available": "1Gi"])
        configuration.mergeDefaultEvictionSettings = true
        configuration.applyEvictionDefaults()
        #expect(configuration.evictionHard?.count == 5)
        #expect(configuration.evictionHard?["memory.available"] == "1Gi")
    }

    @Test(
        "merge patches",
        arguments: [
            (["a": 1], ["b": 2], ["a": 1, "b": 2]),
            (["a": ["b": 1, "c": 2]], ["a": ["b": .null, "c": 3]], ["a": ["c": 3]]),
            (["a": [1, 2]], ["a": [3]], ["a": [3]]),
            (["a": 1], ["a": ["b": 2]], ["a": ["b": 2]]),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func mergePatch(base: JSONValue, patch: JSONValue, expected: JSONValue) {
        #expect(base.merged(with: patch) == expected)
    }
}
