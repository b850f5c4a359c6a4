import Glibc
import HostSystem
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(3))) struct ChildProcessTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private func shell(_ script: String, output: ChildProcess.Output = .discarded) throws -> ChildProcess {
        try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "WORD": "hi"],
                standardOutput: output, standardError: output),
            on: group)
    }

    private func sleeper() throws -> ChildProcess {
        try ChildProcess.spawn(
            ChildProcess.Configuration(executable: "/bin/sleep", arguments: ["1000"], environment: [:]), on: group)
    }

    private func output(of script: String) async throws -> String {
        let path = "/tmp/swiftlet-child-\(UInt64.random(in: 0 ... .max))"
        defer { try? HostFiles.remove(path) }
        _ = try await shell(script, output: .appended(path: path)).wait()
        return try HostFiles.readText(path)
    }

    @Test func exitCodeAndSignalAreTold() async throws {
        #expect(try await shell("exit 3").wait() == .exited(code: 3))
        #expect(try await shell("kill -9 $$").wait() == .killed(signal: SIGKILL))
    }

    @Test func theStatusCanBeAskedForAgain() async throws {
        let child = try shell("exit 0")
        #expect(try await child.wait() == .exited(code: 0))
        #expect(try await child.wait() == .exited(code: 0))
    }

    @Test func aSignalReachesTheChildAndNobodyAfterIt() async throws {
        let child = try shell("exec sleep 1000")
        #expect(try child.handle.send(signal: SIGTERM))
        #expect(try await child.wait() == .killed(signal: SIGTERM))
        #expect(try child.handle.send(signal: SIGTERM) == false)
        #expect(try child.handle.commandLine() == [])
        #expect(try ProcessHandle.open(child.processID) == nil)
    }

    @Test func aChildThatIgnoresSIGTERMIsKilledAfterItsGrace() async throws {
        let path = "/tmp/swiftlet-child-\(UInt64.random(in: 0 ... .max))"
        #expect(mkfifo(path, 0o600) == 0)
        defer { try? HostFiles.remove(path) }
        // Opening the pipe waits until the trap is set.
        let child = try shell("trap '' TERM; : >\(path); while :; do sleep 1000; done")
        _ = try HostFiles.read(path)
        try child.handle.terminate(killingAfter: .milliseconds(10), on: group.next())
        #expect(try await child.wait() == .killed(signal: SIGKILL))
    }

    @Test func outputIsAppendedToItsFile() async throws {
        #expect(try await output(of: "echo out; echo err >&2; echo $WORD") == "out\nerr\nhi\n")
    }

    @Test func nothingIsInheritedButTheThreeStandardFiles() async throws {
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        // `ls` has the directory itself open as 3.
        #expect(try await output(of: "exec ls /proc/self/fd") == "0\n1\n2\n3\n")
    }

    @Test func signalsAreAtTheirDefaultsAndTheSessionIsItsOwn() async throws {
        let text = try await output(of: "grep -E '^Sig(Blk|Ign)' /proc/self/status; cat /proc/$$/stat")
        let lines = text.split(separator: "\n")
        try #require(lines.count == 3)
        // Signals 32 and 33 are glibc's own, which its posix_spawn leaves ignored.
        let internalSignals: UInt64 = 1 << 31 | 1 << 32
        for line in lines.prefix(2) {
            #expect(UInt64(line.dropFirst(8), radix: 16).map { $0 & ~internalSignals } == 0, "\(line)")
        }
        let fields = lines[2].split(separator: " ")
        #expect(fields[0] == fields[5], "the session has the child's number")
    }

    @Test func processesAreFoundByName() async throws {
        let child = try sleeper()
        let found = try ProcessHandle.all(named: "sleep")
        #expect(found.contains { $0.processID == child.processID })
        #expect(try ProcessHandle.all(named: "no-such-program").isEmpty)
        try child.handle.send(signal: SIGKILL)
        _ = try await child.wait()
    }

    @Test func aProgramThatIsNotThereIsAnErrorNamingIt() async throws {
        let error = try #require(throws: HostSystemError.self) {
            try ChildProcess.spawn(
                ChildProcess.Configuration(executable: "/nowhere/at/all", arguments: [], environment: [:]), on: group)
        }
        #expect(error.code == .notFound)
        #expect(error.message == "cannot start /nowhere/at/all: no such file or directory")
    }

    @Test func aForeignProcessIsKnownByItsCommandLineAndWatched() async throws {
        let child = try sleeper()
        let handle = try #require(try ProcessHandle.open(child.processID))
        // The kernel lets the parent go on a moment before the new program's arguments can be read.
        while try handle.commandLine().isEmpty { await Task.yield() }
        #expect(try handle.commandLine() == ["/bin/sleep", "1000"])
        try child.handle.send(signal: SIGKILL)
        try await handle.waitUntilEnded(on: group)
        _ = try await child.wait()
    }

    @Test func theEnvironmentIsPassedOn() {
        #expect(ChildProcess.inheritedEnvironment["PATH"] == getenv("PATH").map { String(cString: $0) })
    }
}
