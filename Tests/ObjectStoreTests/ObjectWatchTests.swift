import Testing

@testable import ObjectStore

@Suite struct ObjectWatchTests {
    @Test func aWatchContinuesBehindItsRevisionWithoutGapOrRepetition() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        let first = try await store.create("/pods/a", "one")
        try await store.create("/nodes/n", "n")
        try await store.update("/pods/a", "two", expected: first.revision)
        var watch = try await store.watch(prefix: "/pods/", after: first.revision).makeAsyncIterator()
        let history = try #require(try await watch.next())
        #expect(history.events.map(\.revision) == [3])
        #expect(history.events.first?.previous == bytes("one@1"))
        #expect(history.revision == 3)
        async let live = collect(&watch, count: 2)
        try await store.create("/nodes/m", "m")
        try await store.delete("/pods/a")
        try await store.create("/pods/b", "b")
        let events = try await live
        #expect(events.map(\.kind) == [.deleted, .created])
        #expect(events.map { String(decoding: $0.value, as: UTF8.self) } == ["two@5", "b@6"])
    }

    @Test func aWatchOlderThanTheFeedReadsTheLog() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        var revision = try await store.create("/a", "0").revision
        let watch = try await store.watch(prefix: "/", after: revision)
        for round in 1...600 { revision = try await store.update("/a", "\(round)", expected: revision).revision }
        var iterator = watch.makeAsyncIterator()
        let events = try await collect(&iterator, count: 600)
        #expect(events.map(\.revision) == Array(2...601))
        #expect(events[300].previous == bytes("300@301"))
    }

    @Test func aWatchThatFellBehindCompactionExpires() async throws {
        var configuration = stampedConfiguration()
        configuration.history = 300
        let store = try await SQLiteObjectStore.open(configuration)
        var revision = try await store.create("/a", "0").revision
        let watch = try await store.watch(prefix: "/", after: revision)
        for round in 1...600 { revision = try await store.update("/a", "\(round)", expected: revision).revision }
        #expect(
            await code {
                var iterator = watch.makeAsyncIterator()
                _ = try await iterator.next()
            } == .expired)
    }

    @Test func aQuietWatchLearnsThatRevisionsWentOn() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        var revision = try await store.create("/busy", "0").revision
        var watch = try await store.watch(prefix: "/quiet/", after: revision).makeAsyncIterator()
        async let progress = watch.next()
        for round in 1...600 { revision = try await store.update("/busy", "\(round)", expected: revision).revision }
        let batch = try #require(try await progress)
        #expect(batch.events.isEmpty)
        #expect(batch.revision >= 251)
    }

    @Test func cancellationAndClosingEndAWaitingWatch() async throws {
        let store = try await SQLiteObjectStore.open(stampedConfiguration())
        let watch = try await store.watch(prefix: "/", after: 0)
        let cancelled = Task { () -> Bool in
            var iterator = watch.makeAsyncIterator()
            do { _ = try await iterator.next() } catch { return error is CancellationError }
            return false
        }
        cancelled.cancel()
        #expect(await cancelled.value)
        async let closed = code {
            var iterator = watch.makeAsyncIterator()
            _ = try await iterator.next()
        }
        await store.close()
        #expect(await closed == .failed)
    }

    private func collect(_ iterator: inout ObjectWatch.Iterator, count: Int) async throws -> [StoreEvent] {
        var events: [StoreEvent] = []
        while events.count < count, let batch = try await iterator.next() { events += batch.events }
        return events
    }
}
