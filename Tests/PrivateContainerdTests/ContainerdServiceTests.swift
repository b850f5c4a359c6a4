import HostSystem
import Logging
import NIOPosix
import ServiceLifecycle
import Testing

@testable import PrivateContainerd

/// A real containerd, without containers: it needs root and the Debian package.
@Suite(.enabled(if: HostFiles.exists("/usr/bin/containerd")), .timeLimit(.minutes(3)), .serialized)
struct ContainerdServiceTests {
    private let group = MultiThreadedEventLoopGroup.singleton
    private let log = MessageStream()

    private func service(
        _ directory: ContainerdDirectory, clock: any Clock<Duration> = ContinuousClock()
    ) -> ContainerdService {
        ContainerdService(directory, eventLoopGroup: group, clock: clock, logger: log.logger)
    }

    @Test func itAnswersAndEndsWithItsService() async throws {
        try await withTemporaryDirectory { directory in
            let service = service(directory)
            let services = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [.init(service: service)], logger: log.logger))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await services.run() }
                try await service.waitUntilReady()
                let process = try #require(try directory.runningContainerd())
                #expect(try HostFiles.readText(directory.processID) == "\(process.processID)\n")
                await services.triggerGracefulShutdown()
                try await tasks.waitForAll()
                #expect(try process.send(signal: 0) == false)
                #expect(!HostFiles.exists(directory.processID))
            }
        }
    }

    @Test func oneThatDiesIsStartedAgainAfterAPause() async throws {
        try await withTemporaryDirectory { directory in
            let clock = ImpatientClock()
            let service = service(directory, clock: clock)
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try? await service.run() }
                for _ in 0..<3 {
                    await log.next("containerd answers")
                    let process = try? directory.runningContainerd()
                    #expect((try? process?.send(signal: 9)) == true)
                }
                await log.next("containerd answers")
                tasks.cancelAll()
            }
            #expect(clock.pauses == [.seconds(1), .seconds(2), .seconds(4)])
            let remaining = try directory.runningContainerd()
            #expect(remaining == nil)
        }
    }

    @Test func theOneOfAKilledServerIsReplaced() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = ContainerdConfiguration(
                directory: directory.path, network: try PodNetwork.kept(in: directory), networkPlugins: "/usr/lib/cni",
                restrictsOOMScore: false)
            try configuration.write(to: directory)
            let orphan = try await orphan(in: directory)
            let service = service(directory)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try? await service.run() }
                try await service.waitUntilReady()
                #expect(try orphan.handle.send(signal: 0) == false)
                #expect(try #require(try directory.runningContainerd()).processID != orphan.processID)
                tasks.cancelAll()
            }
        }
    }

    /// A containerd that no service looks after, up to where its socket is.
    private func orphan(in directory: ContainerdDirectory) async throws -> ChildProcess {
        let changes = try await Inotify.open(on: group)
        _ = try changes.watch(directory: directory.path, for: [.created])
        let orphan = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "/usr/bin/containerd", arguments: directory.arguments,
                environment: ChildProcess.inheritedEnvironment),
            on: group)
        try? await changes.forEachEvent { change in
            if change.name == ContainerdDirectory.socketName { throw CancellationError() }
        }
        return orphan
    }

    @Test func whoWaitsLearnsThatItCanNotBeStarted() async throws {
        try await withTemporaryDirectory { directory in
            try HostFiles.writeAtomically("nonsense", to: directory.network)
            let service = service(directory)
            await #expect(throws: PrivateContainerdError.self) { try await service.run() }
            await #expect(throws: PrivateContainerdError.self) { try await service.waitUntilReady() }
        }
    }

    @Test func whoWaitsCanBeCancelled() async throws {
        try await withTemporaryDirectory { directory in
            let service = service(directory)
            let waiting = Task { try await service.waitUntilReady() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }
}
