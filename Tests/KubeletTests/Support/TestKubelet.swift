import ContainerLogs
import ContainerRuntime
import HostSystem
import KubernetesAPI
import NIOPosix
import PodLifecycle
import PodSources
import TestSupport

@testable import Kubelet

/// A kubelet of real parts over a fake runtime, a manual clock and a directory of its own.
struct TestKubelet: Sendable {
    let clock: ManualClock
    let runtime: FakeRuntime
    let directory: TemporaryDirectory
    let events = RecordedEvents()
    let log = RecordedLog()
    let requests = RecordedRequests()
    let disk = FakeDisk()
    /// Nobody but the collector of images waits by it.
    let collectorClock = ManualClock()
    /// When images are removed.
    var imagePolicy = ImageCollection.Policy()
    /// How many ended containers are kept.
    var deadContainers = DeadContainers.Policy()
    let probes = RecordedProbes()
    /// `nil` where the kubelet runs standalone.
    let api: FakeNodeAPI?
    let paths: PodPaths
    /// What the node runs short of, as far as a test is about that.
    struct Eviction: Sendable {
        var measurements: any NodeMeasurements
        var settings: EvictionSettings
        var reclaimDisk: @Sendable (PodWorkers) async -> Void
    }

    var eviction: Eviction?
    /// A shutdown of the machine that waits for pods, as far as a test is about that.
    struct Shutdown: Sendable {
        var plan: ShutdownPlan
        var notices: any ShutdownNotices
    }

    var shutdown: Shutdown?
    var dns = PodDNS(clusterServers: [], clusterDomain: "", resolverFile: "")
    /// `nil` leaves the logs alone, which most tests have none of.
    var logRotation: LogRotationPolicy?
    let statuses = PodStatuses(hostAddresses: ["192.0.2.10"], runtimeName: "containerd")
    private let wanted = AsyncStream<PodSourceUpdate>.makeStream()

    /// - Parameters:
    ///   - directory: that of a kubelet before, when it is started again.
    init(
        images: [String] = ["busybox:latest"], clock: ManualClock = ManualClock(), runtime: FakeRuntime? = nil,
        directory: TemporaryDirectory? = nil, api: FakeNodeAPI? = nil
    ) throws {
        self.clock = clock
        self.api = api
        self.runtime = runtime ?? FakeRuntime(images: images) { clock.now() }
        self.directory = try directory ?? TemporaryDirectory()
        paths = PodPaths(root: self.directory.path + "/root", logs: self.directory.path + "/logs")
        try HostFiles.createDirectory(self.directory.path + "/cgroup")
    }

    /// Another kubelet on the same node.
    func startedAgain() throws -> TestKubelet {
        try TestKubelet(clock: clock, runtime: runtime, directory: directory, api: api)
    }

    /// Runs the kubelet until the body ends; containers stay as they are then.
    func run(_ body: @Sendable () async throws -> Void) async throws {
        let parts = parts
        let agent = NodeAgent(parts, sources: api == nil ? [.file] : [.file, .api])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await agent.run(updates: wanted.stream) }
            if let apiPods = parts.apiPods {
                await apiPods.nodeRegistered(uid: "node-uid")
                group.addTask { for await update in apiPods.assignments { wanted.continuation.yield(update) } }
            }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Makes these the manifests of the node.
    /// - Parameters:
    ///   - restartRequests: how often the manifests were taken away and put back.
    ///   - problems: what is wrong with them.
    func want(_ pods: Pod..., restartRequests: Int = 0, problems: [ManifestProblem] = []) {
        let desired = pods.map { pod in
            DesiredPod(
                pod: pod, hash: PodHash(pod.metadata.annotations[ConfigAnnotations.hash] ?? ""), origin: Self.origin,
                restartRequests: restartRequests)
        }
        wanted.continuation.yield(PodSourceUpdate(source: .file, pods: desired, problems: problems, complete: true))
    }

    func want(_ update: PodSourceUpdate) { wanted.continuation.yield(update) }

    static let origin = "/manifests/web.yaml"

    private var parts: NodeAgent.Parts {
        let logger = log.logger
        let monitor = RuntimeMonitor(runtime: runtime, events: runtime, clock: clock, logger: logger)
        let images = ImagePuller(images: runtime, clock: clock, events: events, parallelPulls: nil)
        let volumes = PodVolumes(paths: paths, mounts: FakeMountTable(), node: node, clock: clock)
        let checkpoints = PodCheckpoints(directory: paths.checkpoints, logger: logger)
        let actuator = PodActuator(
            runtime: runtime, monitor: monitor, images: images, volumes: volumes, translation: translation,
            hooks: LifecycleHooks(runtime: runtime, requests: requests, events: events, clock: clock), events: events,
            logger: logger, starts: Turns(limit: nil))
        var collaborators = PodWorkers.Collaborators(
            monitor: monitor, actuator: actuator, images: images, checkpoints: checkpoints,
            admission: PodAdmission(NodeRoom(maxPods: 110, allocatable: ["cpu": 4000, "memory": 8 << 30])),
            statuses: statuses, prober: Prober(runtime: runtime, requests: probes, events: events), clock: clock,
            logger: logger)
        collaborators.deadContainers = deadContainers
        let workers = PodWorkers(collaborators)
        var parts = NodeAgent.Parts(
            collaborators, workers: workers,
            events: EventRecorder(nodeName: "node", api: nil, clock: clock, logger: logger),
            upkeep: upkeep(collaborators, workers, volumes), nodeName: "node")
        parts.apiPods = apiPods
        return parts
    }

