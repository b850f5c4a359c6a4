import Glibc
package import NIOCore

/// Runs programs to their end; what they read and write is held in memory, never in a file that others could open.
package struct ProgramRunner: Sendable {
    /// What a program wrote, and how it ended.
    package struct Result: Sendable, Hashable {
        package var status: ChildProcess.ExitStatus
        package var output: [UInt8]
        package var errors: [UInt8]
    }

    private let group: any EventLoopGroup

    /// - Parameter group: where the programs' ends are told.
    package init(group: any EventLoopGroup) { self.group = group }

    /// Runs a program in a session of its own. If it takes too long, or the task is cancelled, it is killed with whatever
    /// it has started there.
    /// - Parameters:
    ///   - executable: the program's absolute path.
    ///   - limit: bytes that it may write to each of its outputs.
    /// - Throws: `HostSystemError`, with code `timedOut` or `tooLarge` among others; `CancellationError`.
    package func run(
        _ executable: String, _ arguments: [String], environment: [String: String], input: [UInt8],
        timeout: Duration, limit: Int = 1 << 20
    ) async throws -> Result {
        let files = try (input: MemoryFile(input), output: MemoryFile(), errors: MemoryFile())
        let child = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: executable, arguments: arguments, environment: environment,
                standardInput: .descriptor(files.input.number), standardOutput: .descriptor(files.output.number),
                standardError: .descriptor(files.errors.number)),
            on: group)
        let alarm = group.next().scheduleTask(in: TimeAmount(timeout)) {
            child.killSession()
            return true
        }
        let status = try await withTaskCancellationHandler {
            try await child.wait()
        } onCancel: {
            child.killSession()
        }
        alarm.cancel()
        try Task.checkCancellation()
        if (try? await alarm.futureResult.get()) == true {
            throw HostSystemError(.timedOut, "\(executable) did not end within \(timeout)")
        }
        return Result(
            status: status, output: try files.output.contents(limit: limit, of: "the output of \(executable)"),
            errors: try files.errors.contents(limit: limit, of: "the errors of \(executable)"))
    }
}

/// A file in memory, without a name.
private final class MemoryFile: Sendable {
    private let file: FileDescriptor

    var number: Int32 { file.number }

    /// Makes one that is to be read from its beginning.
    init(_ bytes: [UInt8] = []) throws {
        let purpose = "a program's input or output"
        file = try FileDescriptor(inMemory: purpose)
        try file.writeAll(bytes, path: purpose)
        lseek(file.number, 0, SEEK_SET)
    }

    func contents(limit: Int, of subject: String) throws -> [UInt8] {
        lseek(file.number, 0, SEEK_SET)
        return try file.readAll(limit: limit, path: subject)
    }
}
