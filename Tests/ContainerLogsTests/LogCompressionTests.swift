import Glibc
import HostSystem
import NIOPosix
import Testing

@testable import ContainerLogs

@Suite struct LogCompressionTests {
    private let log: TemporaryLog
    private let rotated = "0.log.20261124-000000"
    private let host = ContainerLogHost(group: MultiThreadedEventLoopGroup.singleton, threads: .singleton)
    private var path: String { "\(log.directory)/\(rotated)" }

    init() throws { log = try TemporaryLog() }

    /// Text that compresses, but not to nothing.
    private static func text(_ bytes: Int) -> String {
        var text = ""
        while text.utf8.count < bytes { text += "line \(text.utf8.count * 7919 % 100_003) of many\n" }
        return String(text.prefix(bytes))
    }

    private func decompressed() throws -> String {
        let file = try GzipLogFile(path: path + ".gz")
        var text: [UInt8] = []
        while case let piece = try file.read(), !piece.isEmpty { text += piece }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 400_000]) func aFileIsCompressedInPieces(size: Int) async throws {
        let text = Self.text(size)
        try log.write(text, to: rotated)
        let before = try #require(try HostFiles.attributes(path))
        try await host.compress(path)
        #expect(try log.names == [rotated + ".gz"])
        #expect(try decompressed() == text)
        let after = try #require(try HostFiles.attributes(path + ".gz"))
        #expect(after.mode == 0o640 && after.modifiedAt == before.modifiedAt)
        // Another program has the same opinion of the format.
        let check = try ChildProcess.spawn(
            ChildProcess.Configuration(
                executable: "/bin/gzip", arguments: ["--test", path + ".gz"], environment: ["PATH": "/usr/bin:/bin"]),
            on: MultiThreadedEventLoopGroup.singleton)
        #expect(try await check.wait() == .exited(code: 0))
    }

    @Test func aFileThatSomebodyCanWriteToIsLeftAlone() async throws {
        try log.write("one\n", to: rotated)
        let writer = fopen(path, "a")
        try await host.compress(path)
        #expect(try log.names == [rotated])
        fclose(writer)
        try await host.compress(path)
        #expect(try log.names == [rotated + ".gz"])
    }

    @Test func aFileThatIsGoneIsNoError() async throws {
        try await host.compress(path)
        #expect(try log.names == [])
    }

    @Test func nothingIsLeftOfAFileThatIsRemovedMeanwhile() throws {
        try log.write(Self.text(100_000), to: rotated)
        let compression = try LogCompression(path: path)
        while try compression.step() {}
        try HostFiles.remove(path)
        try compression.finish()
        #expect(try log.names == [])
    }

    @Test func nothingIsLeftOfACompressionThatIsGivenUp() throws {
        try log.write(Self.text(100_000), to: rotated)
        do {
            let compression = try LogCompression(path: path)
            _ = try compression.step()
            #expect(try log.names == [rotated, rotated + ".tmp"])
        }
        #expect(try log.names == [rotated])
    }

    @Test func aFileThatWasCutOffHasTheTextUpToThere() async throws {
        let text = Self.text(400_000)
        try log.write(text, to: rotated)
        try await host.compress(path)
        let whole = try HostFiles.read(path + ".gz")
        try HostFiles.write(Array(whole.prefix(whole.count / 2)), to: path + ".gz", mode: 0o640)
        let half = try decompressed()
        #expect(text.hasPrefix(half) && half.utf8.count > 10_000)
    }

    @Test func whatIsNoGzipFileHasNoText() throws {
        try log.write("this is plain text", to: rotated + ".gz")
        #expect(try decompressed() == "")
    }

    @Test func aCompressedFileIsReadAgainFromItsBeginning() async throws {
        let text = Self.text(100_000)
        try log.write(text, to: rotated)
        try await host.compress(path)
        let file = try GzipLogFile(path: path + ".gz")
        let first = try file.read(count: 1000)
        _ = try file.read(count: 1000)
        file.rewind()
        #expect(try file.read(count: 1000) == first)
        #expect(text.hasPrefix(String(decoding: first, as: UTF8.self)))
    }
}
