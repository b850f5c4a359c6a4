package import ContainerRuntime
import KubernetesAPI
package import PodLifecycle
import StructuredData

/// Why a hook failed.
struct HookFailure: Error, CustomStringConvertible {
    let description: String
}

/// Does what containers' specs ask for after their start and before their stop, after upstream's
/// `pkg/kubelet/lifecycle/handlers.go`.
package struct LifecycleHooks: Sendable {
    private let runtime: any RuntimeService
    private let requests: any HookRequests
    private let events: any EventSink
    let clock: any KubeletClock

    package init(
        runtime: any RuntimeService, requests: any HookRequests, events: any EventSink, clock: any KubeletClock
    ) {
        self.runtime = runtime
        self.requests = requests
        self.events = events
        self.clock = clock
    }

    /// Whom a hook is run for.
    struct Subject: Sendable {
        var pod: Pod
        var container: Container
        var id: ContainerID
        /// The pod's IPs.
        var addresses: [String]

        var target: EventTarget { EventTarget(pod: pod, container: container.name) }

        fileprivate var inWords: String {
            "for Container \"\(container.name)\" in Pod \"\(pod.nameInMessages)\" failed - error: "
        }
    }

    /// Runs the hook after the start, if there is one.
    /// - Throws: `HookFailure`, after it recorded an event: the container is then to be stopped.
    func afterStart(_ subject: Subject) async throws {
        guard let hook = subject.container.lifecycle?.postStart else { return }
        do {
            try await run(hook, subject)
        } catch let failure as HookFailure {
            // Upstream keeps the reason out of it, for it may hold secrets.
            events.record(.warning, "FailedPostStartHook", "PostStartHook failed", about: subject.target)
            throw failure
        }
    }

    /// Runs the hook before the stop, if there is one, for no longer than the grace period; its failure changes nothing.
    /// - Parameter grace: seconds between the beginning of the goodbye and its end by force.
    /// - Returns: the seconds that are left.
    func beforeStop(_ subject: Subject, grace: Int64) async throws -> Int64 {
        guard let hook = subject.container.lifecycle?.preStop, grace > 0 else { return grace }
        let begun = clock.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await runToEnd(hook, subject) }
            group.addTask { try await clock.sleep(until: begun.adding(seconds: grace)) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
        return grace - clock.now().since(begun).components.seconds
    }

    private func runToEnd(_ hook: LifecycleHandler, _ subject: Subject) async {
        do {
            try await run(hook, subject)
        } catch is HookFailure {
            events.record(.warning, "FailedPreStopHook", "PreStopHook failed", about: subject.target)
        } catch {
            // Nobody waits for it any more.
        }
    }

    // MARK: Kinds

    private func run(_ hook: LifecycleHandler, _ subject: Subject) async throws {
        if let exec = hook.exec {
            try await run(exec.command, subject)
        } else if let httpGet = hook.httpGet {
            try await get(httpGet, subject)
        } else if let sleep = hook.sleep {
            try await clock.sleep(for: .seconds(sleep.seconds))
        } else {
            throw HookFailure(description: "Cannot run handler: invalid handler")
        }
    }

    private func run(_ command: [String], _ subject: Subject) async throws {
        let said: String
        do {
            let result = try await runtime.execSync(subject.id, command: command, timeout: 0)
            guard result.exitCode != 0 else { return }
            let errors = String(decoding: result.stderr, as: UTF8.self)
            said =
                "command '\(command.joined(separator: " "))' exited with \(result.exitCode): \(errors), "
                + "message: \"\(String(decoding: result.stdout, as: UTF8.self) + errors)\""
        } catch let error as ContainerRuntimeError {
            said = "\(error)"
        }
        throw HookFailure(
            description: "Exec lifecycle hook ([\(command.joined(separator: " "))]) \(subject.inWords)\(said)")
    }

    private func get(_ action: HTTPGetAction, _ subject: Subject) async throws {
        func failure(_ reason: String) -> HookFailure {
            HookFailure(description: "HTTP lifecycle hook (\(action.target)) \(subject.inWords)\(reason)")
        }
        let request: HTTPGetRequest
        do {
            request = try action.request(to: subject.container, at: subject.addresses.first)
        } catch {
            throw failure("\(error)")
        }
        do {
            guard try await requests.send(request) else { return }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw failure("\(error)")
        }
        events.record(
            .warning, "LifecycleHTTPFallback",
            "request to HTTPS lifecycle hook \(request.host):\(request.port) got HTTP response, retry with HTTP succeeded",
            about: subject.target)
    }
}
