import CRIClient
import ContainerRuntime
import HostSystem

/// Pods made by nothing but the three calls of the container runtime: the least that any kubelet can take.
struct RawPods {
    let runtime: CRIRuntimeService
    let starts: TaskStarts
    /// Where logs and the files to mount lie.
    let directory: String

    /// What one pod took.
    struct Sample {
        /// From the first call to the running process.
        var whole: Duration
        /// From the call that creates the container to its running process.
        var container: Duration
    }

    /// Starts one pod, with nothing else going on, and measures it.
    func measureOne(_ name: String) async throws -> Sample {
        let before = starts.count
        let began = ContinuousClock.now
        let configuration = sandbox(name)
        let id = try await runtime.runPodSandbox(configuration)
        let sandboxed = ContinuousClock.now
        try await startContainer(in: id, configuration)
        let running = try await starts.instant(ofStart: before + 2)
        return Sample(whole: began.duration(to: running), container: sandboxed.duration(to: running))
    }

    /// Starts one pod, and measures how long it takes to stop its container and to start another in its place.
    func measureReplacement(_ name: String) async throws -> Duration {
        let configuration = sandbox(name)
        let sandbox = try await runtime.runPodSandbox(configuration)
        func create(_ attempt: UInt32) async throws -> ContainerID {
            var container = try container(of: name)
            container.attempt = attempt
            container.logPath = "main/\(attempt).log"
            container.command = Manifest.obedientCommand(pod: name)
            return try await runtime.createContainer(container, in: sandbox, sandboxConfiguration: configuration)
        }
        let first = try await create(0)
        try await runtime.startContainer(first)
        // Whoever is asked to end before his shell has set its trap doesn't end.
        try await Task.sleep(for: .milliseconds(300))
        let before = starts.count
        let began = ContinuousClock.now
        try await runtime.stopContainer(first, gracePeriod: 30)
        try await runtime.startContainer(try await create(1))
        return began.duration(to: try await starts.instant(ofStart: before + 1))
    }

    /// Starts many pods, `parallelism` at a time, and returns how long it took until the last process ran.
    func measureMany(_ count: Int, prefix: String, parallelism: Int) async throws -> Duration {
        let before = starts.count
        let began = ContinuousClock.now
        try await forEach(Array(0..<count), parallelism: parallelism) { number in
            let configuration = sandbox("\(prefix)-\(number)")
            try await startContainer(in: try await runtime.runPodSandbox(configuration), configuration)
        }
        return began.duration(to: try await starts.instant(ofStart: before + 2 * count))
    }

    /// Removes every pod the runtime has, whoever made it.
    func removeAll() async throws {
        try await forEach(try await runtime.listPodSandboxes(.all), parallelism: 8) { sandbox in
            try await runtime.stopPodSandbox(sandbox.id)
            try await runtime.removePodSandbox(sandbox.id)
        }
    }

    private func startContainer(in sandbox: SandboxID, _ configuration: SandboxConfiguration) async throws {
        let container = try await runtime.createContainer(
            try container(of: configuration.metadata.name), in: sandbox, sandboxConfiguration: configuration)
        try await runtime.startContainer(container)
    }

    private func forEach<Element: Sendable>(
        _ elements: [Element], parallelism: Int, _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, element) in elements.enumerated() {
                if index >= parallelism { try await tasks.next() }
                tasks.addTask { try await body(element) }
            }
            try await tasks.waitForAll()
        }
    }

    // MARK: What the kubelet asks for, for the manifest of `Manifest`

    private func sandbox(_ name: String) -> SandboxConfiguration {
        var configuration = SandboxConfiguration(
            metadata: SandboxMetadata(name: name, uid: name, namespace: "default"), hostname: name,
            logDirectory: "\(directory)/log/\(name)")
        configuration.dns = DNSConfiguration(servers: ["127.0.0.1"])
        configuration.labels = labels(name)
        configuration.linux.cgroupParent = "/swiftlet-bench/raw/\(name)"
        return configuration
    }

    private func container(of pod: String) throws -> ContainerConfiguration {
        var configuration = ContainerConfiguration(
            name: "main", attempt: 0, image: ImageReference(Manifest.image), logPath: "main/0.log")
        try HostFiles.createDirectory("\(directory)/log/\(pod)/main")
        configuration.command = Manifest.command(pod: pod)
        configuration.environment = [EnvironmentVariable(name: "HOSTNAME", value: pod)]
        for (file, target) in [("etc-hosts", "/etc/hosts"), ("termination-log", "/dev/termination-log")] {
            let path = "\(directory)/\(pod)-\(file)"
            try HostFiles.write(Array("127.0.0.1 localhost\n".utf8), to: path, mode: 0o644)
            configuration.mounts.append(ContainerMount(containerPath: target, hostPath: path))
        }
        configuration.labels = labels(pod).merging(["io.kubernetes.container.name": "main"]) { $1 }
        configuration.resources.cpuShares = 2
        configuration.resources.oomScoreAdjustment = 1000
        configuration.securityContext.seccomp = .unconfined
        configuration.securityContext.maskedPaths = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware"]
        configuration.securityContext.readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"]
        return configuration
    }

    private func labels(_ pod: String) -> [String: String] {
        ["io.kubernetes.pod.name": pod, "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": pod]
    }
}
