internal import StructuredData

extension PodSpec {
    /// Takes away what `Pod.setDefaults` sets, and notations that make no difference.
    mutating func removeDefaults() {
        for index in containers.indices { containers[index].removeDefaults(onHostNetwork: hostNetwork) }
        for index in initContainers.indices { initContainers[index].removeDefaults(onHostNetwork: hostNetwork) }
        for index in ephemeralContainers.indices {
            ephemeralContainers[index].common.removeDefaults(onHostNetwork: false)
        }
        for index in volumes.indices { volumes[index].removeDefaults() }
        if dnsPolicy == .clusterFirst { dnsPolicy = "" }
        if restartPolicy == .always { restartPolicy = "" }
        if securityContext == PodSecurityContext() { securityContext = nil }
        if terminationGracePeriodSeconds == 30 { terminationGracePeriodSeconds = nil }
        if schedulerName == "default-scheduler" { schedulerName = "" }
        if enableServiceLinks == true { enableServiceLinks = nil }
        if shareProcessNamespace == false { shareProcessNamespace = nil }
        if setHostnameAsFQDN == false { setHostnameAsFQDN = nil }
        if hostUsers == true { hostUsers = nil }
        serviceAccount = ""
        overhead = overhead.uniform
        resources?.removeDefaults()
    }
}

extension Container {
    fileprivate mutating func removeDefaults(onHostNetwork hostNetwork: Bool) {
        if imagePullPolicy == .defaultPolicy(ofImage: image) { imagePullPolicy = "" }
        if terminationMessagePath == "/dev/termination-log" { terminationMessagePath = "" }
        if terminationMessagePolicy == .file { terminationMessagePolicy = "" }
        for index in ports.indices {
            if ports[index].protocol == .tcp { ports[index].protocol = "" }
            if hostNetwork, ports[index].hostPort == ports[index].containerPort { ports[index].hostPort = 0 }
        }
        for index in env.indices {
            env[index].valueFrom?.fieldRef?.removeDefaults()
            env[index].valueFrom?.resourceFieldRef?.removeDefaults()
        }
        resources.removeDefaults()
        livenessProbe?.removeDefaults()
        readinessProbe?.removeDefaults()
        startupProbe?.removeDefaults()
        lifecycle?.postStart?.httpGet?.removeDefaults()
        lifecycle?.preStop?.httpGet?.removeDefaults()
        if lifecycle == Lifecycle() { lifecycle = nil }
        if securityContext == SecurityContext() { securityContext = nil }
    }
}

extension ResourceRequirements {
    /// A request that is equal to its limit goes without saying.
    fileprivate mutating func removeDefaults() {
        let limits = limits
        requests = requests.filter { limits[$0.key] != $0.value }.uniform
        self.limits = limits.uniform
    }
}

extension ResourceList {
    /// All amounts in one notation.
    fileprivate var uniform: ResourceList { mapValues(\.uniform) }
}

extension Quantity {
    fileprivate var uniform: Quantity {
        var amount = self
        amount.format = .decimalSI
        return amount
    }
}

extension Probe {
    fileprivate mutating func removeDefaults() {
        if timeoutSeconds == 1 { timeoutSeconds = 0 }
        if periodSeconds == 10 { periodSeconds = 0 }
        if successThreshold == 1 { successThreshold = 0 }
        if failureThreshold == 3 { failureThreshold = 0 }
        httpGet?.removeDefaults()
        if grpc?.service?.isEmpty == true { grpc?.service = nil }
    }
}

extension HTTPGetAction {
    fileprivate mutating func removeDefaults() {
        if path == "/" { path = "" }
        if scheme == .http { scheme = "" }
    }
}

extension ObjectFieldSelector {
    fileprivate mutating func removeDefaults() {
        if apiVersion == "v1" { apiVersion = "" }
    }
}

extension ResourceFieldSelector {
    fileprivate mutating func removeDefaults() {
        if divisor?.isZero == true { divisor = nil }
        divisor = divisor?.uniform
    }
}

extension Volume {
    private static let fileMode: Int32 = 0o644

    fileprivate mutating func removeDefaults() {
        if hostPath?.type == .unset { hostPath?.type = nil }
        if let limit = emptyDir?.sizeLimit { emptyDir?.sizeLimit = limit.uniform }
        if let source = image, source.pullPolicy == .defaultPolicy(ofImage: source.reference) { image?.pullPolicy = "" }
        if secret?.defaultMode == Self.fileMode { secret?.defaultMode = nil }
        if configMap?.defaultMode == Self.fileMode { configMap?.defaultMode = nil }
        if iscsi?.iscsiInterface == "default" { iscsi?.iscsiInterface = "" }
        if var source = downwardAPI {
            if source.defaultMode == Self.fileMode { source.defaultMode = nil }
            for index in source.items.indices { source.items[index].removeDefaults() }
            downwardAPI = source
        }
        if var source = projected {
            if source.defaultMode == Self.fileMode { source.defaultMode = nil }
            for index in source.sources.indices { source.sources[index].removeDefaults() }
            projected = source
        }
    }
}

extension DownwardAPIVolumeFile {
    fileprivate mutating func removeDefaults() {
        fieldRef?.removeDefaults()
        resourceFieldRef?.removeDefaults()
    }
}

extension VolumeProjection {
    fileprivate mutating func removeDefaults() {
        for index in (downwardAPI?.items ?? []).indices { downwardAPI?.items[index].removeDefaults() }
        if serviceAccountToken?.expirationSeconds == 3600 { serviceAccountToken?.expirationSeconds = nil }
    }
}
