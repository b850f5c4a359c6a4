internal import StructuredData

extension Pod {
    /// The pod with everything set that upstream sets when it is left out (`pkg/apis/core/v1/defaults.go`).
    package func withDefaults() -> Pod {
        var pod = self
        pod.setDefaults()
        return pod
    }

    /// Sets what upstream sets when it is left out; doing it again changes nothing.
    package mutating func setDefaults() {
        for index in spec.containers.indices { spec.containers[index].setDefaults() }
        for index in spec.initContainers.indices { spec.initContainers[index].setDefaults() }
        for index in spec.ephemeralContainers.indices { spec.ephemeralContainers[index].common.setDefaults() }
        for index in spec.volumes.indices { spec.volumes[index].setDefaults() }
        spec.setRequestsFromLimits()
        spec.setPodResources()
        spec.setPolicies()
        if spec.hostNetwork { spec.setHostPorts() }
    }
}

extension PodSpec {
    fileprivate mutating func setPolicies() {
        if dnsPolicy == "" { dnsPolicy = .clusterFirst }
        if restartPolicy == "" { restartPolicy = .always }
        if securityContext == nil { securityContext = PodSecurityContext() }
        if terminationGracePeriodSeconds == nil { terminationGracePeriodSeconds = 30 }
        if schedulerName.isEmpty { schedulerName = "default-scheduler" }
        if enableServiceLinks == nil { enableServiceLinks = true }
        // Two names of one field: upstream keeps them the same.
        if serviceAccountName.isEmpty { serviceAccountName = serviceAccount }
        serviceAccount = serviceAccountName
        overhead = overhead.roundedUpToMilli
    }

    fileprivate mutating func setHostPorts() {
        for index in containers.indices { containers[index].setHostPorts() }
        for index in initContainers.indices { initContainers[index].setHostPorts() }
    }

    fileprivate mutating func setRequestsFromLimits() {
        for index in containers.indices { containers[index].resources.setRequestsFromLimits() }
        for index in initContainers.indices { initContainers[index].resources.setRequestsFromLimits() }
    }

    /// Completes the pod's own resources once its containers' are known.
    fileprivate mutating func setPodResources() {
        guard var podResources = resources, !(podResources.limits.isEmpty && podResources.requests.isEmpty) else {
            return
        }
        let hasLimits = !podResources.limits.isEmpty
        for (name, limit) in aggregateLimits
        where ResourceName.isHugePages(name) && podResources.requests[name] == nil && podResources.limits[name] == nil {
            podResources.limits[name] = limit
        }
        if !podResources.limits.isEmpty {
            for (name, request) in aggregateRequests
            where ResourceName.isPodLevel(name) && ResourceName.allowsOvercommit(name)
                && podResources.requests[name] == nil
            {
                podResources.requests[name] = request
            }
            for (name, limit) in podResources.limits
            where ResourceName.isPodLevel(name) && podResources.requests[name] == nil {
                podResources.requests[name] = limit
            }
        }
        if !hasLimits {
            for (name, limit) in aggregateLimits where podResources.limits[name] == nil {
                let isLimitedEverywhere = containers.allSatisfy { $0.resources.limits[name] != nil }
                if ResourceName.isPodLevel(name), ResourceName.allowsOvercommit(name), isLimitedEverywhere {
                    podResources.limits[name] = limit
                }
            }
        }
        resources = podResources
    }
}

extension Container {
    fileprivate mutating func setDefaults() {
        if imagePullPolicy == "" { imagePullPolicy = .defaultPolicy(ofImage: image) }
        if terminationMessagePath.isEmpty { terminationMessagePath = "/dev/termination-log" }
        if terminationMessagePolicy == "" { terminationMessagePolicy = .file }
        for index in ports.indices where ports[index].protocol == "" { ports[index].protocol = .tcp }
        for index in env.indices { env[index].valueFrom?.fieldRef?.setDefaults() }
        resources.limits = resources.limits.roundedUpToMilli
        resources.requests = resources.requests.roundedUpToMilli
        livenessProbe?.setDefaults()
        readinessProbe?.setDefaults()
        startupProbe?.setDefaults()
        lifecycle?.postStart?.httpGet?.setDefaults()
        lifecycle?.preStop?.httpGet?.setDefaults()
    }

    fileprivate mutating func setHostPorts() {
        for index in ports.indices where ports[index].hostPort == 0 {
            ports[index].hostPort = ports[index].containerPort
        }
    }
}

extension PullPolicy {
    /// `Always` for the tag `latest`, written or implied; `IfNotPresent` for other tags, for a digest alone and
    /// for what is no image name at all.
    package static func defaultPolicy(ofImage image: String) -> PullPolicy {
        let reference = ImageReference(image)
        return reference?.tag == "latest" ? .always : .ifNotPresent
    }
}

extension Probe {
    fileprivate mutating func setDefaults() {
        if timeoutSeconds == 0 { timeoutSeconds = 1 }
        if periodSeconds == 0 { periodSeconds = 10 }
        if successThreshold == 0 { successThreshold = 1 }
        if failureThreshold == 0 { failureThreshold = 3 }
        httpGet?.setDefaults()
        if grpc != nil, grpc?.service == nil { grpc?.service = "" }
    }
}

extension HTTPGetAction {
    fileprivate mutating func setDefaults() {
        if path.isEmpty { path = "/" }
        if scheme == "" { scheme = .http }
    }
}

extension ObjectFieldSelector {
    fileprivate mutating func setDefaults() {
        if apiVersion.isEmpty { apiVersion = "v1" }
    }
}

extension ResourceRequirements {
    fileprivate mutating func setRequestsFromLimits() {
        requests.merge(limits) { request, _ in request }
    }
}

extension ResourceList {
    /// Upstream rounds amounts up to thousandths.
    fileprivate var roundedUpToMilli: ResourceList { mapValues(\.roundedUpToMilli) }
}

extension Volume {
    /// The mode of files that are made for a pod.
    private static let fileMode: Int32 = 0o644

    fileprivate mutating func setDefaults() {
        if sourceNames.isEmpty { emptyDir = EmptyDirVolumeSource() }
        if hostPath != nil, hostPath?.type == nil { hostPath?.type = .unset }
        if let source = image, source.pullPolicy == "" {
            image?.pullPolicy = .defaultPolicy(ofImage: source.reference)
        }
        if secret != nil, secret?.defaultMode == nil { secret?.defaultMode = Self.fileMode }
        if configMap != nil, configMap?.defaultMode == nil { configMap?.defaultMode = Self.fileMode }
        if iscsi?.iscsiInterface.isEmpty == true { iscsi?.iscsiInterface = "default" }
        if var source = downwardAPI {
            source.defaultMode = source.defaultMode ?? Self.fileMode
            for index in source.items.indices { source.items[index].fieldRef?.setDefaults() }
            downwardAPI = source
        }
        if var source = projected {
            source.defaultMode = source.defaultMode ?? Self.fileMode
            for index in source.sources.indices { source.sources[index].setDefaults() }
            projected = source
        }
    }
}

extension VolumeProjection {
    fileprivate mutating func setDefaults() {
        for index in (downwardAPI?.items ?? []).indices { downwardAPI?.items[index].fieldRef?.setDefaults() }
        if serviceAccountToken != nil, serviceAccountToken?.expirationSeconds == nil {
            serviceAccountToken?.expirationSeconds = 3600
        }
    }
}
