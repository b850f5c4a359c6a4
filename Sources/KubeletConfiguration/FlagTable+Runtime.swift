extension FlagTable {
    static let runtime: [FlagDefinition] = [
        .flag(
            "container-runtime-endpoint", \.configuration.containerRuntimeEndpoint, "Socket of the container runtime.",
            placeholder: "unix:///path"),
        .flag(
            "image-service-endpoint", \.configuration.imageServiceEndpoint,
            "Socket of the image service, if it isn't the runtime's.", placeholder: "unix:///path"),
        .flag(
            "runtime-request-timeout", \.configuration.runtimeRequestTimeout,
            "How long the runtime may take for anything but pulls, logs, exec and attach."),
        .flag("registry-qps", \.configuration.registryPullQPS, "Image pulls a second, 0 for no limit."),
        .flag("registry-burst", \.configuration.registryBurst, "Image pulls at once."),
        .flag("serialize-image-pulls", \.configuration.serializeImagePulls, "Pull one image after the other."),
        .flag(
            "image-credential-provider-config", \.flags.imageCredentialProviderConfig,
            "Which programs give credentials for registries: a CredentialProviderConfig, or a directory of them.",
            placeholder: "path"),
        .flag(
            "image-credential-provider-bin-dir", \.flags.imageCredentialProviderDirectory,
            "Where these programs are.", placeholder: "directory"),
        .flag("minimum-image-ttl-duration", \.configuration.imageMinimumGCAge, "Age before which no image is removed."),
        .flag(
            "image-gc-high-threshold", \.configuration.imageGCHighThresholdPercent,
            "Disk usage in percent at which unused images are removed."),
        .flag(
            "image-gc-low-threshold", \.configuration.imageGCLowThresholdPercent,
            "Disk usage in percent down to which they are removed."),
        .flag("container-log-max-size", \.configuration.containerLogMaxSize, "Size at which a log is rotated."),
        .flag("container-log-max-files", \.configuration.containerLogMaxFiles, "Files of one container's log."),
        .flag("minimum-container-ttl-duration", \.flags.minimumContainerTTL, "How long dead containers are kept."),
        .flag(
            "maximum-dead-containers-per-container", \.flags.maximumDeadContainersPerContainer,
            "Dead containers kept for each container."),
        .flag(
            "maximum-dead-containers", \.flags.maximumDeadContainers, "Dead containers kept in all, -1 for no limit."),
    ]

    static let pods: [FlagDefinition] = [
        .flag("max-pods", \.configuration.maxPods, "Pods on this node."),
        .flag("pods-per-core", \.configuration.podsPerCore, "Pods for each core, 0 for no limit."),
        .flag("pod-max-pids", \.configuration.podPidsLimit, "Processes of a pod, -1 for no limit."),
        .flag("cluster-dns", \.configuration.clusterDNS, "Name servers of pods with dnsPolicy ClusterFirst."),
        .flag("cluster-domain", \.configuration.clusterDomain, "Domain that pods search besides the host's."),
        .flag(
            "resolv-conf", \.configuration.resolvConf, "The host's resolver configuration, \"\" for none.",
            placeholder: "file"),
        .flag(
            "seccomp-default", \.configuration.seccompDefault, "RuntimeDefault where a pod names no seccomp profile."),
        .flag("allowed-unsafe-sysctls", \.configuration.allowedUnsafeSysctls, "Unsafe sysctls that pods may set."),
        .flag("hairpin-mode", \.configuration.hairpinMode, "promiscuous-bridge, hairpin-veth or none."),
        .flag("runonce", \.configuration.runOnce, "Removed by upstream: true is an error."),
        .flag(
            "volume-plugin-dir", \.configuration.volumePluginDir, "Where FlexVolume drivers lie.",
            placeholder: "directory"),
        .flag("volume-stats-agg-period", \.configuration.volumeStatsAggPeriod, "How often volumes are measured."),
        .flag(
            "local-storage-capacity-isolation", \.configuration.localStorageCapacityIsolation,
            "Enforce limits of ephemeral storage."),
    ]
}
