import HostSystem
import KubernetesAPI
import TestSupport
import Testing

@testable import ContainerLogs

@Suite struct ContainerLogFilesTests {
    private let log: TemporaryLog

    init() throws { log = try TemporaryLog() }

    @Test func settingAsideMakesRoomFirst() throws {
        let old = ["0.log.20261123-000001.gz", "0.log.20261123-000002.gz", "0.log.20261123-000003"]
        for name in old { try log.write("old", to: name) }
        try log.write("new")
        let target = try ContainerLogFiles.setAside(log.path, keeping: 3, at: .testStart)
        #expect(HostFiles.name(of: target) == "0.log.20261124-000000")
        #expect(try log.names == Array(old.dropFirst()) + ["0.log.20261124-000000"])
        #expect(try log.read("0.log.20261124-000000") == "new")
    }

    @Test func nothingIsRemovedForALogThatIsNotThere() throws {
        let old = ["0.log.20261123-000001", "0.log.20261123-000002"]
        for name in old { try log.write("old", to: name) }
        let error = #expect(throws: HostSystemError.self) {
            try ContainerLogFiles.setAside(log.path, keeping: 1, at: .testStart)
        }
        #expect(error?.code == .notFound)
        #expect(try log.names == old)
    }

    @Test func aLogThatIsPutBackIsAsItWas() throws {
        try log.write("one")
        let target = try ContainerLogFiles.setAside(log.path, keeping: 4, at: .testStart)
        try ContainerLogFiles.putBack(target, to: log.path)
        #expect(try log.names == ["0.log"])
        #expect(try log.read() == "one")
    }

    @Test func aFileThatTheRuntimeBeganAfterAllIsNotOverwritten() throws {
        try log.write("one")
        let target = try ContainerLogFiles.setAside(log.path, keeping: 4, at: .testStart)
        try log.write("two")
        try ContainerLogFiles.putBack(target, to: log.path)
        #expect(try log.read() == "two")
        #expect(try log.read(HostFiles.name(of: target)) == "one")
    }

    @Test func tidyingRemovesWhatIsHalfMadeOrTooMuch() throws {
        let names = [
            "0.log", "0.log.20261124-000001.gz", "0.log.20261124-000002", "0.log.20261124-000002.gz",
            "0.log.20261124-000003", "0.log.20261124-000003.tmp", "0.log.20261124-000004", "1.log.20261124-000003.tmp",
        ]
        for name in names { try log.write("x", to: name) }
        let compressible = try ContainerLogFiles.tidy(log.path, keeping: 3)
        #expect(compressible.map(HostFiles.name(of:)) == ["0.log.20261124-000003", "0.log.20261124-000002"])
        #expect(
            try log.names == [
                "0.log", "0.log.20261124-000002", "0.log.20261124-000003", "0.log.20261124-000004",
                "1.log.20261124-000003.tmp",
            ])
    }

    @Test func removingTakesAllOfTheLogAndNothingElse() throws {
        let others = ["0.log.bak", "1.log", "1.log.20261124-000001", "10.log"]
        for name in ["0.log", "0.log.20261124-000001.gz", "0.log.20261124-000002", "0.log.20261124-000002.tmp"] + others
        { try log.write("x", to: name) }
        try ContainerLogFiles.remove(log.path)
        #expect(try log.names == others.sorted())
        try ContainerLogFiles.remove(log.path)
        try ContainerLogFiles.remove("/nowhere/at/all/0.log")
    }

    @Test func theEndOfALogGoesBackIntoTheFileBefore() throws {
        try log.write("one two ", to: "0.log.20261124-000001")
        try log.write("three")
        func end(_ limit: Int) throws -> String {
            String(decoding: try ContainerLogFiles.readEnd(log.path, limit: limit), as: UTF8.self)
        }
        #expect(try end(3) == "ree")
        #expect(try end(9) == "two three")
        #expect(try end(100) == "one two three")
        try HostFiles.remove(log.path)
        #expect(try end(4) == "two ")
    }

    // MARK: Reading over rotations

    private func texts(_ parts: [LogPart]) throws -> [String] {
        try parts.map { part in
            switch part {
            case .plain(let file): String(decoding: try file.read(at: 0), as: UTF8.self)
            case .compressed(let file, _): String(decoding: try file.read(), as: UTF8.self)
            }
        }
    }

    private func compress(_ name: String) throws {
        let compression = try LogCompression(path: "\(log.directory)/\(name)")
        while try compression.step() {}
        try compression.finish()
    }

    @Test func allFilesAreOpenedOldestFirst() throws {
        try log.write("one", to: "0.log.20261124-000001")
        try compress("0.log.20261124-000001")
        try log.write("two", to: "0.log.20261124-000002")
        try log.write("three")
        #expect(try texts(LogPart.all(of: log.path)) == ["one", "two", "three"])
        // In the middle of a rotation.
        try HostFiles.remove(log.path)
        #expect(try texts(LogPart.all(of: log.path)) == ["one", "two"])
    }

    @Test func aLogThatIsNotThereIsAnError() throws {
        #expect(throws: HostSystemError.self) { try LogPart.all(of: log.path) }
        #expect(throws: HostSystemError.self) { try LogPart.all(of: "/nowhere/at/all/0.log") }
    }

    @Test func theNextFileIsFoundHoweverOftenTheLogWasRotatedMeanwhile() throws {
        try log.write("one")
        let first = try #require(try LogPart.all(of: log.path).last)
        #expect(try first.successor(of: log.path) == nil)
        _ = try ContainerLogFiles.setAside(log.path, keeping: 4, at: .testStart)
        // The runtime has not begun the next one yet.
        #expect(try first.successor(of: log.path) == nil)
        for text in ["two", "three"] {
            try log.write(text)
            _ = try ContainerLogFiles.setAside(log.path, keeping: 4, at: .testStart)
        }
        try log.write("four")
        // It is compressed, and thereby another file; the second one as well.
        try compress("0.log.20261124-000000")
        try compress("0.log.20261124-000001")
        var parts = [first]
        while let next = try parts.last?.successor(of: log.path) { parts.append(next) }
        #expect(try texts(parts) == ["one", "two", "three", "four"])
        // The next one is removed by now.
        try HostFiles.remove("\(log.directory)/0.log.20261124-000001.gz")
        #expect(try texts([try #require(try first.successor(of: log.path))]) == ["three"])
    }

    @Test func aLogThatSomebodyRemovedGoesOnWithTheNewOne() throws {
        try log.write("one")
        let first = try #require(try LogPart.all(of: log.path).last)
        try HostFiles.remove(log.path)
        #expect(try first.successor(of: log.path) == nil)
        try log.write("two")
        #expect(try texts([try #require(try first.successor(of: log.path))]) == ["two"])
    }
}
