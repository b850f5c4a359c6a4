import CRIClient
import ClusterPKI
import ContainerClient
import ContainerLogs
import ContainerRuntime
import Glibc
import HTTPServing
import HostSystem
import ImageCredentials
import Kubelet
import KubeletConfiguration
import KubeletServer
import KubernetesAPI
import Logging
import NIOCore
import NIOPosix
import PodLifecycle
import PodSources
import ServiceLifecycle

/// Builds a kubelet from its configuration, and runs it.
final class KubeletComposition: Service {
    /// How long the runtime may take to answer at start.
    private static let runtimePatience = Duration.seconds(10)

    let effective: EffectiveConfiguration
    let logger: Logger
    let nodeName: String
    let clock = SystemClock()
    let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    let threads = NIOThreadPool.singleton
    let paths: PodPaths
    let connection: CRIConnection
    /// Held as long as the process lives.
    private let locks: [ExclusiveLock]
    let inventory: HostInventory
    let resources: NodeResources
    private let userNamespaces: PodUserNamespaces
    /// Returns when the runtime can be expected to answer.
    private let runtimeIsStarted: @Sendable () async throws -> Void

    var configuration: KubeletConfiguration { effective.configuration }
    var flags: KubeletFlags { effective.flags }

    /// The services to run, in the order of their dependencies.
    var services: [any Service] { [connection, self] }

