import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle

extension PodActuator {
    /// What a sandbox is made of, with the runtime's handler and the users that the pod asks for.
    /// - Parameter sandbox: the one that is there, which has both already.
    /// - Throws: `SandboxError` when the spec can't be met, `ContainerRuntimeError` when the runtime is away.
    func configuration(
        of pod: Pod, attempt: UInt32, present sandbox: RuntimeSandbox? = nil
    ) async throws -> SandboxConfiguration {
        var configuration = try translation.sandbox(pod, attempt: attempt)
        if let sandbox {
            // Its names are resolved as the host's settings were when it was made: the runtime keeps the file.
            configuration.runtimeHandler = sandbox.runtimeHandler
        } else {
            configuration.dns = try resolverSettings(of: pod)
            configuration.runtimeHandler = try await translation.runtimeClasses.handler(of: pod)
            // Asked anew, for a runtime that doesn't know the field would give the pod the host's users.
            if pod.hasOwnUsers,
                let problem = pod.userNamespaceProblem(
                    try await monitor.readFeatures(), handler: configuration.runtimeHandler)
            {
                throw SandboxError(problem)
            }
        }
        configuration.linux.securityContext.namespaces.userNamespace = try translation.userNamespaces.namespace(
            of: pod, present: sandbox?.namespaces.userNamespace)
        return configuration
    }

    /// How a new sandbox resolves names; what its owner should know of that is recorded.
    private func resolverSettings(of pod: Pod) throws -> DNSConfiguration {
        let settings = try translation.dns.settings(for: pod)
        for warning in settings.warnings {
            let target =
                switch warning.subject {
                case .node: EventTarget(node: translation.node.name)
                case .pod: EventTarget(pod: pod)
                }
            events.record(.warning, warning.reason, warning.message, about: target)
        }
        return settings.configuration
    }

    /// Writes the pod's `/etc/hosts`, as upstream does before each container is created: one on the host's network gets
    /// the host's as it is now.
    ///
    /// Running containers have it mounted, so it stays the same file.
    func writeEtcHosts(of pod: Pod, _ sandbox: ReadySandbox) throws {
        let text =
            pod.spec.hostNetwork
            ? EtcHosts.text(for: pod, hostFile: (try? HostFiles.readText("/etc/hosts", limit: 1 << 20)) ?? "")
            : EtcHosts.text(
                for: pod, hostname: translation.hostname(of: pod),
                addresses: translation.node.addresses(of: pod, own: sandbox.addresses))
        let path = translation.paths.etcHosts(pod.uid)
        let bytes = Array(text.utf8)
        guard (try? HostFiles.read(path, limit: bytes.count)) != bytes else { return }
        try HostFiles.write(bytes, to: path, mode: 0o644)
    }

    /// What a container that is about to be created finds in its pod; mounts the parts of volumes that it asks for.
    /// - Throws: `ContainerStartError`, or `ContainerRuntimeError` when the runtime is away.
    func surroundings(
        of container: Container, in pod: Pod, image: RuntimeImage, _ sandbox: ReadySandbox
    ) async throws -> PodTranslation.Surroundings {
        let parts = try translation.subPaths(
            of: container, in: pod, addresses: sandbox.addresses, volumes: sandbox.volumes)
        return PodTranslation.Surroundings(
            image: image, volumes: sandbox.volumes,
            subPaths: try volumes.bind(parts, of: container.name, in: pod.uid, sandbox.volumes),
            addresses: sandbox.addresses, runtime: try await features(for: container, in: pod),
            imageVolumes: await images.presentVolumes(pod.spec.volumes, for: container),
            handler: sandbox.configuration.runtimeHandler,
            userNamespace: sandbox.configuration.linux.securityContext.namespaces.userNamespace)
    }

    /// What the runtime can do at this moment.
    ///
    /// Where a container hangs on it the runtime is asked anew: it may have been replaced by an older one since the pod
    /// was let in, and that would leave out what it doesn't know without a word.
    private func features(for container: Container, in pod: Pod) async throws -> RuntimeFeatures {
        let hangsOnIt =
            pod.hasOwnUsers || container.volumeMounts.contains { $0.recursiveReadOnly == .enabled }
            || !pod.spec.volumes.imageRequests(of: container).isEmpty
        return hangsOnIt ? try await monitor.readFeatures() : monitor.knownFeatures
    }
}
