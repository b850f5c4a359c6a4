import ContainerLogs
import ContainerRuntime
import Glibc
import HostSystem
import KubernetesAPI
import NIOPosix
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// A manager with a runtime in memory, a clock that stands still, and real files.
private struct LogFixture: Sendable {
    let clock = ManualClock()
    let runtime: FakeRuntime
    let log = RecordedLog()
    let directory: TemporaryDirectory
    let monitor: RuntimeMonitor
    let manager: ContainerLogManager
    let uid = PodUID("uid-1")

    var path: String { directory.path + "/web/0.log" }

    init(_ policy: LogRotationPolicy? = LogRotationPolicy(maxSize: 1000, maxFiles: 3)) async throws {
        let clock = clock
        runtime = FakeRuntime(images: ["busybox"]) { clock.now() }
        directory = try TemporaryDirectory()
        monitor = RuntimeMonitor(runtime: runtime, events: runtime, clock: clock, logger: log.logger)
        manager = ContainerLogManager(
            policy: policy, linkDirectory: directory.path + "/containers", monitor: monitor, runtime: runtime,
            host: ContainerLogHost(group: MultiThreadedEventLoopGroup.singleton, threads: .singleton), clock: clock,
            logger: log.logger)
        try HostFiles.createDirectory(directory.path + "/web")
        let labels = [RuntimeLabels.podUID: uid.rawValue]
        let sandbox = SandboxConfiguration(
            metadata: SandboxMetadata(name: "web", uid: uid.rawValue, namespace: "default"),
            logDirectory: directory.path, labels: labels)
        let sandboxID = try await runtime.runPodSandbox(sandbox)
        var web = ContainerConfiguration(
            name: "web", attempt: 0, image: ImageReference("busybox"), logPath: "web/0.log")
        web.labels = labels
        let id = try await runtime.createContainer(web, in: sandboxID, sandboxConfiguration: sandbox)
        try await runtime.startContainer(id)
        try write(0)
    }

    /// Runs the manager while the body does. The container is known from the beginning.
    func run(_ body: @Sendable () async throws -> Void) async throws {
        try await see()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await manager.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Has the monitor read what is new of the container.
    func see() async throws {
        try await monitor.relist()
        _ = try await monitor.state(of: uid)
    }

    /// Appends bytes to a file.
    func write(_ count: Int, to name: String = "0.log") throws {
        let file = fopen("\(directory.path)/web/\(name)", "a")
        try #require(file != nil)
        for _ in 0..<count { fputc(Int32(UInt8(ascii: "x")), file) }
        fclose(file)
    }

    var names: [String] { get throws { try HostFiles.list(directory.path + "/web") } }

    func size(_ name: String = "0.log") throws -> Int64? {
        try HostFiles.attributes("\(directory.path)/web/\(name)")?.size
    }

    /// Lets time pass when somebody waits for just that.
    func pass(_ duration: Duration) async throws {
        try await clock.waitForSleep(of: duration)
        clock.advance(by: duration)
    }

    private func waitForMessage(_ message: String, times: Int) async throws {
        try await log.wait { $0.count { $0.message == message } >= times }
    }

    func waitForRest(times: Int = 1) async throws {
        try await waitForMessage("a container's log rests", times: times)
    }

    func waitForRotation(times: Int = 1) async throws {
        try await waitForMessage("rotated a container's log", times: times)
    }

    /// A log is tidied when it is first seen, after each rotation, and when its container has ended.
    func waitForTidying(times: Int) async throws {
        try await waitForMessage("tidied a container's rotated logs", times: times)
    }
}

@Suite(.timeLimit(.minutes(3))) struct ContainerLogManagerTests {
    @Test func aGrowingLogIsRotatedAgainAndAgainAndItsFilesStayFew() async throws {
        let fixture = try await LogFixture()
        try fixture.write(1200)
        try await fixture.run {
            try await fixture.waitForTidying(times: 2)
            #expect(try fixture.names == ["0.log", "0.log.20261124-000000"])
            try fixture.write(1100)
            try await fixture.pass(.seconds(1))
            try await fixture.waitForTidying(times: 3)
            #expect(try fixture.names == ["0.log", "0.log.20261124-000000.gz", "0.log.20261124-000001"])
            try fixture.write(1300)
            try await fixture.pass(.seconds(1))
            try await fixture.waitForTidying(times: 4)
            #expect(try fixture.names == ["0.log", "0.log.20261124-000001.gz", "0.log.20261124-000002"])
            #expect(try fixture.size() == 0)
            #expect(try fixture.size("0.log.20261124-000002") == 1300)
        }
        #expect(fixture.runtime.state.count(of: .reopenContainerLog) == 3)
        #expect(fixture.log.problems == [])
    }

    @Test func aLogAtRestIsWokenByItsFirstWriteAndLooksNoMoreOftenThanItHasTo() async throws {
        let fixture = try await LogFixture()
        try await fixture.run {
            try await fixture.waitForRest()
            #expect(fixture.clock.sleepers == [])
            fixture.clock.advance(by: .seconds(3600))
            for _ in 0..<10 { try fixture.write(10) }
            // One look for ten writes, and the next one when the log has shown how fast it grows.
            try await fixture.clock.waitForSleep(of: .seconds(1))
            try fixture.write(100)
            fixture.clock.advance(by: .seconds(1))
            try await fixture.clock.wait { $0.count == 1 }
            #expect(try fixture.names == ["0.log"])
            try fixture.write(1000)
            fixture.clock.advance(by: .seconds(10))
            try await fixture.waitForRotation()
        }
    }

    @Test func aLogThatIsNotOpenedAnewGetsItsNameBack() async throws {
        let fixture = try await LogFixture()
        try fixture.write(1200)
        fixture.runtime.fail(.reopenContainerLog)
        try await fixture.run {
            try await fixture.clock.waitForSleep(of: .seconds(10))
            #expect(try fixture.names == ["0.log"])
            #expect(try fixture.size() == 1200)
            #expect(fixture.log.problems.map(\.message) == ["cannot rotate a container's log"])
            fixture.clock.advance(by: .seconds(10))
            try await fixture.waitForRotation()
            #expect(try fixture.names == ["0.log", "0.log.20261124-000010"])
        }
    }

    @Test func aRotationThatIsCutShortLeavesTheLogAsItWas() async throws {
        let fixture = try await LogFixture()
        try fixture.write(1200)
        fixture.runtime.hold(.reopenContainerLog)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await fixture.see()
            group.addTask { await fixture.manager.run() }
            try await fixture.runtime.wait { $0.count(of: .reopenContainerLog) == 1 }
            #expect(try fixture.names == ["0.log.20261124-000000"])
            group.cancelAll()
        }
        #expect(try fixture.names == ["0.log"])
        #expect(try fixture.size() == 1200)
    }

