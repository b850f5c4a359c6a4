package import Logging
package import StructuredData

/// Keeps up with a collection: lists it, watches it from there, and does so again whenever that breaks.
///
/// Upstream's reflector (client-go, tools/cache/reflector.go) is the model: a watch that ends goes on from the last
/// version it has told; a list follows only when the server no longer knows that version.
package struct ListWatch: Sendable {
    package enum Event: Sendable {
        /// Everything there is; what is missing is gone.
        case listed([JSONValue])
        /// Added or changed.
        case changed(JSONValue)
        case deleted(JSONValue)
        /// The server can't be reached, or refuses; told once for each attempt. It is tried again.
        case disconnected(KubernetesClientError)
    }

    private let client: KubernetesClient
    private let resource: ResourcePath
    private let fieldSelector: String?
    private let labelSelector: String?
    private let backoff: Backoff
    private let clock: any Clock<Duration>
    private let logger: Logger

    package init(
        client: KubernetesClient, resource: ResourcePath, fieldSelector: String? = nil, labelSelector: String? = nil,
        backoff: Backoff = Backoff(), clock: any Clock<Duration>, logger: Logger
    ) {
        self.client = client
        self.resource = resource
        self.fieldSelector = fieldSelector
        self.labelSelector = labelSelector
        self.backoff = backoff
        self.clock = clock
        self.logger = logger
    }

    /// Delivers events in their order, one after the other, until the task is cancelled.
    /// - Throws: `CancellationError` only.
    package func run(_ deliver: (Event) async -> Void) async throws {
        var version: String?
        var failures = 0
        while true {
            let before = version
            do {
                try await follow(&version, deliver)
                // A watch that brought nothing at all and ended: the server is in trouble without saying so.
                failures = version == before ? failures + 1 : 0
            } catch let error as KubernetesClientError {
                if error.isExpired {
                    version = nil
                    failures = before == nil ? failures + 1 : 0
                } else {
                    failures = version == before ? failures + 1 : 1
                    logger.debug(
                        "watch interrupted", metadata: ["resource": "\(resource)", "error": "\(error.message)"])
                    await deliver(.disconnected(error))
                }
            }
            if failures > 0 { try await clock.sleep(for: backoff.delay(failures: failures)) }
        }
    }

    private func follow(_ version: inout String?, _ deliver: (Event) async -> Void) async throws {
        if version == nil {
            let list = try await client.list(resource, options())
            await deliver(.listed(list.items))
            version = list.resourceVersion
        }
        for try await event in try await client.watch(resource, options(version)) {
            switch event.kind {
            case .added, .modified: await deliver(.changed(event.object))
            case .deleted: await deliver(.deleted(event.object))
            case .bookmark: break
            }
            if !event.resourceVersion.isEmpty { version = event.resourceVersion }
        }
        try Task.checkCancellation()
    }

    private func options(_ version: String? = nil) -> ListOptions {
        ListOptions(fieldSelector: fieldSelector, labelSelector: labelSelector, resourceVersion: version)
    }
}

/// How long to wait after failures in a row, as client-go's reflector does.
package struct Backoff: Sendable, Hashable {
    package var initial: Duration
    package var maximum: Duration

    package init(initial: Duration = .milliseconds(800), maximum: Duration = .seconds(30)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// Doubled with each failure up to the maximum, and then up to twice as long, by chance.
    package func delay(failures: Int) -> Duration {
        let doubled = initial * (1 << min(max(failures - 1, 0), 20))
        return min(doubled, maximum) * Double.random(in: 1..<2)
    }
}
