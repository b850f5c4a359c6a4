import HostSystem
package import KubernetesAPI
package import Logging
package import NIOCore
package import NIOPosix

/// Static pods from the manifests of a directory, or from one file.
///
/// Changes arrive through inotify; every `scanInterval` everything is compared with what is known, for changes that
/// inotify can't tell. A file that is new or changed counts at once, one that is gone after the debounce.
package struct DirectorySource<C: Clock>: Sendable where C.Duration == Duration {
    package struct Options: Sendable {
        /// A directory or a file; neither needs to exist yet.
        package var path: String
        /// `fileCheckFrequency`.
        package var scanInterval: Duration
        /// How long a file may be gone before its pods are.
        package var debounce: Duration

        package init(path: String, scanInterval: Duration = .seconds(20), debounce: Duration = .milliseconds(500)) {
            // The name of the directory must be the last part: its parent is watched for it.
            self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            self.scanInterval = scanInterval
            self.debounce = debounce
        }
    }

    /// All that the directory wants, after each change. A reader that is slow gets the newest only.
    package let updates: AsyncStream<PodSourceUpdate>

    private let continuation: AsyncStream<PodSourceUpdate>.Continuation
    private let options: Options
    private let reader: ManifestReader
    private let lastAccepted: [DesiredPod]
    private let host: SourceHost
    private let clock: C

    /// - Parameter lastAccepted: what ran before this process started; it is kept while its manifests are invalid or
    ///   can't be read.
    package init(
        options: Options, reader: ManifestReader, lastAccepted: [DesiredPod] = [], host: SourceHost, clock: C
    ) {
        self.options = options
        self.reader = reader
        self.lastAccepted = lastAccepted
        self.host = host
        self.clock = clock
        (updates, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows the directory until the task is cancelled, then ends `updates`. To be called once.
    package func run() async throws {
        defer { continuation.finish() }
        let inbox = SourceInbox()
        let (deadlines, deadline) = AsyncStream.makeStream(of: C.Instant.self, bufferingPolicy: .bufferingNewest(1))
        let inotify = await openInotify()
        try await withThrowingTaskGroup { group in
            if let inotify {
                group.addTask { try await inotify.forEachEvent { inbox.add($0) } }
            }
            group.addTask {
                while true {
                    try await clock.sleep(until: clock.now.advanced(by: options.scanInterval), tolerance: nil)
                    inbox.requestScan()
                }
            }
            group.addTask {
                // Each deadline lies behind the one before it: they can be waited for one after another.
                for await instant in deadlines {
                    try await clock.sleep(until: instant, tolerance: nil)
                    inbox.wake()
                }
            }
            group.addTask {
                try await follow(inbox, DirectoryWatch(path: options.path, inotify: inotify), deadline)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func openInotify() async -> Inotify? {
        do {
            return try await Inotify.open(on: host.group)
        } catch {
            host.logger.warning(
                "Changes of manifests are noticed by the periodic scan only",
                metadata: ["path": "\(options.path)", "error": "\(error)"])
            return nil
        }
    }

    private func follow(
        _ inbox: SourceInbox, _ watch: DirectoryWatch, _ deadline: AsyncStream<C.Instant>.Continuation
    ) async throws {
        let start = clock.now
        var state = DirectoryState(
            path: options.path, debounce: options.debounce, lastAccepted: lastAccepted, watch: watch)
        inbox.requestScan()
        for await _ in inbox.wakeups {
            let contents = inbox.take()
            var look = state.note(contents.events, at: start.duration(to: clock.now))
            if contents.wantsScan { look.addScan() }
            let request = look
            let (reader, watch) = (DirectoryReader(path: options.path, reader: reader), state.watch)
            let known = request.isForAll ? state.known : [:]
            // Watching comes first, so that what changes while files are read is told.
            let (newWatch, observation) = try await host.threads.runIfActive { [now = host.now] in
                var watch = watch
                if request.rearms { watch.rearm() }
                return (watch, reader.carryOut(request, known: known, seen: now()))
            }
            state.watch = newWatch
            state.apply(observation, at: start.duration(to: clock.now))
            if let update = state.update() { continuation.yield(update) }
            if let next = state.nextDeadline { deadline.yield(start.advanced(by: next)) }
        }
    }
}

/// What the sources need of the process they run in.
package struct SourceHost: Sendable {
    package var group: any EventLoopGroup
    /// For calls that block.
    package var threads: NIOThreadPool
    package var logger: Logger
    /// The wall clock.
    package var now: @Sendable () -> Timestamp

    package init(
        group: any EventLoopGroup, threads: NIOThreadPool, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.group = group
        self.threads = threads
        self.logger = logger
        self.now = now
    }
}
