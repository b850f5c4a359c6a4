import Glibc
import HostSystem
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(3))) struct ProgramRunnerTests {
    private let runner = ProgramRunner(group: MultiThreadedEventLoopGroup.singleton)

    private func shell(
        _ script: String, _ arguments: String..., input: String = "", timeout: Duration = .seconds(100)
    ) async throws -> ProgramRunner.Result {
        try await runner.run(
            "/bin/sh", ["-c", script] + arguments, environment: ["PATH": "/usr/bin:/bin", "WORD": "hi"],
            input: Array(input.utf8), timeout: timeout, limit: 100_000)
    }

    @Test func inputArgumentsAndEnvironmentReachTheProgramAndItsOutputsComeBack() async throws {
        let result = try await shell("cat; echo $0 $WORD; echo bad >&2; exit 3", "one", input: "in\n")
        #expect(String(decoding: result.output, as: UTF8.self) == "in\none hi\n")
        #expect(String(decoding: result.errors, as: UTF8.self) == "bad\n")
        #expect(result.status == .exited(code: 3))
    }

    @Test func moreThanAPipeHoldsGoesThrough() async throws {
        let text = String(repeating: "0123456789", count: 9_000)
        let result = try await shell("cat", input: text)
        #expect(String(decoding: result.output, as: UTF8.self) == text)
    }

    @Test func anOutputWithoutEndIsAnError() async throws {
        let error = await #expect(throws: HostSystemError.self) { try await shell("head -c 200000 /dev/zero") }
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "cannot read the output of /bin/sh: it is larger than 100000 bytes")
    }

    /// The marker is in the command line of each process of the session.
    private func processes(marked marker: String) throws -> [ProcessHandle] {
        try (ProcessHandle.all(named: "sleep") + ProcessHandle.all(named: "sh")).filter { process in
            try process.commandLine().contains { $0.contains(marker) }
        }
    }

    @Test func aProgramThatTakesTooLongIsKilledWithWhatItStarted() async throws {
        let marker = "1\(UInt32.random(in: 100_000...999_999))"
        let error = await #expect(throws: HostSystemError.self) {
            try await shell("sleep \(marker) & sleep \(marker); wait", timeout: .milliseconds(200))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.message.hasPrefix("/bin/sh did not end within ") == true)
        for process in try processes(marked: marker) {
            try await process.waitUntilEnded(on: MultiThreadedEventLoopGroup.singleton)
        }
    }

    @Test func cancellationKillsTheProgram() async throws {
        let marker = "1\(UInt32.random(in: 100_000...999_999))"
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await shell("sleep \(marker); :") }
                while try processes(marked: marker).isEmpty { await Task.yield() }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
        for process in try processes(marked: marker) {
            try await process.waitUntilEnded(on: MultiThreadedEventLoopGroup.singleton)
        }
    }

    @Test func aProgramThatIsNotThereIsAnError() async throws {
        let error = await #expect(throws: HostSystemError.self) {
            try await runner.run("/nowhere", [], environment: [:], input: [], timeout: .seconds(1))
        }
        #expect(error?.code == .notFound)
    }
}
