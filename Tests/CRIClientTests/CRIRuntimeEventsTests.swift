import CRIProtocol
import ContainerRuntime
import GRPCCore
import KubernetesAPI
import Logging
import SwiftProtobuf
import Synchronization
import Testing

@testable import CRIClient

@Suite(.timeLimit(.minutes(3))) struct CRIRuntimeEventsTests {
    private let logger = Logger(label: "events") { _ in SwiftLogNoOpLogHandler() }

    @Test func criEventsArePassedOnWhereTheRuntimeHasThem() async throws {
        let source = Broadcast<Runtime_V1_ContainerEventResponse>()
        try await withRuntime(.version("1.7.0"), criEvents(source)) { connection in
            var events = CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger).events()
                .makeAsyncIterator()
            #expect(await events.next() == .resynchronize)
            await source.send(criEvent("c1", .containerCreatedEvent))
            await source.send(criEvent("c1", .containerStartedEvent))
            await source.send(criEvent("c1", .containerStoppedEvent))
            await source.send(criEvent("c1", .containerDeletedEvent))
            #expect(await events.next() == .changed(id: "c1", .created))
            #expect(await events.next() == .changed(id: "c1", .started))
            #expect(await events.next() == .changed(id: "c1", .stopped))
            #expect(await events.next() == .changed(id: "c1", .removed))
        }
    }

    @Test func containerdsOwnEventsServeWhereTheCRIHasNone() async throws {
        let source = Broadcast<Containerd_Services_Events_V1_Envelope>()
        try await withRuntime(.version("1.6.20"), publish(source), subscribe(source)) { connection in
            var events = CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger).events()
                .makeAsyncIterator()
            await source.send(try envelope("/tasks/start", TaskStart.with { $0.containerID = "c1" }))
            #expect(await nextChange(&events) == .changed(id: "c1", .started))
        }
    }

    @Test(arguments: [
        ("1.6.20~ds1", false), ("v1.5.9", false), ("1.7.0", true), ("v2.0.0-rc.1", true), ("1.10.0", true),
        ("unknown", true),
    ])
    func containerdHasCRIEventsSince1_7(_ version: String, _ expected: Bool) {
        #expect(CRIRuntimeEvents.containerdHasEvents(version) == expected)
    }

    @Test func aBrokenStreamIsSubscribedAgainAndAsksForARelist() async throws {
        let socket = try SocketPath()
        defer { socket.remove() }
        try await withConnection(to: socket.path) { connection in
            var events = CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger).events()
                .makeAsyncIterator()
            for id in ["c1", "c2"] {
                let source = Broadcast<Runtime_V1_ContainerEventResponse>()
                try await FakeRuntime(.version("1.7.0"), criEvents(source)).serving(at: socket.path) {
                    #expect(await events.next() == .resynchronize)
                    await source.send(criEvent(id, .containerStartedEvent))
                    #expect(await events.next() == .changed(id: id, .started))
                }
                #expect(await events.next() == .disconnected)
            }
        }
    }

    @Test func theStreamEndsWithItsTask() async throws {
        let source = Broadcast<Runtime_V1_ContainerEventResponse>()
        try await withRuntime(.version("1.7.0"), criEvents(source)) { connection in
            let events = CRIRuntimeEvents(connection, clock: ContinuousClock(), logger: logger).events()
            let seen = Received<RuntimeEvent>()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await event in events { seen.note(event) } }
                #expect(await seen.next() == .resynchronize)
                group.cancelAll()
            }
            await source.waitUntilNobodyListens()
        }
    }

    /// The next event that is about a container.
    private func nextChange(_ events: inout AsyncStream<RuntimeEvent>.Iterator) async -> RuntimeEvent? {
        while let event = await events.next() {
            if case .changed = event { return event }
        }
        return nil
    }

    private func criEvent(
        _ id: String, _ type: Runtime_V1_ContainerEventType
    ) -> Runtime_V1_ContainerEventResponse {
        .with {
            $0.containerID = id
            $0.containerEventType = type
        }
    }

    private func criEvents(_ source: Broadcast<Runtime_V1_ContainerEventResponse>) -> any Route {
        Streaming<Runtime_V1_GetEventsRequest, Runtime_V1_ContainerEventResponse>(
            Runtime_V1_RuntimeService.Method.GetContainerEvents.descriptor
        ) { _, writer in
            for await event in source.subscribe() { try await writer.write(event) }
        }
    }

    private func subscribe(_ source: Broadcast<Containerd_Services_Events_V1_Envelope>) -> any Route {
        Streaming<Containerd_Services_Events_V1_SubscribeRequest, Containerd_Services_Events_V1_Envelope>(
            Containerd_Services_Events_V1_Events.Method.Subscribe.descriptor
        ) { _, writer in
            for await event in source.subscribe() { try await writer.write(event) }
        }
    }

    private func publish(_ source: Broadcast<Containerd_Services_Events_V1_Envelope>) -> any Route {
        Unary<Containerd_Services_Events_V1_PublishRequest, Containerd_Services_Events_V1_PublishResponse>(
            Containerd_Services_Events_V1_Events.Method.Publish.descriptor
        ) { request in
            source.sendToListeners(
                .with {
                    $0.namespace = "k8s.io"
                    $0.topic = request.topic
                    $0.event = request.event
                })
            return Containerd_Services_Events_V1_PublishResponse()
        }
    }
}

