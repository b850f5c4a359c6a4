import CLinux
import Glibc
package import NIOCore

/// A program that this process has started. It inherits nothing but what its configuration says: no open files, no
/// blocked or ignored signals, no OOM score that was set for this process.
///
/// The child is reaped as soon as it ends. One that is still there when its `ChildProcess` goes runs on.
package final class ChildProcess: Sendable {
    /// Where a child's output goes.
    package enum Output: Sendable, Hashable {
        case discarded
        /// To the end of a file, which is made with mode 0600 if it isn't there.
        case appended(path: String)
        /// To an open file of ours, which stays open here.
        case descriptor(Int32)
    }

    /// Where a child's input comes from.
    package enum Input: Sendable, Hashable {
        /// There is none.
        case empty
        /// From an open file of ours, which stays open here.
        case descriptor(Int32)
    }

    package struct Configuration: Sendable {
        /// The program's absolute path.
        package var executable: String
        /// Without the program's own name.
        package var arguments: [String]
        package var environment: [String: String]
        /// Whether it leads a session of its own, away from our terminal and its signals.
        package var leadsSession: Bool
        package var standardInput: Input
        package var standardOutput: Output
        package var standardError: Output

        package init(
            executable: String, arguments: [String], environment: [String: String], leadsSession: Bool = true,
            standardInput: Input = .empty, standardOutput: Output = .discarded, standardError: Output = .discarded
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.leadsSession = leadsSession
            self.standardInput = standardInput
            self.standardOutput = standardOutput
            self.standardError = standardError
        }
    }

    /// How a process ended.
    package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
        case exited(code: Int32)
        case killed(signal: Int32)

        package var description: String {
            switch self {
            case .exited(let code): "exited with code \(code)"
            case .killed(let signal): "killed by signal \(signal)"
            }
        }
    }

    package let handle: ProcessHandle
    private let exitStatus: EventLoopFuture<ExitStatus>

    private init(handle: ProcessHandle, exitStatus: EventLoopFuture<ExitStatus>) {
        self.handle = handle
        self.exitStatus = exitStatus
    }

    package var processID: Int32 { handle.processID }

    /// Starts a program; its end is told on the group's event loops.
    /// - Throws: `HostSystemError` when the program isn't there or can't be run.
    package static func spawn(
        _ configuration: Configuration, on group: any EventLoopGroup
    ) throws -> ChildProcess {
        let processID = try configuration.spawn()
        OutOfMemoryScore.restore(of: processID)
        do {
            guard let handle = try ProcessHandle.open(processID) else {
                throw HostSystemError(.failed, "cannot watch process \(processID): somebody else has reaped it")
            }
            let exitStatus = try handle.ended(on: group).flatMapThrowing { try reap(processID) }
            return ChildProcess(handle: handle, exitStatus: exitStatus)
        } catch {
            // Nobody else reaps our children, so the number is still the child's.
            kill(processID, SIGKILL)
            waitpid(processID, nil, 0)
            throw error
        }
    }

    /// How the child ended, once it has; may be asked any number of times. Cancellation doesn't end the waiting.
    package func wait() async throws -> ExitStatus { try await exitStatus.get() }

    /// Ends a child that leads a session, and what it has started there, at once; doesn't wait.
    package func killSession() {
        // Nobody else can have the number: the child holds it until it is reaped, others of its session until they end.
        if (try? handle.send(signal: 0)) == true { kill(-processID, SIGKILL) }
    }

    /// The environment of this process, for a child to build on.
    package static var inheritedEnvironment: [String: String] {
        var environment: [String: String] = [:]
        guard var entry = swiftlet_environment() else { return [:] }
        while let pointer = entry.pointee {
            let pair = String(cString: pointer).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return environment
    }

    private static func reap(_ processID: Int32) throws -> ExitStatus {
        var status: Int32 = 0
        // The child has ended, so this doesn't block.
        guard waitpid(processID, &status, 0) == processID else {
            throw HostSystemError.system("wait for process", "\(processID)")
        }
        // The layout that the macros of wait(2) read.
        let signal = status & 0x7f
        return signal == 0 ? .exited(code: (status >> 8) & 0xff) : .killed(signal: signal)
    }
}
