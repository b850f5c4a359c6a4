package import ContainerRuntime
package import PodLifecycle

/// Tells when containers end.
package protocol ContainerExits: Sendable {
    /// Returns once the runtime says that the container has ended or is gone, at once when that is so already.
    ///
    /// By then everything that the container wrote is in its log. Ends with `CancellationError` when cancelled.
    /// - Throws: `ContainerRuntimeError` when the runtime can't be asked.
    func waitForExit(of id: ContainerID) async throws
}

/// Learns of exits from the runtime's events: asks only after an event names the container, or events were lost.
package struct RuntimeContainerExits: ContainerExits {
    private let runtime: any RuntimeService
    private let events: any RuntimeEvents
    private let clock: any KubeletClock

    package init(runtime: any RuntimeService, events: any RuntimeEvents, clock: any KubeletClock) {
        self.runtime = runtime
        self.events = events
        self.clock = clock
    }

    package func waitForExit(of id: ContainerID) async throws {
        // Listening comes before asking, so that an exit between the two is not missed.
        let events = events.events()
        if try await hasEnded(id) { return }
        for await event in events {
            switch event {
            case .changed(id.rawValue, .stopped), .changed(id.rawValue, .removed):
                return try await settle(id)
            case .changed, .disconnected: break
            case .resynchronize: if try await hasEnded(id) { return }
            }
        }
        throw CancellationError()
    }

    /// Waits until the runtime's own status agrees with its event. containerd publishes the event first, and then
    /// copies the last output to the log and takes note of the exit.
    private func settle(_ id: ContainerID) async throws {
        var pause = Duration.milliseconds(2)
        while try await !hasEnded(id), pause < .seconds(2) {
            try await clock.sleep(for: pause)
            pause *= 2
        }
    }

    private func hasEnded(_ id: ContainerID) async throws -> Bool {
        do {
            return try await runtime.containerStatus(id).state == .exited
        } catch let error as ContainerRuntimeError where error.code == .notFound {
            return true
        }
    }
}
