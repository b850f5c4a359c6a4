import Glibc
import HostSystem
import Kubelet
import NIOCore
import NIOPosix
import StructuredData
import Synchronization

/// Shutdowns as systemd's login manager tells them, by way of systemd's own programs.
///
/// `systemd-inhibit` holds the lock that has a shutdown wait, for as long as the `cat` it runs has an input: that ends when
/// it is let go, and when this process dies in whatever way. `busctl` tells the signal `PrepareForShutdown`.
final class LogindNotices: ShutdownNotices {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// How long to wait before it is tried again.
    private static let pause = Duration.seconds(30)

    private let group: any EventLoopGroup
    private let total: Duration
    /// The end of the pipe that keeps the lock.
    private let lock = Mutex<Int32?>(nil)

    /// - Parameter total: how long a shutdown is to wait at most.
    init(group: any EventLoopGroup, total: Duration) {
        self.group = group
        self.total = total
    }

    func events() -> AsyncStream<ShutdownEvent> {
        AsyncStream { continuation in
            // The stream's reader is the only one who ends it, and this task with it.
            let task = Task {
                await self.watch(continuation)
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    func letGo() {
        let end = lock.withLock { end in
            defer { end = nil }
            return end
        }
        if let end { close(end) }
    }

    private func watch(_ events: AsyncStream<ShutdownEvent>.Continuation) async {
        while !Task.isCancelled {
            do {
                try await raiseLimit()
                try takeLock()
                try await follow(events)
            } catch is CancellationError {
                break
            } catch {
                events.yield(.unavailable("\(error)"))
            }
            letGo()
            try? await Task.sleep(for: Self.pause)
        }
        letGo()
    }

    // MARK: The lock

    private func takeLock() throws {
        letGo()
        let (reading, writing) = try Pipe.open()
        defer { close(reading) }
        do {
            // Nobody waits for it: it ends with its input.
            _ = try spawn(
                "systemd-inhibit",
                [
                    "--what=shutdown", "--who=kubelet", "--why=Kubelet needs time to handle node shutdown",
                    "--mode=delay", "cat",
                ], input: .descriptor(reading))
        } catch {
            close(writing)
            throw error
        }
        lock.withLock { $0 = writing }
    }

    /// Has the login manager wait as long as the plan takes (upstream: `OverrideInhibitDelay` and `ReloadLogindConf` in
    /// `pkg/kubelet/nodeshutdown/systemd/inhibit_linux.go`).
    private func raiseLimit() async throws {
        let wanted = total.components.seconds
        guard try await limit() < wanted else { return }
        let folder = "/etc/systemd/logind.conf.d"
        try HostFiles.createDirectory(folder)
        try HostFiles.writeAtomically(
            "# Kubelet logind override\n[Login]\nInhibitDelayMaxSec=\(wanted)\n", to: "\(folder)/99-kubelet.conf",
            mode: 0o644)
        // By its signal, for in systemd 252 its unit can't be reloaded.
        let manager = ["org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"]
        let signal = ["KillUnit", "ssi", "systemd-logind.service", "main", "\(SIGHUP)"]
        _ = try await output("busctl", ["call"] + manager + signal)
        let reached = try await limit()
        guard reached >= wanted else {
            throw Failure(description: "logind waits \(reached) s at most, not \(wanted) s")
        }
    }

    /// Seconds that the login manager waits for those who ask it to.
    private func limit() async throws -> Int64 {
        let text = try await output(
            "busctl",
            [
                "--json=short", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1",
                "org.freedesktop.login1.Manager", "InhibitDelayMaxUSec",
            ])
        guard let microseconds = try JSONValue(parsing: text)["data"]?.integerValue else {
            throw Failure(description: "cannot read InhibitDelayMaxUSec: \(text)")
        }
        return microseconds / 1_000_000
    }

    // MARK: The signal

    /// `busctl` would outlive this process, for it finds out that nobody reads any more only when it has something to
    /// say. So a shell ends it when its own input ends, a pipe of ours, in whatever way that comes.
    private static let monitor = """
        exec 3<&0
        busctl --json=short monitor "$1" 3<&- &
        monitor=$!
        (read -r nothing <&3; kill $monitor) >/dev/null 2>&1 &
        wait $monitor
        """

    private func follow(_ events: AsyncStream<ShutdownEvent>.Continuation) async throws {
        let (reading, writing) = try Pipe.open()
        defer {
            close(reading)
            close(writing)
        }
        let match =
            "type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown',"
            + "path='/org/freedesktop/login1'"
        let arguments = ["-c", Self.monitor, "sh", "--match=\(match)"]
        try await withLines(of: "sh", arguments, input: .descriptor(reading)) { lines in
            events.yield(.watching)
            for try await line in lines {
                guard let begins = try? JSONValue(parsing: line).value(at: "payload", "data")?[0]?.boolValue else {
                    continue
                }
                events.yield(begins ? .begins : .calledOff)
                if !begins { try self.takeLock() }
            }
        }
        throw Failure(description: "busctl ended")
    }

    // MARK: Programs

    private func spawn(
        _ program: String, _ arguments: [String], input: ChildProcess.Input = .empty, output: Int32? = nil
    ) throws -> ChildProcess {
        try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "/usr/bin/\(program)", arguments: arguments,
                environment: ChildProcess.inheritedEnvironment, standardInput: input,
                standardOutput: output.map { .descriptor($0) } ?? .discarded),
            on: group)
    }

    /// What a program prints until it ends.
    private func output(_ program: String, _ arguments: [String]) async throws -> String {
        let printed = Mutex("")
        try await withLines(of: program, arguments) { lines in
            for try await line in lines { printed.withLock { $0 += line + "\n" } }
        }
        return printed.withLock { $0 }
    }

    /// Runs a program for as long as the body reads its lines.
    private func withLines(
        of program: String, _ arguments: [String], input: ChildProcess.Input = .empty,
        _ body: @Sendable (Lines) async throws -> Void
    ) async throws {
        let (reading, writing) = try Pipe.open()
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await NIOPipeBootstrap(group: group).takingOwnershipOfDescriptor(input: reading) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                }
            }
        } catch {
            close(reading)
            close(writing)
            throw error
        }
        let child: ChildProcess
        do {
            defer { close(writing) }
            child = try spawn(program, arguments, input: input, output: writing)
        } catch {
            try? await channel.channel.close()
            throw error
        }
        defer { child.killSession() }
        try await channel.executeThenClose { inbound in try await body(Lines(inbound)) }
        let status = try await child.wait()
        guard status == .exited(code: 0) else { throw Failure(description: "\(program) \(status)") }
    }
}

/// Text of a channel, cut into lines.
private struct Lines: AsyncSequence {
    private let inbound: NIOAsyncChannelInboundStream<ByteBuffer>

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { self.inbound = inbound }

    func makeAsyncIterator() -> Iterator { Iterator(inbound: inbound.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private var received: [UInt8] = []

        fileprivate init(inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.inbound = inbound }

        mutating func next() async throws -> String? {
            while true {
                if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { received.removeSubrange(...end) }
                    return String(decoding: received[..<end], as: UTF8.self)
                }
                guard let buffer = try await inbound.next() else { return nil }
                received += buffer.readableBytesView
            }
        }
    }
}
