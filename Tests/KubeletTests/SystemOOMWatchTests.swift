import Glibc
import HostSystem
import KubernetesAPI
import NIOPosix
import TestSupport
import Testing

@testable import Kubelet

/// What is told of the kernel's log. Here it is a pipe, in which a record is what is written at a time.
@Suite(.timeLimit(.minutes(1)))
struct SystemOOMWatchTests {
    private let directory: TemporaryDirectory
    private let events = RecordedEvents()
    private let log = RecordedLog()
    private let clock = ManualClock()

    init() throws { directory = try TemporaryDirectory() }

    private func watch(_ path: String) -> SystemOOMWatch {
        SystemOOMWatch(
            { try await KernelLog.open(path, on: MultiThreadedEventLoopGroup.singleton) }, events: events,
            nodeName: "node", clock: clock, logger: log.logger)
    }

    @Test func thatMemoryRanOutIsAnEventOfTheNode() async throws {
        let path = "\(directory.path)/kmsg"
        #expect(mkfifo(path, 0o600) == 0)
        // Open for both, so that the reader finds no end.
        let writer = try FileDescriptor(path: path, flags: O_RDWR)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let watch = watch(path)
            group.addTask { await watch.run() }
            defer { group.cancelAll() }
            let record = "3,812,9999,-;Out of memory: Killed process 12 (java) total-vm:1kB\n SUBSYSTEM=none\n"
            try writer.writeAll(Array(record.utf8), path: path)
            try await events.wait { !$0.isEmpty }
        }
        #expect(
            events.all == [
                RecordedEvents.Entry(
                    type: .warning, reason: "SystemOOM",
                    message: "System OOM encountered, victim process: java, pid: 12", target: EventTarget(node: "node"))
            ])
    }

    @Test func whatSomebodyElseSaysIsNotBelieved() async throws {
        let path = "\(directory.path)/kmsg"
        #expect(mkfifo(path, 0o600) == 0)
        let writer = try FileDescriptor(path: path, flags: O_RDWR)
        let kernelLog = try await KernelLog.open(path, on: MultiThreadedEventLoopGroup.singleton)
        try writer.writeAll(Array("12,1,2,-;Out of memory: Killed process 1 (x)\n".utf8), path: path)
        let seen = Watched<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await kernelLog.forEachMessage { message in seen.update { $0.append(message) } } }
            defer { group.cancelAll() }
            while try directory.unread(writer) > 0 { await Task.yield() }
            try writer.writeAll(Array("4,2,3,-;a warning\n".utf8), path: path)
            try await seen.wait { !$0.isEmpty }
        }
        #expect(seen.value == ["a warning"])
    }

    @Test func aLogThatIsKeptFromUsIsSaidOnce() async throws {
        await watch("\(directory.path)/nothing").run()
        #expect(log.all.count == 1)
    }
}

extension TemporaryDirectory {
    /// How much nobody has read yet of a pipe.
    fileprivate func unread(_ pipe: borrowing FileDescriptor) throws -> Int32 {
        var count: Int32 = 0
        guard ioctl(pipe.number, UInt(FIONREAD), &count) == 0 else { throw HostSystemError.system("look into", path) }
        return count
    }
}
