import HostSystem
import NIOPosix
import Testing

@Suite struct InotifyTests {
    /// Runs `change` in a watched directory and returns what is reported up to the event that `isLast` accepts.
    private func events(
        for kinds: InotifyEvent.Kinds, until isLast: @Sendable (InotifyEvent) -> Bool,
        change: @Sendable (_ directory: String) throws -> Void
    ) async throws -> [InotifyEvent] {
        let directory = "/tmp/swiftlet-inotify-\(UInt64.random(in: 0 ... .max))"
        try HostFiles.createDirectory(directory)
        defer { try? HostFiles.removeTree(directory) }
        let queue = try await Inotify.open(on: MultiThreadedEventLoopGroup.singleton)
        let watch = try queue.watch(directory: directory, for: kinds)
        try change(directory)
        var seen: [InotifyEvent] = []
        do {
            try await queue.forEachEvent { event in
                #expect(event.watch == watch || event.kinds.contains(.overflow))
                seen.append(event)
                if isLast(event) { throw Done() }
            }
        } catch is Done {}
        return seen
    }

    private struct Done: Error {}

    @Test func namesOfFilesComeWithWhatHappenedToThem() async throws {
        let seen = try await events(
            for: [.created, .closedAfterWriting, .movedIn, .movedAway, .deleted],
            until: { $0.kinds.contains(.deleted) },
            change: { directory in
                try HostFiles.writeAtomically("x", to: directory + "/pod.yaml")
                try HostFiles.remove(directory + "/pod.yaml")
            })
        let ofPod = seen.filter { $0.name == "pod.yaml" }.map(\.kinds)
        // The writer closes after renaming, and the kernel then tells the new name.
        #expect(ofPod == [.movedIn, .closedAfterWriting, .deleted])
        let away = try #require(seen.first { $0.kinds == .movedAway })
        let into = try #require(seen.first { $0.kinds == .movedIn })
        #expect(away.cookie == into.cookie && into.cookie != 0)
        #expect(seen.contains { $0.kinds == .created && $0.name == away.name })
    }

    @Test func aFileThatIsWatchedOnceTellsOfItsFirstChangeOnly() async throws {
        let path = "/tmp/swiftlet-inotify-\(UInt64.random(in: 0 ... .max))"
        defer { try? HostFiles.remove(path) }
        try HostFiles.write([], to: path, mode: 0o600)
        let queue = try await Inotify.open(on: MultiThreadedEventLoopGroup.singleton)
        let first = try queue.watchOnce(file: path, for: [.modified])
        for _ in 0..<100 { try HostFiles.write([1, 2, 3], to: path, mode: 0o600) }
        let second = try queue.watchOnce(file: path, for: [.selfDeleted])
        try HostFiles.remove(path)
        var seen: [InotifyEvent] = []
        do {
            try await queue.forEachEvent { event in
                seen.append(event)
                if event.watch == second && event.kinds.contains(.watchEnded) { throw Done() }
            }
        } catch is Done {}
        #expect(first != second)
        #expect(seen.filter { $0.watch == first }.map(\.kinds) == [.modified, .watchEnded])
    }

    @Test func theEndOfTheDirectoryIsReported() async throws {
        let seen = try await events(
            for: [.selfDeleted], until: { $0.kinds.contains(.watchEnded) },
            change: { try HostFiles.removeTree($0) })
        #expect(seen.map(\.kinds) == [.selfDeleted, .watchEnded])
    }

    @Test func aBurstBeyondTheKernelsQueueEndsInOneOverflow() async throws {
        let limit = try #require(
            Int(try HostFiles.readText("/proc/sys/fs/inotify/max_queued_events").dropLast()))
        let seen = try await events(
            for: [.movedIn, .movedAway], until: { $0.kinds.contains(.overflow) },
            change: { directory in
                try HostFiles.symbolicLink(directory + "/a", to: "nowhere")
                for _ in 0...(limit / 2) {
                    try HostFiles.rename(directory + "/a", to: directory + "/b")
                    try HostFiles.rename(directory + "/b", to: directory + "/a")
                }
            })
        #expect(seen.count { $0.kinds.contains(.overflow) } == 1)
    }

    @Test func watchingWhatIsNoDirectoryFails() async throws {
        let queue = try await Inotify.open(on: MultiThreadedEventLoopGroup.singleton)
        for path in ["/nowhere/at/all", "/etc/passwd"] {
            #expect(throws: HostSystemError.self) { try queue.watch(directory: path, for: [.created]) }
        }
    }

    @Test func cancellationEndsTheReading() async throws {
        let queue = try await Inotify.open(on: MultiThreadedEventLoopGroup.singleton)
        let reading = Task { try await queue.forEachEvent { _ in } }
        reading.cancel()
        _ = await reading.result
    }
}
