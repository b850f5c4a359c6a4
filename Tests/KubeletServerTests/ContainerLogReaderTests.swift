import ContainerLogs
import Glibc
import HTTPServing
import HostSystem
import KubernetesAPI
import NIOCore
import TestSupport
import Testing

@testable import KubeletServer

/// Where a reader's bytes go; tests wait for what they expect.
private struct Received: Sendable {
    private let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    var writer: BodyWriter { BodyWriter { [continuation] in continuation.yield(String(buffer: $0)) } }

    func finish() { continuation.finish() }

    /// Takes what comes until it ends with `text`.
    func wait(for text: String) async -> String {
        var received = ""
        for await part in stream {
            received += part
            if received.hasSuffix(text) { return received }
        }
        return received
    }

    func all() async -> String { await stream.reduce("", +) }
}

private func append(_ lines: [String], to path: String) throws {
    let file = fopen(path, "a")
    try #require(file != nil)
    for line in lines { fputs("2026-01-01T00:00:00.000000000Z stdout F \(line)\n", file) }
    fclose(file)
}

@Suite(.timeLimit(.minutes(3))) struct ContainerLogReaderTests {
    private func reader(_ pod: RunningPod, _ query: String) async throws -> ContainerLogReader {
        let options = try ContainerLogOptions(QueryParameters(parsing: Substring(query)))
        let container = try await pod.runtime.containerStatus(pod.containerID)
        return try await ContainerLogReader(of: container, options, exits: pod.exits, host: testHost)
    }

    /// Follows a log while `body` runs, and returns what came after `body` stopped reading.
    private func following(
        _ pod: RunningPod, _ query: String = "follow=true", _ body: (Received) async throws -> Void
    ) async throws -> String {
        let received = Received()
        let reader = try await reader(pod, query)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { received.finish() }
                try await reader.copy(to: received.writer)
            }
            try await body(received)
            try await group.waitForAll()
            return await received.all()
        }
    }

    @Test func aLogIsReadToItsEndWhileTheContainerRuns() async throws {
        let pod = try await RunningPod()
        let lines = (0..<5_000).map { "line \($0)" }
        try append(lines, to: pod.logPath)
        let received = Received()
        try await reader(pod, "").copy(to: received.writer)
        received.finish()
        #expect(await received.all() == lines.map { $0 + "\n" }.joined())
    }

    @Test func theLastLinesOfALongLogAreRead() async throws {
        let pod = try await RunningPod()
        try append((0..<5_000).map { "line \($0)" }, to: pod.logPath)
        let received = Received()
        try await reader(pod, "tailLines=2").copy(to: received.writer)
        received.finish()
        #expect(await received.all() == "line 4998\nline 4999\n")
    }

    @Test func aMissingLogIsAnError() async throws {
        let pod = try await RunningPod()
        try HostFiles.remove(pod.logPath)
        let error = await #expect(throws: KubeletServerError.self) { try await reader(pod, "") }
        #expect(error?.message.hasPrefix("failed to open log file \"\(pod.logPath)\": ") == true)
    }

    @Test func followingSendsWhatIsWrittenUntilTheContainerEnds() async throws {
        let pod = try await RunningPod()
        try append(["one", "two"], to: pod.logPath)
        let rest = try await following(pod, "follow=true&tailLines=1") { received in
            #expect(await received.wait(for: "two\n") == "two\n")
            try append(["three"], to: pod.logPath)
            #expect(await received.wait(for: "three\n") == "three\n")
            try append(["last words"], to: pod.logPath)
            pod.runtime.exit("app", code: 0)
        }
        #expect(rest == "last words\n")
    }

    @Test func followingGoesOnWithTheNewFileAfterARotation() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        let rest = try await following(pod) { received in
            #expect(await received.wait(for: "one\n") == "one\n")
            try HostFiles.rename(pod.logPath, to: pod.logPath + ".20260101-000000")
            try append(["two"], to: pod.logPath + ".20260101-000000")
            try append(["three"], to: pod.logPath)
            #expect(await received.wait(for: "three\n") == "two\nthree\n")
            try append(["four"], to: pod.logPath)
            #expect(await received.wait(for: "four\n") == "four\n")
            pod.runtime.exit("app", code: 1)
        }
        #expect(rest == "")
    }

    @Test func theRuntimesLastLinesInTheOldFileComeBeforeThoseInTheNew() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        let old = fopen(pod.logPath, "a")
        let rest = try await following(pod) { received in
            #expect(await received.wait(for: "one\n") == "one\n")
            try HostFiles.rename(pod.logPath, to: pod.logPath + ".20260101-000000")
            try append(["three"], to: pod.logPath)
            fputs("2026-01-01T00:00:00Z stdout F two\n", old)
            fflush(old)
            #expect(await received.wait(for: "two\n") == "two\n")
            fputs("2026-01-01T00:00:00Z stdout F two and a half\n", old)
            fclose(old)
            #expect(await received.wait(for: "three\n") == "two and a half\nthree\n")
            pod.runtime.exit("app", code: 0)
        }
        #expect(rest == "")
    }

    @Test func aSlowReaderMissesNothingOfFilesThatWereRotatedAndCompressedMeanwhile() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        _ = try await following(pod) { received in
            #expect(await received.wait(for: "one\n") == "one\n")
            // No event comes in between, for the files are made elsewhere.
            let elsewhere = pod.directory.path + "/elsewhere"
            for (index, line) in ["two", "three"].enumerated() { try append([line], to: elsewhere + "\(index)") }
            try await compress(elsewhere + "0")
            try HostFiles.rename(elsewhere + "0.gz", to: pod.logPath + ".20260101-000002.gz")
            try HostFiles.rename(elsewhere + "1", to: pod.logPath + ".20260101-000003")
            try HostFiles.rename(pod.logPath, to: pod.logPath + ".20260101-000001")
            try append(["four"], to: pod.logPath)
            #expect(await received.wait(for: "four\n") == "two\nthree\nfour\n")
            pod.runtime.exit("app", code: 0)
        }
    }

    // MARK: Over rotated files

    private func compress(_ path: String) async throws {
        try await ContainerLogHost(group: testHost.group, threads: testHost.threads).compress(path)
    }

    /// A log of three files of 100 lines each, the oldest compressed; a line goes on from each to the next.
    private func rotatedLog(_ pod: RunningPod) async throws {
        for (number, name) in [".20260101-000001", ".20260101-000002", ""].enumerated() {
            let first = number * 100
            if number > 0 { try append(["end"], to: pod.logPath + name) }
            try append((first..<first + 99).map { "line \($0)" }, to: pod.logPath + name)
            guard number < 2 else { continue }
            let file = fopen(pod.logPath + name, "a")
            fputs("2026-01-01T00:00:00Z stdout P line \(first + 99) goes on to its \n", file)
            fclose(file)
        }
        try await compress(pod.logPath + ".20260101-000001")
    }

    private static let rotatedLines = (0..<299).map { number in
        number % 100 == 99 ? "line \(number) goes on to its end\n" : "line \(number)\n"
    }

    private func read(_ pod: RunningPod, _ query: String) async throws -> String {
        let received = Received()
        try await reader(pod, query).copy(to: received.writer)
        received.finish()
        return await received.all()
    }

    @Test func allFilesAreReadInTheirOrder() async throws {
        let pod = try await RunningPod()
        try await rotatedLog(pod)
        #expect(try await read(pod, "") == Self.rotatedLines.joined())
        #expect(try await read(pod, "limitBytes=20") == "line 0\nline 1\nline 2")
        pod.runtime.exit("app", code: 0)
        #expect(try await read(pod, "follow=true") == Self.rotatedLines.joined())
    }

    @Test(arguments: [0, 1, 98, 99, 100, 101, 198, 199, 200, 201, 298, 299, 300, 1000])
    func theLastLinesMayBeInAnyFile(count: Int) async throws {
        let pod = try await RunningPod()
        try await rotatedLog(pod)
        #expect(try await read(pod, "tailLines=\(count)") == Self.rotatedLines.suffix(count).joined())
    }

    @Test func theTailIsRightAfterARotationThatNothingWasWrittenSince() async throws {
        let pod = try await RunningPod()
        try append(["one", "two"], to: pod.logPath + ".20260101-000001")
        try append([], to: pod.logPath)
        #expect(try await read(pod, "tailLines=1") == "two\n")
        // Between renaming the file and opening the next one.
        try HostFiles.remove(pod.logPath)
        #expect(try await read(pod, "tailLines=1") == "two\n")
    }

    @Test func filesThatWereWrittenToBeforeAreNotRead() async throws {
        let pod = try await RunningPod()
        let old = pod.logPath + ".20260101-000001"
        // What is in the file says otherwise: it is not opened.
        try append(["2030"], to: old)
        var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, old, &times, 0) == 0)
        try append(["now"], to: pod.logPath)
        #expect(try await read(pod, "sinceTime=2025-01-01T00:00:00Z") == "now\n")
        #expect(try await read(pod, "sinceTime=2023-01-01T00:00:00Z") == "2030\nnow\n")
    }

    @Test func followingATruncatedFileStartsAnew() async throws {
        let pod = try await RunningPod()
        try append(["a long first line", "two"], to: pod.logPath)
        _ = try await following(pod) { received in
            #expect(await received.wait(for: "two\n") == "a long first line\ntwo\n")
            truncate(pod.logPath, 0)
            try append(["new"], to: pod.logPath)
            #expect(await received.wait(for: "new\n") == "new\n")
            pod.runtime.exit("app", code: 0)
        }
    }

    @Test func followingAContainerThatHasEndedEnds() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        pod.runtime.exit("app", code: 0)
        #expect(try await following(pod) { _ in } == "one\n")
    }

    @Test func followingEndsWhenTheContainerIsRemoved() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        let rest = try await following(pod) { received in
            #expect(await received.wait(for: "one\n") == "one\n")
            try await pod.runtime.removeContainer(pod.containerID)
        }
        #expect(rest == "")
    }

    @Test func anExitThatNoEventToldIsFoundWhenEventsComeBack() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        _ = try await following(pod) { received in
            #expect(await received.wait(for: "one\n") == "one\n")
            pod.runtime.disconnectEvents()
            pod.runtime.exit("app", code: 0)
            pod.runtime.reconnectEvents()
        }
    }

    @Test func followingEndsAtTheLimit() async throws {
        let pod = try await RunningPod()
        try append(["one", "two"], to: pod.logPath)
        #expect(try await following(pod, "follow=true&limitBytes=5") { _ in } == "one\nt")
    }

    @Test func aClientThatGoesAwayEndsFollowing() async throws {
        let pod = try await RunningPod()
        try append(["one"], to: pod.logPath)
        let received = Received()
        let reader = try await reader(pod, "follow=true")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await reader.copy(to: received.writer) }
            #expect(await received.wait(for: "one\n") == "one\n")
            group.cancelAll()
        }
    }
}