@Suite struct ContainerdEventTests {
    @Test(arguments: [
        ("/containers/create", ContainerdEvent.changed(id: "c1", .created)),
        ("/containers/delete", .changed(id: "c1", .removed)),
    ])
    func containersComeAndGo(_ topic: String, _ expected: ContainerdEvent) throws {
        let event = try envelope(topic, Containerd_Events_ContainerDelete.with { $0.id = "c1" })
        #expect(try ContainerdEvent(event) == expected)
    }

    @Test func theEndOfAContainersProcessIsTold() throws {
        let end = Containerd_Events_TaskDelete.with {
            $0.containerID = "c1"
            $0.exitStatus = 137
            $0.exitedAt.seconds = 5
            $0.exitedAt.nanos = 6
        }
        let exit = ObservedExits.Exit(code: 137, finishedAt: Timestamp(seconds: 5, nanoseconds: 6))
        #expect(try ContainerdEvent(envelope("/tasks/delete", end)) == .exited(id: "c1", exit))
        let first = Containerd_Events_TaskExit.with {
            $0.containerID = "c1"
            $0.id = "c1"
            $0.exitStatus = 137
            $0.exitedAt.seconds = 5
            $0.exitedAt.nanos = 6
        }
        #expect(try ContainerdEvent(envelope("/tasks/exit", first)) == .exited(id: "c1", exit))
        let outOfMemory = Containerd_Events_TaskOOM.with { $0.containerID = "c1" }
        #expect(try ContainerdEvent(envelope("/tasks/oom", outOfMemory)) == .changed(id: "c1", .outOfMemory))
    }

    @Test func theEndOfAnExecsProcessIsNot() throws {
        let end = Containerd_Events_TaskDelete.with {
            $0.containerID = "c1"
            $0.id = "e1"
        }
        #expect(try ContainerdEvent(envelope("/tasks/delete", end)) == nil)
        let exit = Containerd_Events_TaskExit.with {
            $0.containerID = "c1"
            $0.id = "e1"
        }
        #expect(try ContainerdEvent(envelope("/tasks/exit", exit)) == nil)
    }

    @Test func otherNamespacesAreOtherPeoplesBusiness() throws {
        var event = try envelope("/tasks/start", TaskStart.with { $0.containerID = "c1" })
        event.namespace = "moby"
        #expect(try ContainerdEvent(event) == nil)
    }
}

@Suite struct EventSinkTests {
    @Test func anOverflowBecomesOneRelist() async {
        let (stream, continuation) = AsyncStream<RuntimeEvent>.makeStream(
            bufferingPolicy: .bufferingNewest(EventSink.capacity))
        let sink = EventSink(continuation)
        sink.connect()
        for number in 0..<(EventSink.capacity + 500) { sink.changed("c\(number)", .started) }
        continuation.finish()
        var relists = 0
        var last = RuntimeEvent.resynchronize
        for await event in stream {
            if event == .resynchronize { relists += 1 }
            last = event
        }
        #expect(relists == 1)
        #expect(last == .changed(id: "c\(EventSink.capacity + 499)", .started))
    }
}

private typealias TaskStart = Containerd_Events_TaskStart

private func envelope(_ topic: String, _ payload: some Message) throws -> Containerd_Services_Events_V1_Envelope {
    try .with {
        $0.namespace = "k8s.io"
        $0.topic = topic
        $0.event.value = try payload.serializedBytes()
    }
}

/// Hands each event to everybody who listens.
private final class Broadcast<Event: Sendable>: Sendable {
    private struct State {
        var listeners: [Int: AsyncStream<Event>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())
    private let changes: AsyncStream<Int>
    private let counts: AsyncStream<Int>.Continuation

    init() {
        (changes, counts) = AsyncStream.makeStream()
    }

    func subscribe() -> AsyncStream<Event> {
        AsyncStream { continuation in
            let id = state.withLock { state in
                state.next += 1
                state.listeners[state.next] = continuation
                counts.yield(state.listeners.count)
                return state.next
            }
            continuation.onTermination = { [weak self] _ in self?.remove(id) }
        }
    }

    private func remove(_ id: Int) {
        state.withLock { state in
            state.listeners[id] = nil
            counts.yield(state.listeners.count)
        }
    }

    func sendToListeners(_ event: Event) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(event) }
    }

    /// Waits for somebody to listen before it sends.
    func send(_ event: Event) async {
        await wait { $0 > 0 }
        sendToListeners(event)
    }

    func waitUntilNobodyListens() async {
        await wait { $0 == 0 }
    }

    private func wait(_ condition: (Int) -> Bool) async {
        if condition(state.withLock { $0.listeners.count }) { return }
        for await count in changes where condition(count) { return }
    }
}