    private func upkeep(
        _ pods: PodWorkers.Collaborators, _ workers: PodWorkers, _ volumes: PodVolumes
    ) -> NodeAgent.Upkeep {
        let logger = log.logger
        var upkeep = NodeAgent.Upkeep(
            housekeeping: Housekeeping(
                monitor: pods.monitor, workers: workers, volumes: volumes, cgroups: translation.cgroups, clock: clock,
                logger: logger),
            relief: HeapRelief(clock: clock) {}, logs: logs(pods.monitor))
        let disk = disk
        upkeep.imageCollector = ImageCollector(
            imagePolicy, nodeName: "node", pulls: pods.images.pulls,
            ImageCollector.Collaborators(
                images: runtime, fileSystem: ImageFileSystem(runtime) { try disk.space(of: $0) }, runtime: runtime,
                monitor: pods.monitor, workers: workers, events: events, clock: collectorClock, logger: logger))
        upkeep.eviction = eviction.map { eviction in
            EvictionManager(
                EvictionManager.Parts(
                    measurements: eviction.measurements, workers: workers, statuses: statuses, events: events,
                    nodeName: "node", clock: clock, logger: logger),
                settings: eviction.settings,
                reclaimDisk: { await eviction.reclaimDisk(workers) },
                onPressures: { workers.note($0) })
        }
        upkeep.shutdown = shutdown.map { shutdown in
            NodeShutdownManager(
                NodeShutdownManager.Parts(
                    workers: workers, statuses: statuses, events: events, nodeName: "node", logger: logger),
                plan: shutdown.plan, notices: shutdown.notices, onShutdown: { workers.note(isShuttingDown: $0) })
        }
        upkeep.cgroups = cgroups
        return upkeep
    }

    private var cgroups: NodeCgroups? {
        guard let resources = try? NodeResources(HostInventory()) else { return nil }
        return NodeCgroups(
            translation.cgroups, resources: resources, enforcement: NodeCgroups.Enforcement(), pageSizes: [],
            clock: clock, logger: log.logger)
    }

    private var apiPods: APIPodKeeper? {
        api.map { APIPodKeeper(api: $0, nodeName: "node", statuses: statuses, clock: clock, logger: log.logger) }
    }

    private func logs(_ monitor: RuntimeMonitor) -> ContainerLogManager {
        ContainerLogManager(
            policy: logRotation, linkDirectory: paths.logLinks, monitor: monitor, runtime: runtime,
            host: ContainerLogHost(group: MultiThreadedEventLoopGroup.singleton, threads: .singleton), clock: clock,
            logger: log.logger)
    }

    private var node: NodeFacts {
        NodeFacts(
            name: "node", addresses: ["192.0.2.10"], memoryCapacity: 8 << 30,
            allocatable: ["cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi"])
    }

    private var translation: PodTranslation {
        PodTranslation(
            node: node, paths: paths, dns: dns,
            cgroups: PodCgroups(root: "", mountPoint: directory.path + "/cgroup"), seccompDefault: false,
            runtimeClasses: RuntimeClasses(api))
    }

    // MARK: Waiting

    /// Returns once the statuses meet the condition.
    func waitForStatuses(_ condition: @Sendable ([Pod]) -> Bool) async throws {
        while !condition(statuses.pods()) {
            try Task.checkCancellation()
            await statuses.bell.wait()
        }
    }

    func waitForPhase(_ phase: PodPhase) async throws {
        try await waitForStatuses { $0.first?.status.phase == phase }
    }

    /// Returns once the container waits for this reason, with the message.
    @discardableResult
    func waitForReason(_ reason: String, in container: String = "web") async throws -> String {
        try await waitForStatuses { $0.waiting(container)?.reason == reason }
        return statuses.pods().waiting(container)?.message ?? ""
    }

    func waitForRun(of container: String = "web", attempt: UInt32) async throws {
        try await runtime.wait { state in
            let found = state.container(named: container)
            return found?.state == .running && found?.attempt == attempt
        }
    }
}

extension [Pod] {
    fileprivate func waiting(_ container: String) -> ContainerStateWaiting? {
        first?.status.containerStatuses.first { $0.name == container }?.state.waiting
    }
}