    /// Checks the machine and takes the locks; nothing runs yet.
    /// - Parameter runtimeIsStarted: awaited before the runtime is asked for the first time.
    init(
        _ effective: EffectiveConfiguration, logger: Logger,
        runtimeIsStarted: @escaping @Sendable () async throws -> Void = {}
    ) throws {
        self.runtimeIsStarted = runtimeIsStarted
        self.effective = effective
        self.logger = logger
        let configuration = effective.configuration
        let flags = effective.flags
        try HostFiles.createDirectory(flags.rootDirectory, mode: 0o700)
        inventory = HostInventory.read(root: flags.rootDirectory)
        nodeName = (flags.hostnameOverride.isEmpty ? inventory.hostname : flags.hostnameOverride).lowercased()
        paths = PodPaths(root: flags.rootDirectory, logs: configuration.podLogsDir)
        let endpoint = try RuntimeEndpoint(configuration.containerRuntimeEndpoint)
        locks = try Self.takeLocks(root: flags.rootDirectory, endpoint: endpoint)
        var connectionConfiguration = CRIConnection.Configuration()
        connectionConfiguration.requestTimeout = configuration.runtimeRequestTimeout.duration
        connection = try CRIConnection(
            to: endpoint, configuration: connectionConfiguration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        try HostChecks.check(configuration, inventory)
        resources = try Self.resources(configuration, inventory)
        userNamespaces = PodUserNamespaces(paths: paths, ranges: try HostChecks.userNamespaceRanges(configuration))
    }

    private static func takeLocks(root: String, endpoint: RuntimeEndpoint) throws -> [ExclusiveLock] {
        do {
            let rootLock = try ExclusiveLock.directory(root)
            let socket = HostFiles.resolved(endpoint.path) ?? endpoint.path
            return [rootLock, try ExclusiveLock.name("swiftlet-kubelet:\(socket)")]
        } catch let error as HostSystemError where error.code == .locked {
            throw StartError("another kubelet runs with root directory \(root) or container runtime \(endpoint)")
        }
    }

    /// Runs the kubelet until shut down. Containers keep running.
    func run() async throws {
        setOutOfMemoryScore()
        try await NetworkProbes.with(group: group, agent: ProductVersion.probeAgent) { try await run(probes: $0) }
    }

    /// Has pods end before the kubelet when memory runs out.
    private func setOutOfMemoryScore() {
        do {
            try OutOfMemoryScore.set(Int(configuration.oomScoreAdj))
        } catch {
            logger.warning(
                "cannot set the kubelet's oom_score_adj: pods may outlive it when memory runs out",
                metadata: ["oomScoreAdj": "\(configuration.oomScoreAdj)", "error": "\(error)"])
        }
    }

    private func run(probes: NetworkProbes) async throws {
        try await runtimeIsStarted()
        let (version, cgroupDriver) = try await askRuntime()
        logger.info(
            "container runtime answers", metadata: ["runtime": "\(version.name)", "version": "\(version.version)"])
        let cgroups = try podCgroups(cgroupDriver)
        try await nodeCgroups(cgroups).establish()
        let runtime = CRIRuntimeService(connection)
        let api = try makeNodeAPI()
        let parts = try makeParts(cgroups, runtime: runtime, runtimeName: version.name, api: api, probes: probes)
        let sources = try makeSources(
            lastAccepted: try await parts.checkpoints.load(), assignments: parts.agent.apiPods?.assignments)
        let server = try makeServer(parts: parts, runtime: runtime, api: api)
        let agent = NodeAgent(parts.agent, sources: sources.kinds)
        logger.info(
            "kubelet starts",
            metadata: ["node": "\(nodeName)", "root": "\(paths.root)", "version": "\(ProductVersion.kubelet)"])
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                if let server { tasks.addTask { try await server.run() } }
                for source in sources.runners { tasks.addTask { try await source() } }
                tasks.addTask { await agent.run(updates: sources.updates) }
                defer { tasks.cancelAll() }
                do {
                    // Every part runs until cancelled: one that returns or throws ends the kubelet.
                    try await tasks.next()
                } catch is CancellationError {}
            }
        }
        logger.info("kubelet stopped; containers keep running")
    }

    /// Waits until the runtime says what it is and, where it tells, who makes its cgroups. One that has just started may
    /// break a connection, or not be ready yet.
    private func askRuntime() async throws -> (RuntimeVersion, CgroupDriver?) {
        let deadline = clock.now().adding(Self.runtimePatience)
        while true {
            let remaining = deadline.since(clock.now())
            do {
                let version = try await connection.connect(timeout: max(remaining, .milliseconds(500)))
                return (version, try await connection.cgroupDriver())
            } catch is ContainerRuntimeError where remaining > .zero {
                try await clock.sleep(for: .milliseconds(200))
            }
        }
    }

    // MARK: Parts

    /// The parts that other parts are made from.
    struct Parts {
        var agent: NodeAgent.Parts
        var statuses: PodStatuses
        var checkpoints: PodCheckpoints
    }

    var nodeAddresses: [String] {
        flags.nodeIP.isEmpty ? inventory.addresses : flags.nodeIP.split(separator: ",").map(String.init)
    }

    private func makeParts(
        _ cgroups: PodCgroups, runtime: CRIRuntimeService, runtimeName: String, api: (any NodeAPI)?,
        probes: NetworkProbes
    ) throws -> Parts {
        let monitor = RuntimeMonitor(
            runtime: runtime, events: CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger),
            clock: clock, logger: logger)
        let events = EventRecorder(nodeName: nodeName, api: api, clock: clock, logger: logger)
        if let problem = podDNS.hostProblem {
            events.record(.warning, "CheckLimitsForResolvConf", problem, about: EventTarget(node: nodeName))
        }
        let statuses = PodStatuses(hostAddresses: nodeAddresses, runtimeName: runtimeName)
        let apiPods = api.map {
            APIPodKeeper(api: $0, nodeName: nodeName, statuses: statuses, clock: clock, logger: logger)
        }
        let imageService = CRIImageService(connection)
        let images = ImagePuller(
            images: imageService, clock: clock, events: events, parallelPulls: parallelPulls,
            rate: PullRate(perSecond: configuration.registryPullQPS, burst: configuration.registryBurst),
            credentials: registryCredentials)
        let volumes = PodVolumes(paths: paths, mounts: KernelMountTable(), node: nodeFacts, clock: clock)
        let checkpoints = PodCheckpoints(directory: paths.checkpoints, logger: logger)
        let translation = translation(RuntimeClasses(api), cgroups)
        let actuator = PodActuator(
            runtime: runtime, monitor: monitor, images: images, volumes: volumes, translation: translation,
            hooks: LifecycleHooks(
                runtime: runtime, requests: HTTPHookRequests(group: group, agent: ProductVersion.hookAgent),
                events: events, clock: clock),
            events: events, logger: logger, starts: starts)
        let admission = makeAdmission()
        var collaborators = PodWorkers.Collaborators(
            monitor: monitor, actuator: actuator, images: images, checkpoints: checkpoints, admission: admission,
            statuses: statuses, prober: Prober(runtime: runtime, requests: probes, events: events), clock: clock,
            logger: logger)
        if let delay = configuration.crashLoopBackOff.maxContainerRestartPeriod {
            collaborators.maximumRestartDelay = delay.duration
        }
        collaborators.nodeWatch = api.map { NodeWatch(api: $0, nodeName: nodeName, admission: admission) }
        collaborators.deadContainers = DeadContainers.Policy(
            perContainer: Int(flags.maximumDeadContainersPerContainer), total: Int(flags.maximumDeadContainers),
            minimumAge: flags.minimumContainerTTL.duration)
        let workers = PodWorkers(collaborators)
        let reporter = api.map { makeReporter($0, runtime: runtime, apiPods: apiPods) }
        let imageFileSystem = ImageFileSystem(imageService)
        var upkeep = NodeAgent.Upkeep(
            housekeeping: Housekeeping(
                monitor: monitor, workers: workers, volumes: volumes, cgroups: cgroups, clock: clock,
                logger: logger),
            relief: HeapRelief(clock: clock) { Heap.release() },
            logs: ContainerLogManager(
                policy: logRotation, linkDirectory: paths.logLinks, monitor: monitor, runtime: runtime,
                host: ContainerLogHost(group: group, threads: threads), clock: clock, logger: logger))
        let collector = ImageCollector(
            imagePolicy, nodeName: nodeName, pulls: images.pulls,
            ImageCollector.Collaborators(
                images: imageService, fileSystem: imageFileSystem, runtime: runtime, monitor: monitor,
                workers: workers, events: events, clock: clock, logger: logger))
        upkeep.imageCollector = collector
        upkeep.shutdown = makeShutdown(
            workers: workers, statuses: statuses, events: events, reporter: reporter)
        let eviction = try evictionSettings()
        if api != nil {
            upkeep.eviction = makeEviction(
                eviction, workers: workers, statuses: statuses, events: events, runtime: runtime,
                images: imageFileSystem, cgroups: cgroups, collector: collector, reporter: reporter)
        }
        upkeep.cgroups = nodeCgroups(cgroups)
        upkeep.systemOOMs = SystemOOMWatch(
            { [group] in try await KernelLog.open(on: group) }, events: events, nodeName: nodeName, clock: clock,
            logger: logger)
        var agent = NodeAgent.Parts(
            collaborators, workers: workers, events: events, upkeep: upkeep, nodeName: nodeName)
        agent.apiPods = apiPods
        agent.reporter = configuration.registerNode ? reporter : nil
        return Parts(agent: agent, statuses: statuses, checkpoints: checkpoints)
    }

    private func makeAdmission() -> PodAdmission {
        PodAdmission(
            room,
            capabilities: NodeCapabilities(
                sysctls: SysctlAllowlist(
                    kernelVersion: inventory.kernelVersion, allowedUnsafe: configuration.allowedUnsafeSysctls),
                hasAppArmor: inventory.hasAppArmor, traits: nodeDescription.traits))
    }

    private var registryCredentials: NodeCredentials {
        NodeCredentials(
            files: CredentialFiles(
                root: paths.root, workingDirectory: HostFiles.resolved(".") ?? "/",
                home: ChildProcess.inheritedEnvironment["HOME"] ?? ""),
            providers: effective.credentialProviders, pluginDirectory: flags.imageCredentialProviderDirectory,
            runner: ProgramRunner(group: group), clock: clock, logger: logger)
    }

    private var imagePolicy: ImageCollection.Policy {
        ImageCollection.Policy(
            highThresholdPercent: Int64(configuration.imageGCHighThresholdPercent),
            lowThresholdPercent: Int64(configuration.imageGCLowThresholdPercent),
            minimumAge: configuration.imageMinimumGCAge.duration, maximumAge: configuration.imageMaximumGCAge.duration)
    }

    private var parallelPulls: Int? {
        if configuration.serializeImagePulls ?? true { return 1 }
        return configuration.maxParallelImagePulls.map(Int.init)
    }

    /// `nil` where the size is negative: upstream's way to turn rotation off.
    private var logRotation: LogRotationPolicy? {
        guard let size = Quantity(configuration.containerLogMaxSize)?.value, size >= 0 else { return nil }
        return LogRotationPolicy(
            maxSize: size, maxFiles: Int(configuration.containerLogMaxFiles),
            maxWorkers: Int(configuration.containerLogMaxWorkers),
            monitorInterval: configuration.containerLogMonitorInterval.duration)
    }

    private var nodeFacts: NodeFacts {
        var node = NodeFacts(
            name: nodeName, addresses: nodeAddresses, memoryCapacity: inventory.memory,
            allocatable: resources.allocatable)
        node.limits = limitPolicy
        node.hasSELinux = inventory.hasSELinux
        node.thermalThrottles = inventory.thermalThrottles
        return node
    }

    private func translation(_ runtimeClasses: RuntimeClasses, _ cgroups: PodCgroups) -> PodTranslation {
        PodTranslation(
            node: nodeFacts, paths: paths, dns: podDNS, cgroups: cgroups,
            seccompDefault: configuration.seccompDefault,
            runtimeClasses: runtimeClasses, userNamespaces: userNamespaces)
    }

    private var podDNS: PodDNS {
        PodDNS(
            clusterServers: configuration.clusterDNS, clusterDomain: configuration.clusterDomain,
            resolverFile: configuration.resolvConf, nodeAddresses: nodeAddresses)
    }

    private var nodeDescription: NodeDescription {
        NodeDescription(
            name: nodeName, inventory: inventory, resources: resources, addresses: nodeAddresses,
            labels: flags.nodeLabels, taints: configuration.registerWithTaints,
            maxPods: maxPods, kubeletPort: configuration.port,
            kubeletVersion: ProductVersion.kubelet)
    }

    private func makeReporter(
        _ api: any NodeAPI, runtime: CRIRuntimeService, apiPods: APIPodKeeper?
    ) -> NodeReporter {
        let periods = NodeReporter.Periods(
            update: configuration.nodeStatusUpdateFrequency.duration,
            report: configuration.nodeStatusReportFrequency.duration,
            leaseSeconds: configuration.nodeLeaseDurationSeconds)
        return NodeReporter(
            description: nodeDescription, periods: periods, api: api, runtime: runtime, clock: clock, logger: logger,
            onRegistered: { await apiPods?.nodeRegistered(uid: $0) })
    }
}

/// Why the kubelet doesn't start; one line.
struct StartError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
