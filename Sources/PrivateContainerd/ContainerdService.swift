internal import HostSystem
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// A containerd of our own: configured, started, and started again when it dies.
///
/// Its containers belong to shims that outlive it: they run on when it is restarted and when the server stops.
package final class ContainerdService: Service {
    /// Pauses before containerd is started again; the first one again after it has run for as long as the longest.
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)

    package let directory: ContainerdDirectory
    private let group: any EventLoopGroup
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let gate = StartGate()

    package init(
        _ directory: ContainerdDirectory, eventLoopGroup: any EventLoopGroup, clock: any Clock<Duration>, logger: Logger
    ) {
        self.directory = directory
        group = eventLoopGroup
        self.clock = clock
        self.logger = logger
    }

    /// Returns when containerd has answered for the first time; needs `run()` beside it.
    ///
    /// Throws why it can't be started, `PrivateContainerdError` with code `ended` when the service ends before that,
    /// or `CancellationError`.
    package func waitUntilReady() async throws { try await gate.pass() }

    /// Runs containerd until graceful shutdown or cancellation, which end it and leave its containers running.
    ///
    /// Throws `PrivateContainerdError` or `HostSystemError` when it can't be started at all.
    package func run() async throws {
        do {
            let programs = try InstalledPrograms.find(path: ChildProcess.inheritedEnvironment["PATH"])
            try writeConfiguration(for: programs)
            try await endPredecessor()
            try await keepRunning(programs)
            gate.shut(PrivateContainerdError(.ended, "containerd was stopped before it answered"))
        } catch {
            gate.shut(error)
            throw error
        }
    }

    private func writeConfiguration(for programs: InstalledPrograms) throws {
        let lacksCapability = ContainerdConfiguration.lacksSystemResource(
            processStatus: try HostFiles.readText("/proc/self/status"))
        if lacksCapability {
            logger.notice("no CAP_SYS_RESOURCE: containers keep containerd's OOM score (restrict_oom_score_adj)")
        }
        let network = try PodNetwork.kept(in: directory)
        try ContainerdConfiguration(
            directory: directory.path, network: network, networkPlugins: programs.networkPlugins,
            restrictsOOMScore: lacksCapability
        ).write(to: directory)
        logger.debug("containerd configured", metadata: ["bridge": "\(network.name)", "subnet": "\(network.subnet)"])
    }

    /// Ends the containerd that a server which was killed has left behind: this one's configuration may differ.
    private func endPredecessor() async throws {
        guard let process = try directory.runningContainerd() else { return }
        logger.info("replacing the containerd of an earlier server", metadata: ["pid": "\(process.processID)"])
        try process.terminate(killingAfter: ContainerdDirectory.gracePeriod, on: group.next())
        try await process.waitUntilEnded(on: group)
    }

    private func keepRunning(_ programs: InstalledPrograms) async throws {
        var pause = Self.firstPause
        while !isStopping {
            var status: ChildProcess.ExitStatus?
            let lifetime = try await clock.measure { status = try await runOnce(programs) }
            if isStopping { break }
            if lifetime >= Self.longestPause { pause = Self.firstPause }
            logger.error(
                "containerd ended, starting it again",
                metadata: [
                    "status": "\(status.map(\.description) ?? "")", "after": "\(pause)", "log": "\(directory.log)",
                ])
            // Being woken by a shutdown is no error; the loop's condition sees it.
            try? await cancelWhenGracefulShutdown { [clock, pause] in try await clock.sleep(for: pause) }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private var isStopping: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    /// Starts containerd and returns how it ended.
    private func runOnce(_ programs: InstalledPrograms) async throws -> ChildProcess.ExitStatus {
        try directory.rotateLog()
        // From before the start, so that nothing is missed.
        let changes = try await Inotify.open(on: group)
        _ = try changes.watch(directory: directory.path, for: [.created, .attributesChanged])
        let child = try ChildProcess.spawn(command(programs), on: group)
        logger.info("containerd started", metadata: ["pid": "\(child.processID)", "log": "\(directory.log)"])
        return try await withThrowingTaskGroup(of: ChildProcess.ExitStatus?.self) { tasks in
            tasks.addTask {
                try await self.waitForAnswer(changes)
                return nil
            }
            tasks.addTask { try await self.waitForEnd(of: child) }
            for try await case let status? in tasks {
                tasks.cancelAll()
                return status
            }
            // Not reached: the second task returns a status, or throws.
            throw CancellationError()
        }
    }

    private func command(_ programs: InstalledPrograms) -> ChildProcess.Configuration {
        var environment = ChildProcess.inheritedEnvironment
        environment["PATH"] = programs.searchPath
        // What systemd gave to the server is for the server alone.
        for name in ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID"] {
            environment[name] = nil
        }
        return ChildProcess.Configuration(
            executable: programs.containerd, arguments: directory.arguments, environment: environment,
            standardOutput: .appended(path: directory.log), standardError: .appended(path: directory.log))
    }

    /// Opens the gate when a connection to the socket succeeds. containerd sets the socket's mode and owner after it
    /// has begun to listen, so some change of the directory always comes after that.
    private func waitForAnswer(_ changes: Inotify) async throws {
        do {
            try await changes.forEachEvent { change in
                guard change.name == ContainerdDirectory.socketName,
                    let connection = try? await ClientBootstrap(group: group)
                        .connect(unixDomainSocketPath: directory.socket).get()
                else { return }
                try? await connection.close()
                throw Answered()
            }
        } catch is Answered {
            logger.info("containerd answers", metadata: ["socket": "\(directory.socket)"])
            gate.open()
        }
    }

    private struct Answered: Error {}

    /// Waits until containerd has ended, which shutdown and cancellation ask it to.
    private func waitForEnd(of child: ChildProcess) async throws -> ChildProcess.ExitStatus {
        try HostFiles.writeAtomically("\(child.processID)\n", to: directory.processID, mode: 0o644)
        defer { try? HostFiles.remove(directory.processID) }
        return try await withTaskCancellationOrGracefulShutdownHandler {
            try await child.wait()
        } onCancelOrGracefulShutdown: { [group, logger] in
            do {
                try child.handle.terminate(killingAfter: ContainerdDirectory.gracePeriod, on: group.next())
            } catch {
                logger.error("containerd can't be ended", metadata: ["error": "\(error)"])
            }
        }
    }
}
