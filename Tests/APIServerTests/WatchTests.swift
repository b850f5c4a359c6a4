import StructuredData
import Testing

@testable import APIServer

@Suite struct WatchTests {
    private func take(_ count: Int, of stream: AsyncStream<JSONValue>) async -> [JSONValue] {
        var events: [JSONValue] = []
        for await event in stream {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    private func types(_ events: [JSONValue]) -> [String] {
        events.map { "\($0["type"]?.stringValue ?? "") \($0["object"]?.name ?? "")" }
    }

    @Test func aWatchBeginsWithWhatThereIsAndGoesOn() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("a")
        let watch = try await api.watch("/api/v1/pods?watch=true")
        try await api.createPod("b")
        _ = try await api.send(
            "PATCH", "/api/v1/namespaces/default/pods/a", ["metadata": ["labels": ["x": "y"]]],
            type: "application/merge-patch+json")
        _ = try await api.send("DELETE", "/api/v1/namespaces/default/pods/b")
        let events = await take(4, of: watch)
        #expect(types(events) == ["ADDED a", "ADDED b", "MODIFIED a", "DELETED b"])
        let versions = events.compactMap { Int64($0["object"]?.resourceVersion ?? "") }
        #expect(versions.count == 4)
        #expect(versions == versions.sorted())
    }

    @Test func aWatchGoesOnBehindAList() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("a")
        let list = try await api.send("GET", "/api/v1/pods").json
        try await api.createPod("b")
        let watch = try await api.watch("/api/v1/pods?watch=1&resourceVersion=\(list.resourceVersion)")
        #expect(types(await take(1, of: watch)) == ["ADDED b"])
    }

    @Test func objectsComeIntoAndLeaveASelection() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("a", labels: ["on": "no"])
        let watch = try await api.watch("/api/v1/pods?watch=1&labelSelector=on%3Dyes")
        let uri = "/api/v1/namespaces/default/pods/a"
        for value in ["yes", "no"] {
            _ = try await api.send(
                "PATCH", uri, ["metadata": ["labels": ["on": .string(value)]]], type: "application/merge-patch+json")
        }
        let events = await take(2, of: watch)
        #expect(types(events) == ["ADDED a", "DELETED a"])
        #expect(events[1]["object"]?.value(at: "metadata", "labels", "on") == "yes")
        let current = try await api.send("GET", uri).json
        #expect(events[1]["object"]?.resourceVersion == current.resourceVersion)
    }

    @Test func aNameIsWatchedWithoutItsLongerNeighbours() async throws {
        let api = try await TestAPI.start()
        let watch = try await api.watch("/api/v1/namespaces/default/pods?watch=1&fieldSelector=metadata.name%3Dweb")
        try await api.createPod("web-2")
        try await api.createPod("web")
        #expect(types(await take(1, of: watch)) == ["ADDED web"])
    }

    @Test func initialEventsEndWithABookmark() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("a")
        let watch = try await api.watch(
            "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
        let events = await take(2, of: watch)
        #expect(events.map { $0["type"] } == ["ADDED", "BOOKMARK"])
        #expect(events[1]["object"]?.annotation("k8s.io/initial-events-end") == "true")
        let incomplete = try await api.send("GET", "/api/v1/pods?watch=1&sendInitialEvents=true")
        #expect(incomplete.status == 422)
    }

    @Test func aVersionThatNeverWasIsGone() async throws {
        let api = try await TestAPI.start()
        let answer = try await api.send("GET", "/api/v1/pods?watch=1&resourceVersion=99999")
        #expect(answer.status == 410)
        #expect(answer.reason == "Expired")
    }

    @Test func columnsComeWithTheFirstRowOnly() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("a")
        try await api.createPod("b")
        let watch = try await api.watch(
            "/api/v1/pods?watch=1", accept: "application/json;as=Table;v=v1;g=meta.k8s.io")
        let tables = await take(2, of: watch).compactMap { $0["object"] }
        #expect(tables.map { $0["kind"] } == ["Table", "Table"])
        #expect(tables.map { $0["columnDefinitions"]?.arrayValue?.isEmpty } == [false, true])
    }
}
