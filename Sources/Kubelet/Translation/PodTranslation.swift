import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import StructuredData

/// Turns a pod's spec into what the runtime is asked to make.
package struct PodTranslation: Sendable {
    package let node: NodeFacts
    package let paths: PodPaths
    package let dns: PodDNS
    package let cgroups: PodCgroups
    /// Containers without a seccomp profile get the runtime's default one.
    package let seccompDefault: Bool
    package let runtimeClasses: RuntimeClasses
    package let userNamespaces: PodUserNamespaces

    /// - Parameter userNamespaces: `nil` for the standard ranges.
    package init(
        node: NodeFacts, paths: PodPaths, dns: PodDNS, cgroups: PodCgroups, seccompDefault: Bool,
        runtimeClasses: RuntimeClasses = RuntimeClasses(), userNamespaces: PodUserNamespaces? = nil
    ) {
        self.node = node
        self.paths = paths
        self.dns = dns
        self.cgroups = cgroups
        self.seccompDefault = seccompDefault
        self.runtimeClasses = runtimeClasses
        self.userNamespaces = userNamespaces ?? PodUserNamespaces(paths: paths)
    }

    // MARK: Sandbox

    /// What a sandbox is made of, but for its DNS settings, which are the moment's.
    /// - Throws: `SandboxError` when the spec can't be met.
    func sandbox(_ pod: Pod, attempt: UInt32) throws -> SandboxConfiguration {
        var configuration = SandboxConfiguration(
            metadata: SandboxMetadata(
                name: pod.metadata.name, uid: pod.metadata.uid, namespace: pod.metadata.namespace, attempt: attempt),
            hostname: pod.spec.hostNetwork ? "" : try hostname(of: pod).forKernel(),
            logDirectory: paths.podLogs(
                namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.uid))
        configuration.labels = pod.metadata.labels.merging(Self.podLabels(pod)) { _, own in own }
        configuration.annotations = pod.metadata.annotations
        if pod.isAssigned { configuration.annotations[RuntimeLabels.assignedPod] = "true" }
        if !pod.spec.hostNetwork { configuration.portMappings = Self.portMappings(of: pod) }
        configuration.linux.cgroupParent = cgroups.parent(of: pod)
        configuration.linux.securityContext = SecurityTranslation.sandboxContext(of: pod)
        let resources = ResourceTranslation.sandbox(pod, node.limits)
        configuration.linux.resources = resources.containers
        configuration.linux.overhead = resources.overhead
        for sysctl in pod.spec.securityContext?.sysctls ?? [] {
            configuration.linux.sysctls[sysctl.name] = sysctl.value
        }
        return configuration
    }

    /// What the pod's own cgroup is set to.
    func cgroup(of pod: Pod) -> CgroupSettings { CgroupSettings(of: pod, node.limits) }

    func hostname(of pod: Pod) -> PodHostname { PodHostname(of: pod, clusterDomain: dns.clusterDomain) }

    private static func podLabels(_ pod: Pod) -> [String: String] {
        [
            RuntimeLabels.podName: pod.metadata.name, RuntimeLabels.podNamespace: pod.metadata.namespace,
            RuntimeLabels.podUID: pod.metadata.uid,
        ]
    }

    private static func portMappings(of pod: Pod) -> [PortMapping] {
        pod.spec.containers.flatMap(\.ports).compactMap { port in
            guard port.hostPort > 0 else { return nil }
            return PortMapping(
                networkProtocol: PortMapping.NetworkProtocol(rawValue: port.protocol.rawValue) ?? .tcp,
                containerPort: port.containerPort, hostPort: port.hostPort, hostIP: port.hostIP)
        }
    }

    // MARK: Containers

    /// What a container finds in its pod.
    struct Surroundings: Sendable {
        var image: RuntimeImage
        /// By their names.
        var volumes: [String: PreparedVolume]
        /// Host paths of parts of volumes, or paths in images, by the indices of the container's mounts.
        var subPaths: [Int: String]
        /// The pod's IPs.
        var addresses: [String]
        var runtime = RuntimeFeatures()
        /// The images that are mounted, by the names of their volumes.
        var imageVolumes: [String: ContainerRuntime.ImageReference] = [:]
        /// The runtime's handler of the pod; empty for the default one.
        var handler = ""
        /// The pod's users; `nil` for the host's.
        var userNamespace: UserNamespace?
    }

    /// - Throws: `ContainerStartError` when the spec can't be met.
    func container(
        _ container: Container, of version: PodTarget, start: PodActions.ContainerStart, in surroundings: Surroundings
    ) throws -> ContainerConfiguration {
        let pod = version.pod
        let image = surroundings.image
        let variables = try variables(
            of: container, in: pod, addresses: surroundings.addresses, volumes: surroundings.volumes)
        let values = Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        var configuration = ContainerConfiguration(
            name: container.name, attempt: UInt32(clamping: start.restartCount),
            image: ContainerRuntime.ImageReference(image.id, userSpecified: container.image),
            logPath: paths.containerLog(container: container.name, restartCount: start.restartCount))
        configuration.command = container.command.map { PodEnvironment.expand($0, values) }
        configuration.arguments = container.args.map { PodEnvironment.expand($0, values) }
        configuration.workingDirectory = container.workingDir
        configuration.environment = variables.map { EnvironmentVariable(name: $0.name, value: $0.value) }
        configuration.mounts = try mounts(container, of: pod, start: start, surroundings)
        configuration.labels = Self.podLabels(pod)
        configuration.labels[RuntimeLabels.containerName] = container.name
        configuration.annotations = annotations(container, of: version, start: start)
        configuration.stdin = container.stdin
        configuration.stdinOnce = container.stdinOnce
        configuration.tty = container.tty
        configuration.stopSignal = container.lifecycle?.stopSignal
        configuration.resources = ResourceTranslation.resources(of: container, in: pod, on: node)
        let security = SecurityTranslation(
            seccompDefault: seccompDefault, seccompProfiles: paths.seccompProfiles,
            thermalThrottles: node.thermalThrottles)
        configuration.securityContext = try security.containerContext(of: container, in: pod, image: image)
        if let problem = pod.userNamespaceProblem(surroundings.runtime, handler: surroundings.handler) {
            throw ContainerStartError(.createContainerConfigError, problem)
        }
        configuration.securityContext.namespaces.userNamespace = surroundings.userNamespace
        if let name = pod.spec.target(of: container) {
            guard let target = start.target else {
                throw ContainerStartError(
                    .createContainerConfigError, "unable to find target container \"\(name)\"")
            }
            configuration.securityContext.namespaces.pid = .target(target)
        }
        return configuration
    }

    func variables(
        of container: Container, in pod: Pod, addresses: [String], volumes: [String: PreparedVolume]
    ) throws -> [(name: String, value: String)] {
        let environment = PodEnvironment(
            pod: pod, node: node, podAddresses: node.addresses(of: pod, own: addresses),
            files: EnvironmentFiles(volumes: volumes))
        return try environment.variables(of: container)
    }

    private func mounts(
        _ container: Container, of pod: Pod, start: PodActions.ContainerStart, _ surroundings: Surroundings
    ) throws -> [ContainerMount] {
        var mounts = try volumeMounts(of: container, in: pod, surroundings)
        if !mounts.contains(where: { $0.containerPath == "/etc/hosts" }) {
            mounts.append(
                ContainerMount(
                    containerPath: "/etc/hosts", hostPath: paths.etcHosts(pod.uid), seLinuxRelabel: node.hasSELinux))
        }
        if !container.terminationMessagePath.isEmpty {
            mounts.append(
                ContainerMount(
                    containerPath: container.terminationMessagePath,
                    hostPath: paths.terminationLog(
                        pod.uid, container: container.name, restartCount: start.restartCount),
                    seLinuxRelabel: node.hasSELinux))
        }
        for index in mounts.indices { mounts[index].userNamespace = surroundings.userNamespace }
        return mounts
    }

    private func annotations(
        _ container: Container, of version: PodTarget, start: PodActions.ContainerStart
    ) -> [String: String] {
        var annotations = [
            RuntimeLabels.containerHash: UpstreamContainerHash.hexadecimal(of: container),
            RuntimeLabels.containerRevision: version.revision(of: container.name)?.rawValue ?? "",
            RuntimeLabels.containerAmounts: ContainerAmounts(of: container, in: version.pod.spec).rawValue,
            RuntimeLabels.containerRestartCount: String(start.restartCount),
            RuntimeLabels.terminationMessagePath: container.terminationMessagePath,
            RuntimeLabels.terminationMessagePolicy: container.terminationMessagePolicy.rawValue,
        ]
        if let grace = version.pod.spec.terminationGracePeriodSeconds {
            annotations[RuntimeLabels.podTerminationGracePeriod] = String(grace)
        }
        if let hook = container.lifecycle?.preStop {
            annotations[RuntimeLabels.preStopHandler] = hook.encoded().serializedString
        }
        if !container.ports.isEmpty {
            annotations[RuntimeLabels.containerPorts] =
                JSONValue.array(container.ports.map { $0.encoded() })
                .serializedString
        }
        return annotations
    }
}

extension PodSpec {
    /// The container whose processes an ephemeral container is to see.
    fileprivate func target(of container: Container) -> String? {
        let name = ephemeralContainers.first { $0.common.name == container.name }?.targetContainerName
        return name?.isEmpty == false ? name : nil
    }
}
