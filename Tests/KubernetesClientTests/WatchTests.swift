import HTTPServing
import KubernetesClient
import NIOHTTP1
import StructuredData
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct WatchTests {
    @Test func linesBecomeEvents() async throws {
        let seen = Mutex("")
        try await withServer { request in
            seen.withLock { $0 = request.rawURI }
            return .watch([
                .event("ADDED", .pod("a", version: 5)), .event("BOOKMARK", .pod("", version: 9)),
                .event("DELETED", .pod("a", version: 10)),
            ])
        } _: { port in
            try await withClient(port: port) { client in
                var events: [String] = []
                let options = ListOptions(resourceVersion: "4")
                for try await event in try await client.watch(.pods(namespace: "n"), options) {
                    events.append("\(event.kind) \(event.resourceVersion)")
                }
                #expect(events == ["added 5", "bookmark 9", "deleted 10"])
            }
        }
        #expect(
            seen.withLock { $0 }
                == "/api/v1/namespaces/n/pods?resourceVersion=4&watch=true&allowWatchBookmarks=true")
    }

    @Test(arguments: [true, false])
    func lostHistoryIsExpired(inStream: Bool) async throws {
        try await withServer { _ in
            inStream ? .watch([.event("ERROR", .status(410, "Expired"))]) : .failure(410, "Expired")
        } _: { port in
            try await withClient(port: port) { client in
                let error = await #expect(throws: KubernetesClientError.self) {
                    for try await _ in try await client.watch(.nodes, ListOptions(resourceVersion: "1")) {}
                }
                #expect(error?.isExpired == true)
            }
        }
    }

    @Test func garbageIsSaid() async throws {
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { try await $0.write("{\"type\":\n") }
        } _: { port in
            try await withClient(port: port) { client in
                let error = await #expect(throws: KubernetesClientError.self) {
                    for try await _ in try await client.watch(.nodes, ListOptions()) {}
                }
                #expect(error?.code == .unexpectedAnswer)
            }
        }
    }

    @Test func leavingAWatchClosesItsConnection() async throws {
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { writer in
                defer { continuation.finish() }
                try await writer.write(JSONValue.event("ADDED", .pod("a", version: 1)).serialized() + [10])
                for await _ in AsyncStream<Void>.makeStream().stream {}
            }
        } _: { port in
            try await withClient(port: port) { client in
                for try await _ in try await client.watch(.nodes, ListOptions()) { break }
                for await _ in ended {}
            }
        }
    }
}

@Suite(.timeLimit(.minutes(3))) struct ListWatchTests {
    /// Collects what a list-watch tells until `count` events are there.
    private func follow(_ client: KubernetesClient, count: Int) async -> [String] {
        let watch = ListWatch(
            client: client, resource: .pods(namespace: nil),
            backoff: Backoff(initial: .milliseconds(1), maximum: .milliseconds(2)), clock: ContinuousClock(),
            logger: quietLogger())
        let (events, continuation) = AsyncStream<String>.makeStream()
        return await withTaskGroup { group in
            group.addTask {
                try? await watch.run { event in
                    switch event {
                    case .listed(let items): continuation.yield("listed \(items.count)")
                    case .changed(let object): continuation.yield("changed \(name(object))")
                    case .deleted(let object): continuation.yield("deleted \(name(object))")
                    case .disconnected(let error): continuation.yield("disconnected \(error.httpStatus)")
                    }
                }
            }
            var seen: [String] = []
            for await event in events {
                seen.append(event)
                if seen.count == count { break }
            }
            group.cancelAll()
            return seen
        }
    }

    @Test func endedWatchGoesOnFromItsLastVersion() async throws {
        try await withServer { request in
            guard request.query.contains("watch") else { return .json(.list([.pod("a", version: 1)], version: 3)) }
            switch request.query["resourceVersion"] {
            case "3":
                return .watch([.event("MODIFIED", .pod("a", version: 4)), .event("BOOKMARK", .pod("", version: 6))])
            case "6": return .watch([.event("DELETED", .pod("a", version: 7))], staysOpen: true)
            default: return .failure(400, "BadRequest")
            }
        } _: { port in
            try await withClient(port: port) { client in
                let told = await follow(client, count: 3)
                #expect(told == ["listed 1", "changed a", "deleted a"])
            }
        }
    }

    @Test func lostHistoryIsListedAgain() async throws {
        let lists = Atomic(0)
        try await withServer { request in
            guard request.query.contains("watch") else {
                let count = lists.add(1, ordering: .relaxed).newValue
                return .json(.list([], version: count))
            }
            return request.query["resourceVersion"] == "1"
                ? .failure(410, "Expired") : .watch([.event("ADDED", .pod("b", version: 9))], staysOpen: true)
        } _: { port in
            try await withClient(port: port) { client in
                let told = await follow(client, count: 3)
                #expect(told == ["listed 0", "listed 0", "changed b"])
            }
        }
    }

    @Test func refusalsAreToldAndTriedAgain() async throws {
        let requests = Atomic(0)
        try await withServer { request in
            if requests.add(1, ordering: .relaxed).newValue < 3 { return .failure(500, "InternalError") }
            return request.query.contains("watch") ? .watch([], staysOpen: true) : .json(.list([], version: 1))
        } _: { port in
            try await withClient(port: port) { client in
                let told = await follow(client, count: 3)
                #expect(told == ["disconnected 500", "disconnected 500", "listed 0"])
            }
        }
    }

    @Test func delayDoublesUpToItsMaximum() {
        let backoff = Backoff(initial: .milliseconds(800), maximum: .seconds(30))
        for (failures, base) in [(1, 0.8), (2, 1.6), (4, 6.4), (9, 30), (1_000, 30)] {
            let delay = backoff.delay(failures: failures) / Duration.seconds(1)
            #expect(delay >= base && delay < 2 * base)
        }
    }
}

private func name(_ object: JSONValue) -> String { object.value(at: "metadata", "name")?.stringValue ?? "" }
