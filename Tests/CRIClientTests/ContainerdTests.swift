import ContainerRuntime
import Glibc
import KubernetesAPI
import Logging
import NIOPosix
import Testing

@testable import CRIClient

extension Tag {
    @Tag static var node: Self
}

/// What only a real containerd can prove; it is the one at `SWIFTLET_CONTAINERD_SOCKET`, with the images of
/// `scripts/images.sh`.
@Suite(.tags(.node), .enabled(if: getenv("SWIFTLET_CONTAINERD_SOCKET") != nil), .timeLimit(.minutes(3)), .serialized)
struct ContainerdTests {
    private let socket = getenv("SWIFTLET_CONTAINERD_SOCKET").map { String(cString: $0) } ?? ""

    @Test func aThousandCallsInARowSucceed() async throws {
        try await withConnection(to: socket) { connection in
            let version = try await connection.connect(timeout: .seconds(60))
            #expect(version.name == "containerd")
            let runtime = CRIRuntimeService(connection)
            let elapsed = try await ContinuousClock().measure {
                for _ in 0..<1000 { _ = try await runtime.version() }
            }
            print("1000 calls of Version: \(elapsed)")
        }
    }

    @Test func anExitIsSeenWithItsStatusAtOnce() async throws {
        try await withConnection(to: socket) { connection in
            let logger = Logger(label: "events") { _ in SwiftLogNoOpLogHandler() }
            var events = CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger).events()
                .makeAsyncIterator()
            while await events.next() != .resynchronize {}
            let pod = try await TestPod(connection)
            for attempt in 0..<5 {
                let (id, duration) = try await pod.start(["sh", "-c", "sleep 0.1; exit 3"], attempt: UInt32(attempt))
                while await events.next() != .changed(id: id.rawValue, .started) {}
                while await events.next() != .changed(id: id.rawValue, .stopped) {}
                let seen = wallClock()
                let status = try await pod.runtime.containerStatus(id)
                #expect(status.state == .exited && status.exitCode == 3 && status.reason == "Error")
                let finished = try #require(status.finishedAt)
                let latency = seen - (finished.seconds * 1_000_000_000 + Int64(finished.nanoseconds))
                print("create and start \(duration), exit seen after \(latency / 1000) µs")
            }
            // A container that runs is stopped for good before its removal is asked for.
            let (last, _) = try await pod.start(["sleep", "60"], attempt: 5)
            try await pod.runtime.stopContainer(last, gracePeriod: 0)
            while await events.next() != .changed(id: last.rawValue, .stopped) {}
            try await pod.runtime.removeContainer(last)
            while await events.next() != .changed(id: last.rawValue, .removed) {}
            try await pod.remove()
        }
    }

    private func wallClock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A sandbox on the host's network for containers of the busybox image.
private struct TestPod {
    let runtime: CRIRuntimeService
    let configuration: SandboxConfiguration
    let sandbox: SandboxID

    init(_ connection: CRIConnection) async throws {
        runtime = CRIRuntimeService(connection)
        let metadata = SandboxMetadata(name: "events", uid: "events-\(getpid())", namespace: "default")
        var configuration = SandboxConfiguration(metadata: metadata, logDirectory: "/tmp/swiftlet-cri-logs-\(getpid())")
        configuration.linux.securityContext.namespaces = NamespaceOptions(network: .node)
        self.configuration = configuration
        let clock = ContinuousClock()
        let began = clock.now
        sandbox = try await runtime.runPodSandbox(configuration)
        print("run sandbox \(clock.now - began)")
    }

    /// Creates and starts a container, and tells how long that took.
    func start(_ command: [String], attempt: UInt32) async throws -> (ContainerID, Duration) {
        var container = ContainerConfiguration(
            name: "main", attempt: attempt, image: ImageReference("docker.io/library/busybox:latest"),
            logPath: "main-\(attempt).log")
        container.command = command
        let clock = ContinuousClock()
        let began = clock.now
        let id = try await runtime.createContainer(container, in: sandbox, sandboxConfiguration: configuration)
        try await runtime.startContainer(id)
        return (id, clock.now - began)
    }

    func remove() async throws {
        try await runtime.stopPodSandbox(sandbox)
        try await runtime.removePodSandbox(sandbox)
    }
}
