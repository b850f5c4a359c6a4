import Glibc
import Synchronization
import Testing

@testable import ObjectStore

/// A directory of its own for one test.
struct ScratchDirectory: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/object-store-test.XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + "/store.db" + suffix) }
        rmdir(path)
    }

    var database: String { path + "/store.db" }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func stampedConfiguration(_ path: String = ":memory:") -> SQLiteObjectStore.Configuration {
    var configuration = SQLiteObjectStore.Configuration(path: path)
    configuration.stamp = { value, revision in
        Array(String(decoding: value, as: UTF8.self).prefix { $0 != "@" }.utf8) + bytes("@\(revision)")
    }
    return configuration
}

extension ObjectStore {
    @discardableResult
    func create(_ key: String, _ text: String) async throws -> StoredObject {
        try await create(key, value: bytes(text), options: WriteOptions())
    }

    @discardableResult
    func update(_ key: String, _ text: String, expected: Int64) async throws -> StoredObject {
        try await update(key, value: bytes(text), expected: expected, options: WriteOptions())
    }

    @discardableResult
    func delete(_ key: String, expected: Int64? = nil) async throws -> StoredObject {
        try await delete(key, expected: expected, options: WriteOptions())
    }

    func texts(_ query: ListQuery) async throws -> [String] {
        try await list(query).objects.map { String(decoding: $0.value, as: UTF8.self) }
    }
}

func code(_ body: () async throws -> Void) async -> ObjectStoreError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? ObjectStoreError)?.code
    }
}

