internal import CRIProtocol
package import ContainerRuntime
internal import GRPCCore
package import Logging

/// The runtime's container events: those of the CRI where it has them (containerd 1.7 and later, CRI-O), otherwise
/// those of containerd's own event service.
///
/// Each stream has a subscription of its own. With a runtime that has neither it stays silent but for
/// `.resynchronize` and `.disconnected` pairs, and the consumer keeps to its relists.
package struct CRIRuntimeEvents: RuntimeEvents {
    private enum Source {
        case containerRuntimeInterface, containerd
    }

    /// Pauses between attempts to subscribe while the runtime answers but refuses; one that is away is waited for by
    /// the connection.
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(10)
    /// Before a runtime without any events is asked again: it may have been replaced by one that has them.
    private static let pauseWithoutEvents = Duration.seconds(600)

    private let connection: CRIConnection
    private let clock: any Clock<Duration>
    private let logger: Logger

    package init(_ connection: CRIConnection, clock: any Clock<Duration>, logger: Logger) {
        self.connection = connection
        self.clock = clock
        self.logger = logger
    }

    package func events() -> AsyncStream<RuntimeEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(EventSink.capacity)) { continuation in
            // Bridges gRPC's responses, which only live inside a call, to the stream; ended by the stream's end.
            let task = Task { await subscribe(EventSink(continuation)) }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func subscribe(_ sink: EventSink) async {
        var source = Source.containerRuntimeInterface
        var pause = Self.firstPause
        while !Task.isCancelled {
            var reason = "the runtime ended it"
            do {
                try await follow(source, sink)
            } catch let error as RPCError where error.code == .unimplemented {
                if source == .containerRuntimeInterface {
                    source = .containerd
                    sink.disconnect()
                    continue
                }
                source = .containerRuntimeInterface
                pause = Self.pauseWithoutEvents
                logger.warning("the runtime has no container events, changes are found by relisting")
            } catch {
                if Task.isCancelled { return }
                reason = "\(error)"
            }
            if sink.disconnect() {
                pause = Self.firstPause
                logger.warning("lost the container events, subscribing again", metadata: ["reason": "\(reason)"])
            }
            connection.exits.forgetAll()
            guard (try? await clock.sleep(for: pause)) != nil else { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Subscribes and passes events on until the stream ends, which it throws the reason of, if there is one.
    private func follow(_ source: Source, _ sink: EventSink) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                switch source {
                case .containerRuntimeInterface: try await receiveContainerEvents(sink)
                case .containerd: try await receiveContainerdEvents(sink)
                }
                return true
            }
            group.addTask {
                switch source {
                case .containerRuntimeInterface: try await confirmContainerEvents(sink)
                case .containerd: try await confirmContainerdEvents(sink)
                }
                return false
            }
            defer { group.cancelAll() }
            while let streamEnded = try await group.next() {
                if streamEnded { return }
            }
        }
    }
}

// MARK: - CRI events

extension CRIRuntimeEvents {
    private func receiveContainerEvents(_ sink: EventSink) async throws {
        try await connection.runtime.getContainerEvents(
            Runtime_V1_GetEventsRequest(), options: CRIConnection.options(timeout: nil)
        ) { response in
            for try await event in response.messages {
                sink.connect()
                guard let change = RuntimeEvent.Change(event.containerEventType) else { continue }
                sink.changed(event.containerID, change)
            }
        }
    }

    /// The server sends nothing before the first event; that another call on the same connection, made after the
    /// subscription, is answered, is as good a sign as there is.
    private func confirmContainerEvents(_ sink: EventSink) async throws {
        let version = try await connection.runtime.version(
            Runtime_V1_VersionRequest(), options: CRIConnection.options(timeout: nil))
        // An old containerd refuses the subscription as well, but that may come after this answer.
        if version.runtimeName == "containerd", !Self.containerdHasEvents(version.runtimeVersion) {
            throw RPCError(code: .unimplemented, message: "containerd has CRI events since 1.7")
        }
        sink.connect()
    }

    /// Whether containerd of a version such as `1.6.20~ds1` or `v1.7.0` has CRI events: since 1.7, and in a version
    /// that can't be read.
    static func containerdHasEvents(_ version: String) -> Bool {
        let parts = version.drop { $0 == "v" }.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return true }
        return (major, minor) >= (1, 7)
    }
}

extension RuntimeEvent.Change {
    init?(_ type: Runtime_V1_ContainerEventType) {
        switch type {
        case .containerCreatedEvent: self = .created
        case .containerStartedEvent: self = .started
        case .containerStoppedEvent: self = .stopped
        case .containerDeletedEvent: self = .removed
        case .UNRECOGNIZED: return nil
        }
    }
}

// MARK: - containerd events

extension CRIRuntimeEvents {
    private func receiveContainerdEvents(_ sink: EventSink) async throws {
        var request = Containerd_Services_Events_V1_SubscribeRequest()
        request.filters = [ContainerdEvent.filter]
        try await connection.containerdEvents.subscribe(
            request, options: CRIConnection.options(timeout: nil)
        ) { response in
            for try await envelope in response.messages {
                switch try ContainerdEvent(envelope) {
                case .subscribed: sink.connect()
                case .changed(let id, let change): changed(id, change, sink)
                case .exited(let id, let exit):
                    connection.exits.note(exit, of: id)
                    sink.changed(id, .stopped)
                case nil: continue
                }
            }
        }
    }

    private func changed(_ id: String, _ change: RuntimeEvent.Change, _ sink: EventSink) {
        switch change {
        case .outOfMemory: connection.exits.noteOutOfMemory(of: id)
        case .removed: connection.exits.forget(id)
        case .created, .started, .stopped: break
        }
        sink.changed(id, change)
    }

    /// Publishes an event of our own until it comes back: only then is the subscription known to stand.
    private func confirmContainerdEvents(_ sink: EventSink) async throws {
        var request = Containerd_Services_Events_V1_PublishRequest()
        request.topic = ContainerdEvent.subscribedTopic
        request.event.typeURL = "google.protobuf.Empty"
        var pause = Duration.milliseconds(5)
        while !sink.isConnected {
            _ = try await connection.containerdEvents.publish(
                request, metadata: ContainerdEvent.namespaceMetadata,
                options: CRIConnection.options(timeout: connection.configuration.requestTimeout))
            try await clock.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }
}
