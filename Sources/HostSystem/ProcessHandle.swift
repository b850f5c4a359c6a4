import CLinux
import Glibc
package import NIOCore

/// A process of this machine that can't be mistaken for a later one with the same number.
package final class ProcessHandle: Sendable {
    package let processID: Int32
    private let descriptor: Int32

    private init(processID: Int32, descriptor: Int32) {
        self.processID = processID
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Takes hold of the process that has this number now; `nil` when there is none.
    package static func open(_ processID: Int32) throws -> ProcessHandle? {
        let descriptor = pidfd_open(processID, 0)
        guard descriptor >= 0 else {
            // EINVAL is the number of a thread that leads no process.
            if errno == ESRCH || errno == EINVAL { return nil }
            throw HostSystemError.system("open process", "\(processID)")
        }
        return ProcessHandle(processID: processID, descriptor: descriptor)
    }

    /// The machine's processes of a name: the file name of their program, of which the kernel keeps 15 bytes.
    package static func all(named name: String) throws -> [ProcessHandle] {
        let expected = Array(name.utf8.prefix(15)) + [UInt8(ascii: "\n")]
        return try HostFiles.list("/proc").compactMap { entry in
            guard let processID = Int32(entry), shortName(of: processID).elementsEqual(expected) else { return nil }
            return try open(processID)
        }
    }

    /// What `/proc/PID/comm` says; nothing for a process that has ended.
    private static func shortName(of processID: Int32) -> ArraySlice<UInt8> {
        guard let file = try? FileDescriptor(path: "/proc/\(processID)/comm", flags: O_RDONLY) else { return [] }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file.number, &bytes, bytes.count)
        return bytes.prefix(max(0, count))
    }

    /// Sends a signal.
    /// - Returns: whether the process was still there.
    @discardableResult
    package func send(signal: Int32) throws -> Bool {
        guard pidfd_send_signal(descriptor, signal, nil, 0) == 0 else {
            if errno == ESRCH { return false }
            throw HostSystemError.system("signal process", "\(processID)")
        }
        return true
    }

    /// Program and arguments as the process shows them; empty when it has ended.
    package func commandLine() throws -> [String] {
        let bytes: [UInt8]
        do {
            bytes = try HostFiles.read("/proc/\(processID)/cmdline", limit: 4 << 20)
        } catch let error as HostSystemError where error.code == .notFound || error.errorNumber == ESRCH {
            return []
        }
        // What was read is of this very process only if that is there still.
        guard try send(signal: 0) else { return [] }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns when the process has ended; it may then still wait for its parent to take note.
    package func waitUntilEnded(on group: any EventLoopGroup) async throws {
        try await ended(on: group).get()
    }

    /// Sends SIGTERM, and SIGKILL if the process is still there after `grace`; doesn't wait.
    package func terminate(killingAfter grace: TimeAmount, on eventLoop: any EventLoop) throws {
        try send(signal: SIGTERM)
        // Holds the process, not just its number, so that coming late does no harm.
        eventLoop.scheduleTask(in: grace) { try self.send(signal: SIGKILL) }
    }

    /// Succeeds when the process has ended.
    ///
    /// A thread sleeps in the kernel until then: an event loop can't watch a process, for NIO reads whatever becomes
    /// readable, and a pidfd doesn't let itself be read.
    func ended(on group: any EventLoopGroup) throws -> EventLoopFuture<Void> {
        let promise = group.next().makePromise(of: Void.self)
        do {
            try SmallThread.start { [self] in
                // Holding on to `self`, the thread keeps the descriptor open.
                waitForEnd()
                promise.succeed()
            }
        } catch {
            promise.fail(error)
            throw error
        }
        return promise.futureResult
    }

    private func waitForEnd() {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&watched, 1, -1) < 0 && errno == EINTR {}
    }
}

/// A thread with next to no stack, for one short piece of code that sleeps most of the time.
private enum SmallThread {
    private static let stackBytes = 128 << 10

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let argument = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            throw HostSystemError.system("start", "a thread", errorNumber: failure)
        }
    }
}
