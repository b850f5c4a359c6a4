package import ContainerLogs
package import ContainerRuntime
import HostSystem
import KubernetesAPI
package import Logging
package import PodLifecycle

/// Rotates the logs of running containers (upstream: `pkg/kubelet/logs/container_log_manager.go`), and keeps the links to
/// all logs.
///
/// Upstream lists all containers and looks at their logs by the clock. Here the kernel tells the first write to a log
/// that was at rest, `LogGrowth` says when to look at it after that, and logs at rest cost nothing.
package actor ContainerLogManager {
    /// The log of a running container.
    private struct Log {
        /// Why a log is looked at.
        enum Occasion: Sendable {
            case beginning, write, time
        }

        let path: String
        var growth: LogGrowth
        /// When to look at it, and why; `nil` while it rests or is rotated.
        var due: (at: Timestamp, occasion: Occasion)?
        /// Tells the next write while it rests.
        var watch: InotifyWatch?
    }

    private let policy: LogRotationPolicy?
    private let monitor: RuntimeMonitor
    private let rotator: ContainerLogRotator
    private let host: ContainerLogHost
    private let clock: any KubeletClock
    private let logger: Logger
    /// Rung when a log is to be looked at, or a job ended.
    private let bell = WakeSignal()
    private var inotify: Inotify?
    private var isWatchingImpossible = false
    private var logs: [ContainerID: Log] = [:]
    private var watched: [InotifyWatch: ContainerID] = [:]
    private var links: ContainerLogLinks
    private var rotations: LogJobs
    private var compressions: LogJobs

    /// - Parameters:
    ///   - policy: `nil` for no rotation.
    ///   - linkDirectory: where the links to logs are.
    package init(
        policy: LogRotationPolicy?, linkDirectory: String, monitor: RuntimeMonitor, runtime: any RuntimeService,
        host: ContainerLogHost, clock: any KubeletClock, logger: Logger
    ) {
        self.policy = policy
        self.monitor = monitor
        self.host = host
        self.clock = clock
        self.logger = logger
        let effective = policy ?? LogRotationPolicy()
        rotator = ContainerLogRotator(policy: effective, runtime: runtime, host: host, clock: clock)
        links = ContainerLogLinks(directory: linkDirectory, logger: logger)
        rotations = LogJobs(limit: effective.maxWorkers)
        compressions = LogJobs(limit: effective.maxWorkers)
    }

    /// Runs until cancelled.
    func run() async {
        let sightings = await monitor.sightings()
        guard let policy else {
            for await sighting in sightings { links.note(sighting) }
            return
        }
        await openInotify()
        await withDiscardingTaskGroup { group in
            group.addTask { for await sighting in sightings { await self.note(sighting, policy) } }
            if let inotify { group.addTask { await self.follow(inotify) } }
            while !Task.isCancelled {
                lookAtDueLogs()
                while let job = rotations.begin() { group.addTask { await self.rotate(job) } }
                while let job = compressions.begin() { group.addTask { await self.compress(job) } }
                await waitUntilDue()
            }
        }
    }

    private func waitUntilDue() async {
        guard let next = logs.values.compactMap({ $0.due?.at }).min() else { return await bell.wait() }
        _ = await bell.wait(until: next, on: clock)
    }

    // MARK: Which logs

    private func note(_ sighting: ContainerSighting, _ policy: LogRotationPolicy) {
        links.note(sighting)
        switch sighting {
        case .gone(let id): forget(id)
        case .found(let container) where container.logPath.isEmpty: break
        case .found(let container) where container.state == .running:
            guard logs[container.id] == nil else { return }
            let now = clock.now()
            logs[container.id] = Log(
                path: container.logPath,
                growth: LogGrowth(limit: policy.maxSize, interval: policy.monitorInterval, now: now),
                due: (now, .beginning))
            // What a kubelet before this one left half done.
            tidy(container.id, container.logPath)
        case .found(let container):
            forget(container.id)
            if container.state == .exited { tidy(container.id, container.logPath) }
        }
    }

    private func forget(_ id: ContainerID) {
        disarm(id)
        logs[id] = nil
    }

    private func tidy(_ id: ContainerID, _ path: String) {
        compressions.add(LogJobs.Job(id: id, path: path))
        bell.ring()
    }

    // MARK: When

    /// Looks at the size of logs whose time has come: one call each that the kernel answers from memory.
    private func lookAtDueLogs() {
        let now = clock.now()
        for (id, log) in logs { if let due = log.due, due.at <= now { look(at: id, log.path, due.occasion, now) } }
    }

    private func look(at id: ContainerID, _ path: String, _ occasion: Log.Occasion, _ now: Timestamp) {
        let size: Int64
        do {
            // A log that somebody removed is begun anew.
            guard let found = try ContainerLogFiles.size(path) else { return take(.rotate, for: id) }
            size = found
        } catch {
            logger.warning("cannot look at a container's log", metadata: metadata(id, path, error))
            return fail(id)
        }
        guard var growth = logs[id]?.growth else { return }
        let step =
            switch occasion {
            case .beginning: growth.begin(size: size, at: now)
            case .write: growth.written(size: size, at: now)
            case .time: growth.looked(size: size, at: now)
            }
        logs[id]?.growth = growth
        take(step, for: id, size: size)
    }

    private func take(_ step: LogGrowth.Step, for id: ContainerID, size: Int64 = 0) {
        logs[id]?.due = nil
        switch step {
        case .look(let moment): logs[id]?.due = (moment, .time)
        case .awaitWrite: arm(id, size: size)
        case .rotate:
            guard let path = logs[id]?.path else { return }
            rotations.add(LogJobs.Job(id: id, path: path))
        }
    }

    private func fail(_ id: ContainerID) {
        guard let step = logs[id]?.growth.failed(at: clock.now()) else { return }
        take(step, for: id)
    }

    // MARK: Writes

    private func openInotify() async {
        do {
            inotify = try await host.openInotify()
        } catch {
            noteThatWatchingFails(error)
        }
    }

    private func follow(_ inotify: Inotify) async {
        do {
            try await inotify.forEachEvent { @Sendable event in await self.handle(event) }
        } catch is CancellationError {
        } catch {
            noteThatWatchingFails(error)
        }
    }

    private func handle(_ event: InotifyEvent) {
        if event.kinds.contains(.overflow) {
            for id in Array(watched.values) { wake(id) }
        } else if let id = watched[event.watch] {
            wake(id)
        }
    }

    private func wake(_ id: ContainerID) {
        disarm(id)
        logs[id]?.due = (clock.now(), .write)
        bell.ring()
    }

    /// Waits for the next write. Nothing suspends in here, so that no event comes before its watch is known.
    private func arm(_ id: ContainerID, size: Int64) {
        guard let inotify, let path = logs[id]?.path else { return fail(id) }
        do {
            let watch = try inotify.watchOnce(
                file: path, for: [.modified, .attributesChanged, .selfMoved, .selfDeleted])
            watched[watch] = id
            logs[id]?.watch = watch
            // What was written since the look is no event.
            if try ContainerLogFiles.size(path) != size { return wake(id) }
            logger.debug("a container's log rests", metadata: metadata(id, path))
        } catch {
            noteThatWatchingFails(error)
            fail(id)
        }
    }

    private func disarm(_ id: ContainerID) {
        guard let watch = logs[id]?.watch else { return }
        logs[id]?.watch = nil
        watched[watch] = nil
        inotify?.end(watch)
    }

    /// Without the kernel's help logs are looked at each interval, as upstream does.
    private func noteThatWatchingFails(_ error: any Error) {
        guard !isWatchingImpossible else { return }
        isWatchingImpossible = true
        logger.warning("container logs are looked at by the clock", metadata: ["error": "\(error)"])
    }

    // MARK: What is done

    private func rotate(_ job: LogJobs.Job) async {
        do {
            try await rotator.rotate(job.path, of: job.id)
            noteRotated(job)
        } catch is CancellationError {
        } catch {
            // That of a container which has ended needs no rotation.
            if logs[job.id] != nil {
                logger.warning("cannot rotate a container's log", metadata: metadata(job.id, job.path, error))
                fail(job.id)
            }
        }
        rotations.end(job)
        bell.ring()
    }

    private func noteRotated(_ job: LogJobs.Job) {
        logger.debug("rotated a container's log", metadata: metadata(job.id, job.path))
        tidy(job.id, job.path)
        // A runtime that did as it was asked has begun a file.
        guard HostFiles.exists(job.path) else { return fail(job.id) }
        guard let step = logs[job.id]?.growth.rotated(at: clock.now()) else { return }
        take(step, for: job.id)
    }

    private func compress(_ job: LogJobs.Job) async {
        do {
            try await rotator.tidy(job.path)
            logger.debug("tidied a container's rotated logs", metadata: metadata(job.id, job.path))
        } catch is CancellationError {
        } catch {
            logger.warning("cannot compress a container's logs", metadata: metadata(job.id, job.path, error))
        }
        compressions.end(job)
        bell.ring()
    }

    private func metadata(_ id: ContainerID, _ path: String, _ error: (any Error)? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["containerID": "\(id)", "path": "\(path)"]
        if let error { metadata["error"] = "\(error)" }
        return metadata
    }
}