@Suite struct SQLiteObjectStoreTests {
    @Test func everyWriteGetsTheNextRevisionStampedIntoItsValue() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        let first = try await store.create("/pods/a", "one")
        let second = try await store.update("/pods/a", "two", expected: first.revision)
        let third = try await store.delete("/pods/a", expected: second.revision)
        #expect([first.revision, second.revision, third.revision] == [1, 2, 3])
        #expect(String(decoding: third.value, as: UTF8.self) == "two@3")
        #expect(try await store.get("/pods/a") == nil)
        #expect(try await store.currentRevision == 3)
    }

    @Test func writesThatDoNotFitAreRefused() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        try await store.create("/a", "one")
        #expect(await code { try await store.create("/a", "again") } == .alreadyExists)
        #expect(await code { try await store.update("/a", "two", expected: 7) } == .conflict)
        #expect(await code { try await store.update("/b", "two", expected: 1) } == .notFound)
        #expect(await code { try await store.delete("/a", expected: 7) } == .conflict)
        #expect(await code { try await store.delete("/b") } == .notFound)
        #expect(try await store.currentRevision == 1)
    }

    @Test func pagesOfAListShowOneRevision() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        for name in ["c", "a", "b", "d"] { try await store.create("/pods/\(name)", name) }
        try await store.create("/podsother", "x")
        let page = try await store.list(ListQuery(prefix: "/pods/", limit: 2))
        #expect(page.objects.map(\.key) == ["/pods/a", "/pods/b"])
        #expect(page.remaining == 2)
        #expect(page.revision == 5)
        try await store.delete("/pods/d")
        try await store.create("/pods/bb", "bb")
        let rest = try await store.texts(
            ListQuery(prefix: "/pods/", after: "/pods/b", limit: 2, revision: page.revision))
        #expect(rest == ["c@1", "d@4"])
        #expect(try await store.texts(ListQuery(prefix: "/pods/")) == ["a@2", "b@3", "bb@7", "c@1"])
    }

    @Test func objectsAndRevisionsSurviveAReopening() async throws {
        let directory = try ScratchDirectory()
        let store = try await SQLiteObjectStore.open(stampedConfiguration(directory.database))
        try await store.create("/a", "one")
        try await store.create("/b", "two")
        try await store.delete("/b")
        await store.close()
        let reopened = try await SQLiteObjectStore.open(stampedConfiguration(directory.database))
        #expect(try await reopened.currentRevision == 3)
        #expect(try await reopened.texts(ListQuery(prefix: "/")) == ["one@1"])
        #expect(try await reopened.create("/b", "new").revision == 4)
        await reopened.close()
    }

    @Test func ofWritersThatRaceForARevisionOneWins() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        let first = try await store.create("/a", "one")
        let outcomes = await withTaskGroup(of: ObjectStoreError.Code?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await code { try await store.update("/a", "\(number)", expected: first.revision) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .conflict } == 19)
        #expect(try await store.currentRevision == 2)
    }

    @Test func whatWasAcknowledgedIsInTheFilesAtOnce() async throws {
        let directory = try ScratchDirectory()
        let copy = try ScratchDirectory()
        let store = try await SQLiteObjectStore.open(stampedConfiguration(directory.database))
        try await store.create("/a", "one")
        let lease = WriteOptions(durability: .process)
        _ = try await store.create("/lease", value: bytes("held"), options: lease)
        // The files as a SIGKILL would leave them now.
        for suffix in ["", "-wal"] { try copyFile(directory.database + suffix, copy.database + suffix) }
        let survivor = try await SQLiteObjectStore.open(stampedConfiguration(copy.database))
        #expect(try await survivor.texts(ListQuery(prefix: "/")) == ["one@1", "held@2"])
        await survivor.close()
        await store.close()
    }

    private func copyFile(_ source: String, _ target: String) throws {
        let input = open(source, O_RDONLY)
        let output = open(target, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer {
            close(input)
            close(output)
        }
        try #require(input >= 0 && output >= 0)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(input, &buffer, buffer.count)
            guard count > 0 else { return }
            try #require(write(output, buffer, count) == count)
        }
    }

    @Test func aSecondStoreOnTheSameFileIsRefused() async throws {
        let directory = try ScratchDirectory()
        let store = try await SQLiteObjectStore.open(stampedConfiguration(directory.database))
        let path = directory.database
        #expect(await code { _ = try await SQLiteObjectStore.open(stampedConfiguration(path)) } == .locked)
        await store.close()
    }

    @Test func aFileThatIsNoDatabaseIsRefused() async throws {
        let directory = try ScratchDirectory()
        let file = try #require(fopen(directory.database, "w"))
        fputs("this is not a database, but long enough that SQLite looks at it as if it were one of its own", file)
        fclose(file)
        let path = directory.database
        #expect(await code { _ = try await SQLiteObjectStore.open(stampedConfiguration(path)) } == .unusable)
    }

    @Test func filesAreReadableByTheOwnerOnly() async throws {
        let directory = try ScratchDirectory()
        let store = try await SQLiteObjectStore.open(stampedConfiguration(directory.database))
        try await store.create("/a", "one")
        for suffix in ["", "-wal"] {
            var status = stat()
            #expect(stat(directory.database + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
        await store.close()
    }

    @Test func compactionForgetsOldRevisionsAndKeepsEveryObject() async throws {
        var configuration = stampedConfiguration()
        configuration.history = 8
        let store = try await SQLiteObjectStore.open(configuration)
        try await store.create("/kept", "kept")
        var revision = try await store.create("/busy", "0").revision
        try await store.create("/gone", "gone")
        try await store.delete("/gone")
        for round in 1...20 { revision = try await store.update("/busy", "\(round)", expected: revision).revision }
        #expect(try await store.texts(ListQuery(prefix: "/")) == ["20@24", "kept@1"])
        #expect(await code { _ = try await store.list(ListQuery(prefix: "/", revision: 5)) } == .expired)
        #expect(try await store.texts(ListQuery(prefix: "/", revision: 20)) == ["16@20", "kept@1"])
        #expect(await code { _ = try await store.watch(prefix: "/", after: 5) } == .expired)
        #expect(await code { _ = try await store.watch(prefix: "/", after: 25) } == .expired)
    }

    @Test func objectsWithALifetimeAreRemovedWhenItIsOver() async throws {
        let time = TestTime(1_000)
        var configuration = stampedConfiguration()
        configuration.now = { time.seconds }
        let store = try await SQLiteObjectStore.open(configuration)
        let brief = WriteOptions(durability: .process, lifetime: 60)
        let event = try await store.create("/events/a", value: bytes("a"), options: brief)
        _ = try await store.create("/events/b", value: bytes("b"), options: brief)
        time.advance(30)
        _ = try await store.update("/events/a", value: bytes("a2"), expected: event.revision, options: brief)
        time.advance(30)
        #expect(try await store.texts(ListQuery(prefix: "/events/")) == ["a2@3"])
        #expect(try await store.currentRevision == 4)
        time.advance(30)
        #expect(try await store.get("/events/a") == nil)
        let watch = try await store.watch(prefix: "/", after: 3)
        var iterator = watch.makeAsyncIterator()
        let batch = try #require(try await iterator.next())
        #expect(batch.events.map(\.kind) == [.deleted, .deleted])
        #expect(batch.events.map { String(decoding: $0.value, as: UTF8.self) } == ["b@4", "a2@5"])
    }
}

/// Seconds that only move when told to.
final class TestTime: Sendable {
    private let value: Mutex<Int64>

    init(_ seconds: Int64) { value = Mutex(seconds) }

    var seconds: Int64 { value.withLock { $0 } }

    func advance(_ seconds: Int64) { value.withLock { $0 += seconds } }
}
