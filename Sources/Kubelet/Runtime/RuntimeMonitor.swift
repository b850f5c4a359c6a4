package import ContainerRuntime
package import KubernetesAPI
package import Logging
package import PodLifecycle
import Synchronization

/// What the monitor read of a container.
enum ContainerSighting: Sendable, Hashable {
    case found(RuntimeContainer)
    /// The runtime has nothing of that ID, which may have been a sandbox's.
    case gone(ContainerID)
}

/// Knows what the runtime has of every pod, and tells when it changes: the kubelet's pod lifecycle event generator.
///
/// It follows the runtime's events and reads only the containers that an event names. A full list is made at the
/// start, whenever the events may have a gap, each second while they are lost, and seldom otherwise.
package actor RuntimeMonitor {
    private let runtime: any RuntimeService
    private let events: any RuntimeEvents
    private let clock: any KubeletClock
    private let logger: Logger
    private let relistPeriod: Duration
    /// The pods whose sandboxes or containers changed. Not bounded, for its one reader only rings a bell for each.
    package nonisolated let changes: AsyncStream<PodUID>
    private let changesInput: AsyncStream<PodUID>.Continuation
    /// What the runtime offers, told when it is back: it may be another version.
    nonisolated let features: AsyncStream<RuntimeFeatures>
    private let featuresInput: AsyncStream<RuntimeFeatures>.Continuation
    /// What it offered when it was last asked.
    private let known = Mutex(RuntimeFeatures())
    /// Rung when the runtime was away and is back.
    nonisolated let returns = WakeSignal()

    private var pods: [PodUID: PodRecord] = [:]
    /// Which pod a sandbox or container belongs to.
    private var owners: [String: PodUID] = [:]
    /// Who wants to know each container as it was read.
    private var sightingsInput: AsyncStream<ContainerSighting>.Continuation?
    /// Whether the runtime's events reach the kubelet.
    package private(set) var isConnected = false
    /// Whether it may be another runtime by now.
    private var wasAway = false

    /// - Parameter relistPeriod: how often everything is listed while the events flow, as a safety net.
    package init(
        runtime: any RuntimeService, events: any RuntimeEvents, clock: any KubeletClock, logger: Logger,
        relistPeriod: Duration = .seconds(300)
    ) {
        self.runtime = runtime
        self.events = events
        self.clock = clock
        self.logger = logger
        self.relistPeriod = relistPeriod
        (changes, changesInput) = AsyncStream.makeStream(of: PodUID.self)
        (features, featuresInput) = AsyncStream.makeStream(
            of: RuntimeFeatures.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows the runtime until cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followEvents() }
            group.addTask { await self.relistNowAndThen() }
        }
    }

    /// The pods that the runtime has anything of.
    package var knownPods: Set<PodUID> { Set(pods.keys) }

    /// What the images of all containers may be called, as far as they have been read.
    var imageReferences: Set<String> { Set(pods.values.flatMap(\.imageReferences)) }

    /// The logs of containers that haven't ended, as far as they have been read.
    var liveLogs: Set<String> { Set(pods.values.flatMap(\.liveLogs)) }

    /// How many containers of all pods have ended, as far as they have been read.
    var deadContainers: DeadContainers.Census {
        let dead = pods.values.map(\.deadContainers)
        return DeadContainers.Census(units: dead.reduce(0) { $0 + $1.units }, all: dead.reduce(0) { $0 + $1.all })
    }

    /// What the runtime has of a pod, read anew as far as it changed.
    package func state(of uid: PodUID) async throws -> PodRuntimeState {
        let stale = pods[uid]?.takeStale() ?? []
        var unread = stale
        do {
            for id in stale.sorted() {
                try await refresh(id, of: uid)
                unread.remove(id)
            }
        } catch {
            pods[uid]?.markStale(unread)
            throw error
        }
        return pods[uid]?.state(uid) ?? PodRuntimeState(uid: uid, name: "", namespace: "")
    }

    /// Claims a sandbox just made, so that its events find its pod.
    package func noteCreated(_ sandbox: SandboxID, of uid: PodUID) {
        owners[sandbox.rawValue] = uid
        pods[uid, default: PodRecord()].add(sandbox: sandbox)
    }

    /// Claims a container just made, so that its events find its pod.
    package func noteCreated(_ container: ContainerID, in sandbox: SandboxID, of uid: PodUID) {
        owners[container.rawValue] = uid
        pods[uid, default: PodRecord()].add(container: container, in: sandbox)
    }

    /// Has a sandbox or container read anew the next time: the kubelet itself changed it.
    package func noteChanged(_ id: String) {
        if let uid = owners[id] { pods[uid]?.markStale([id]) }
    }

    /// Every container as it is read from now on, and those that are known already. For one reader at a time.
    ///
    /// Not bounded: the reader takes note of each, and asks nobody.
    func sightings() -> AsyncStream<ContainerSighting> {
        let (stream, input) = AsyncStream.makeStream(of: ContainerSighting.self)
        sightingsInput?.finish()
        sightingsInput = input
        for (uid, record) in pods { for container in record.state(uid).containers { input.yield(.found(container)) } }
        return stream
    }

    /// Asks the runtime what it offers.
    func readFeatures() async throws -> RuntimeFeatures {
        let read = RuntimeFeatures(try await runtime.version(), try await runtime.status())
        known.withLock { $0 = read }
        return read
    }

    /// What the runtime offered when it was last asked.
    nonisolated var knownFeatures: RuntimeFeatures { known.withLock(\.self) }

    /// Lists everything, and reports the pods that are not as they were known.
    package func relist() async throws {
        let sandboxes = try await runtime.listPodSandboxes(.all)
        let containers = try await runtime.listContainers(.all)
        var seen: Set<String> = []
        var changed: Set<PodUID> = []
        for sandbox in sandboxes {
            guard let uid = owner(of: sandbox.labels) else { continue }
            seen.insert(sandbox.id.rawValue)
            owners[sandbox.id.rawValue] = uid
            if pods[uid, default: PodRecord()].merge(listed: sandbox) { changed.insert(uid) }
        }
        for container in containers {
            guard let uid = owner(of: container.labels) else { continue }
            seen.insert(container.id.rawValue)
            owners[container.id.rawValue] = uid
            if pods[uid, default: PodRecord()].merge(listed: container) { changed.insert(uid) }
        }
        for (id, uid) in owners where !seen.contains(id) {
            // It may have been made after the list was taken: reading it tells.
            pods[uid]?.markStale([id])
            changed.insert(uid)
        }
        for uid in changed { changesInput.yield(uid) }
    }

    private func owner(of labels: [String: String]) -> PodUID? {
        labels[RuntimeLabels.podUID].map { PodUID($0) }
    }

    private func followEvents() async {
        for await event in events.events() {
            switch event {
            case .changed(let id, _):
                guard let uid = owners[id] else { continue }
                pods[uid]?.markStale([id])
                changesInput.yield(uid)
            case .disconnected:
                if isConnected { logger.warning("runtime events are lost, listing each second") }
                isConnected = false
                wasAway = true
            case .resynchronize:
                isConnected = true
                await relistLoggingFailure()
                if wasAway, let features = try? await readFeatures() {
                    wasAway = false
                    featuresInput.yield(features)
                }
                returns.ring()
            }
        }
    }

    private func relistNowAndThen() async {
        while !Task.isCancelled {
            do {
                try await clock.sleep(for: isConnected ? relistPeriod : .seconds(1))
            } catch {
                return
            }
            await relistLoggingFailure()
        }
    }

    private func relistLoggingFailure() async {
        do {
            try await relist()
        } catch is CancellationError {
        } catch {
            logger.warning("cannot list the runtime's pods", metadata: ["error": "\(error)"])
        }
    }

    /// Reads one sandbox or container, and forgets it when it is gone.
    private func refresh(_ id: String, of uid: PodUID) async throws {
        do {
            if pods[uid]?.isSandbox(id) == true {
                let sandbox = try await runtime.podSandboxStatus(SandboxID(id))
                pods[uid]?.update(sandbox)
            } else {
                let container = try await runtime.containerStatus(ContainerID(id))
                pods[uid]?.update(container)
                sightingsInput?.yield(.found(container))
            }
        } catch let error as ContainerRuntimeError where error.code == .notFound {
            owners[id] = nil
            sightingsInput?.yield(.gone(ContainerID(id)))
            pods[uid]?.forget(id)
            if pods[uid]?.isEmpty == true { pods[uid] = nil }
        }
    }
}
