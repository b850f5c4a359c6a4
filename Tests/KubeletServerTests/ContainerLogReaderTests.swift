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