    @Test func aKubeletTidiesWhatTheOneBeforeItLeft() async throws {
        let fixture = try await LogFixture()
        for name in ["20261124-000001", "20261124-000001.gz", "20261124-000002", "20261124-000002.tmp"] {
            try fixture.write(10, to: "0.log." + name)
        }
        // Renamed, and not opened anew yet.
        try HostFiles.remove(fixture.path)
        try await fixture.run {
            try await fixture.waitForRotation()
            try await fixture.waitForTidying(times: 2)
            #expect(try fixture.names == ["0.log", "0.log.20261124-000001.gz", "0.log.20261124-000002"])
        }
        #expect(fixture.log.problems == [])
    }

    @Test func aLogThatSomebodyRemovesIsBegunAnew() async throws {
        let fixture = try await LogFixture()
        try await fixture.run {
            try await fixture.waitForRest()
            try HostFiles.remove(fixture.path)
            try await fixture.waitForRotation()
            #expect(try fixture.names == ["0.log"])
        }
    }

    @Test func theLogOfAContainerThatEndedIsTidiedOnceMoreAndLeftAlone() async throws {
        let fixture = try await LogFixture()
        try await fixture.run {
            try await fixture.waitForRest()
            try await fixture.waitForTidying(times: 1)
            for name in ["20261124-000001", "20261124-000002"] { try fixture.write(10, to: "0.log." + name) }
            fixture.runtime.exit("web", code: 0)
            try await fixture.see()
            try await fixture.waitForTidying(times: 2)
            try fixture.write(5000)
            #expect(try fixture.names == ["0.log", "0.log.20261124-000001.gz", "0.log.20261124-000002"])
            #expect(fixture.clock.sleepers == [])
        }
        #expect(fixture.runtime.state.count(of: .reopenContainerLog) == 0)
    }

    @Test func withoutAPolicyNothingIsRotated() async throws {
        let fixture = try await LogFixture(nil)
        try fixture.write(5000)
        try await fixture.run {
            while !HostFiles.exists(fixture.directory.path + "/containers") {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try fixture.names == ["0.log"])
            #expect(fixture.clock.sleepers == [], "nobody looks at it later")
        }
    }

    @Test func rotatedFilesGoWithTheContainerTheyBelongTo() async throws {
        let kubelet = try TestKubelet()
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForRun(attempt: 0)
            let first = try #require(kubelet.runtime.state.container(named: "web")).logPath
            func files() throws -> [String] {
                try HostFiles.list(HostFiles.parent(of: first)).filter { $0.hasPrefix("0.log") }
            }
            for name in ["", ".20261124-000001.gz", ".20261124-000002"] {
                try HostFiles.write([], to: first + name, mode: 0o640)
            }
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.waitForRun(attempt: 1)
            // That of the last one that ended is kept, for `kubectl logs --previous`.
            #expect(try files().count == 3)
            kubelet.runtime.exit("web", code: 1)
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.runtime.wait { $0.containers.values.map(\.attempt).sorted() == [1, 2] }
            // The files go right after the container.
            while try !files().isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }
}

@Suite struct LogJobsTests {
    private let jobs = (1...3).map { LogJobs.Job(id: ContainerID("\($0)"), path: "/log/\($0)") }

    @Test func asManyJobsAsTheLimitSaysRunAtATime() {
        var queue = LogJobs(limit: 2)
        for job in jobs { queue.add(job) }
        #expect(queue.begin() == jobs[0])
        #expect(queue.begin() == jobs[1])
        #expect(queue.begin() == nil)
        queue.end(jobs[1])
        #expect(queue.begin() == jobs[2])
        #expect(queue.begin() == nil)
    }

    @Test func jobsOfOneContainerFollowEachOther() {
        var queue = LogJobs(limit: 2)
        queue.add(jobs[0])
        #expect(queue.begin() == jobs[0])
        queue.add(jobs[0])
        queue.add(jobs[0])
        queue.add(jobs[1])
        #expect(queue.begin() == jobs[1])
        #expect(queue.begin() == nil)
        queue.end(jobs[0])
        #expect(queue.begin() == jobs[0])
        queue.end(jobs[0])
        queue.end(jobs[1])
        #expect(queue.begin() == nil)
    }
}
