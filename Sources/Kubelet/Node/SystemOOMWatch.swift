package import HostSystem
import KubernetesAPI
package import Logging
package import PodLifecycle

/// Tells as events of the node when the machine's memory ran out (upstream: `pkg/kubelet/oom/oom_watcher_linux.go`).
package struct SystemOOMWatch: Sendable {
    /// Before the log is opened again.
    private static let pause = Duration.seconds(1)

    private let open: @Sendable () async throws -> KernelLog
    private let events: any EventSink
    private let nodeName: String
    private let clock: any KubeletClock
    private let logger: Logger

    /// - Parameter open: opens the kernel's log.
    package init(
        _ open: @escaping @Sendable () async throws -> KernelLog, events: any EventSink, nodeName: String,
        clock: any KubeletClock, logger: Logger
    ) {
        self.open = open
        self.events = events
        self.nodeName = nodeName
        self.clock = clock
        self.logger = logger
    }

    /// Watches until cancelled, or for as long as the log can be opened.
    func run() async {
        while !Task.isCancelled {
            do {
                let log = try await open()
                // It ends when the kernel has written more than it keeps.
                try? await log.forEachMessage { note($0) }
            } catch {
                logger.notice(
                    "cannot read the kernel's log: that memory ran out will show there alone",
                    metadata: ["error": "\(error)"])
                return
            }
            guard (try? await clock.sleep(for: Self.pause)) != nil else { return }
        }
    }

    private func note(_ message: String) {
        guard let victim = SystemOOM(message: message) else { return }
        events.record(
            .warning, "SystemOOM",
            "System OOM encountered, victim process: \(victim.processName), pid: \(victim.processID)",
            about: EventTarget(node: nodeName))
    }
}
