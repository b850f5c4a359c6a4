import Glibc
import HostSystem
import NIOCore
import NIOPosix
import Testing

/// A program that a test runs, with no environment but what is given: no proxy, no kubeconfig of the machine's.
struct Command: Sendable {
    /// What a program said, and how it ended.
    struct Result: Sendable, CustomStringConvertible {
        var status: ChildProcess.ExitStatus
        var output: String
        var errors: String

        var succeeded: Bool { status == .exited(code: 0) }
        var exitCode: Int32? { if case .exited(let code) = status { code } else { nil } }
        var description: String { "\(status)\n\(output)\(errors)" }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    var arguments: [String]
    var environment: [String: String] = [:]
    /// After so many seconds it is killed.
    var limit = 60

    init(_ arguments: [String], environment: [String: String] = [:], limit: Int = 60) {
        self.arguments = arguments
        self.environment = environment
        self.limit = limit
    }

    /// A line for the shell.
    init(shell line: String, environment: [String: String] = [:], limit: Int = 60) {
        self.init(["/bin/sh", "-c", line], environment: environment, limit: limit)
    }

    /// Runs it to its end.
    func run() async throws -> Result {
        let running = try start()
        return try await running.finish()
    }

    /// Runs it to its end, which must be a success.
    /// - Returns: what it printed.
    @discardableResult
    func output() async throws -> String {
        let result = try await run()
        guard result.succeeded else { throw Failure(description: "\(arguments.joined(separator: " ")): \(result)") }
        return result.output
    }

    /// Starts it, to be ended by `stop`, `finish` or its limit.
    func start() throws -> RunningCommand {
        let files = "/tmp/swiftlet-command-\(UInt64.random(in: 0 ... .max))"
        var environment = environment
        environment["PATH"] = environment["PATH"] ?? Self.path
        let child = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "/usr/bin/timeout", arguments: ["--kill-after=5", "\(limit)"] + arguments,
                environment: environment, standardOutput: .appended(path: files + ".out"),
                standardError: .appended(path: files + ".err")),
            on: MultiThreadedEventLoopGroup.singleton)
        return RunningCommand(child: child, files: files)
    }
}

/// A program that runs beside a test.
struct RunningCommand: Sendable {
    fileprivate let child: ChildProcess
    fileprivate let files: String

    /// What it has printed so far.
    var output: String { (try? HostFiles.readText(files + ".out")) ?? "" }
    var errors: String { (try? HostFiles.readText(files + ".err")) ?? "" }

    /// Waits for its end.
    func finish() async throws -> Command.Result {
        let status = try await child.wait()
        let result = Command.Result(status: status, output: output, errors: errors)
        try HostFiles.remove(files + ".out")
        try HostFiles.remove(files + ".err")
        return result
    }

    /// Asks it to end, and waits until it has.
    @discardableResult
    func stop() async throws -> Command.Result {
        try child.handle.terminate(killingAfter: .seconds(5), on: MultiThreadedEventLoopGroup.singleton.next())
        return try await finish()
    }
}

/// Asks again until there is an answer: processes of others have no events that a test could wait for.
@discardableResult
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), every interval: Duration = .milliseconds(50),
    _ answer: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if let value = try await answer() { return value }
        guard clock.now < deadline else { throw Command.Failure(description: "not within \(limit): \(what)") }
        try await clock.sleep(for: interval)
    }
}

/// Asks again until the answer is yes.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), every interval: Duration = .milliseconds(50),
    _ answer: () async throws -> Bool
) async throws {
    let _: Bool = try await eventually(what, within: limit, every: interval) { try await answer() ? true : nil }
}

/// Asks again until there is nothing to complain about, and fails with the last complaints.
func eventuallyAgree(_ what: String, within limit: Duration = .seconds(60), _ complaints: () async throws -> [String])
    async throws
{
    var last: [String] = []
    do {
        try await eventually(what, within: limit, every: .milliseconds(200)) {
            last = try await complaints()
            return last.isEmpty
        }
    } catch let error as Command.Failure {
        throw Command.Failure(description: "\(error):\n\(last.joined(separator: "\n"))")
    }
}
