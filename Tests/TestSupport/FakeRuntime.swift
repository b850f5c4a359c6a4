package import ContainerRuntime
package import KubernetesAPI
import Synchronization

/// A container runtime in memory: what was made runs until it is stopped, killed or told to end.
///
/// It follows containerd where a kubelet could tell: names are taken until their holder is removed, a list leaves out
/// what containerd leaves out, an exit is told by an event. Time doesn't pass in it: a grace period is over at once
/// unless the container is told to hang.
package final class FakeRuntime: Sendable {
    /// The calls that can be counted, failed and held.
    package enum Operation: String, Sendable, Hashable {
        case version, status
        case runPodSandbox, stopPodSandbox, removePodSandbox, podSandboxStatus, listPodSandboxes
        case createContainer, startContainer, stopContainer, removeContainer, containerStatus, listContainers
        case updateContainerResources, reopenContainerLog, execSync, exec, attach, portForward
        case listContainerStats, updatePodCIDR
        case listImages, imageStatus, pullImage, removeImage, imageFileSystems, sandboxImage
    }

    /// One call: `subject` is the pod's name for sandboxes, the container's name for containers, the image for images.
    package struct Call: Sendable, Hashable, CustomStringConvertible {
        package var operation: Operation
        package var subject: String

        package init(_ operation: Operation, _ subject: String = "") {
            self.operation = operation
            self.subject = subject
        }

        package var description: String { subject.isEmpty ? operation.rawValue : "\(operation.rawValue) \(subject)" }
    }

    /// What a container does when it is asked to stop.
    package enum StopBehavior: Sendable, Hashable {
        case exit(code: Int32)
        /// The call to stop it returns only once `exit` or `kill` ended it.
        case hang
    }

    /// Everything there is.
    package struct State: Sendable {
        package var sandboxes: [SandboxID: RuntimeSandbox] = [:]
        package var containers: [ContainerID: RuntimeContainer] = [:]
        package var sandboxConfigurations: [SandboxID: SandboxConfiguration] = [:]
        package var containerConfigurations: [ContainerID: ContainerConfiguration] = [:]
        package var images: [String: RuntimeImage] = [:]
        package var stats: [ContainerID: RuntimeContainerStats] = [:]
        package var resources: [ContainerID: LinuxResources] = [:]
        /// All calls in their order, failed ones too.
        package var calls: [Call] = []
        package var execRequests: [ExecRequest] = []
        package var attachRequests: [AttachRequest] = []
        /// Seconds each container was given to stop, by its name, the newest last.
        package var gracePeriods: [String: [Int64]] = [:]
        package var conditions: [RuntimeStatus.Condition] = [
            .init(type: "RuntimeReady", status: true), .init(type: "NetworkReady", status: true),
        ]
        package var version = RuntimeVersion(name: "fake", version: "1.0.0", apiVersion: "v1")
        package var hasSupplementalGroupsPolicy = false
        package var handlers: [RuntimeStatus.Handler] = []
        /// By container name.
        package var stopBehaviors: [String: StopBehavior] = [:]
        /// Containers that end right after their start, by name, with their exit code.
        package var exitsAtOnce: [String: Int32] = [:]
        /// What sandboxes are made of.
        package var sandboxImage: String?
        /// The user names that registries give images to; `nil` for everybody, the anonymous too.
        package var registryUsers: Set<String>?
        /// The user names of the pulls, in their order; `nil` for an anonymous one.
        package var pullUsers: [String?] = []
        /// What the pulls were told of the pods that they are for, in their order.
        package var pullSandboxes: [SandboxConfiguration?] = []
        /// Where exec, attach and port-forward URLs point to.
        package var streamingURL = "http://127.0.0.1:0"

        var failures: [Failure] = []
        var held: Set<Operation> = []
        var subscribers: [Int: AsyncStream<RuntimeEvent>.Continuation] = [:]
        var isConnected = true
        var waiters: [Waiter] = []
        var serial = 0

        /// The newest container of that name.
        package func container(named name: String) -> RuntimeContainer? {
            containers.values.filter { $0.name == name }.max { ($0.attempt, $0.createdAt) < ($1.attempt, $1.createdAt) }
        }

        /// The newest sandbox of a pod of that name.
        package func sandbox(ofPod name: String) -> RuntimeSandbox? {
            sandboxes.values.filter { $0.metadata.name == name }.max { $0.createdAt < $1.createdAt }
        }

        package func count(of operation: Operation) -> Int { calls.count { $0.operation == operation } }
    }

    struct Failure: Sendable {
        let operation: Operation
        let subject: String?
        let error: any Error
        var timesLeft: Int
    }

    struct Waiter: Sendable {
        let id: Int
        let condition: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let guarded: Mutex<State>
    private let clock: @Sendable () -> Timestamp
    private let execHandler: @Sendable (String, [String]) async throws -> ExecResult

    /// - Parameters:
    ///   - images: what is there without a pull.
    ///   - execHandler: answers `execSync`, given the container's name and the command.
    ///   - clock: the time of creations and exits.
    package init(
        images: [String] = [],
        execHandler: @escaping @Sendable (String, [String]) async throws -> ExecResult = { _, _ in
            ExecResult(stdout: [], stderr: [], exitCode: 0)
        },
        clock: @escaping @Sendable () -> Timestamp
    ) {
        var state = State()
        for image in images { state.images[image] = Self.image(image) }
        guarded = Mutex(state)
        self.execHandler = execHandler
        self.clock = clock
    }

    package static func image(_ name: String) -> RuntimeImage {
        RuntimeImage(id: "sha256:\(name)", repoTags: [name], repoDigests: ["\(name)@sha256:0"], size: 1)
    }

    func now() -> Timestamp { clock() }

    func runExecHandler(_ container: String, _ command: [String]) async throws -> ExecResult {
        try await execHandler(container, command)
    }
}

// MARK: - What tests see and do

extension FakeRuntime {
    /// Everything as it is now.
    package var state: State { guarded.withLock { $0 } }

    package var calls: [Call] { state.calls }

    /// Changes anything, and wakes who waits for it.
    @discardableResult
    package func update<Result: Sendable>(_ change: (inout State) throws -> Result) rethrows -> Result {
        let (result, met) = try guarded.withLock { state in
            let result = try change(&state)
            let met = state.waiters.filter { $0.condition(state) }
            let identifiers = Set(met.map(\.id))
            state.waiters.removeAll { identifiers.contains($0.id) }
            return (result, met)
        }
        for waiter in met { waiter.continuation.resume() }
        return result
    }

    /// Returns once the condition holds.
    package func wait(until condition: @escaping @Sendable (State) -> Bool) async throws {
        let id = guarded.withLock { state in
            state.serial += 1
            return state.serial
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isCancelled = Task.isCancelled
                let holds = guarded.withLock { state in
                    if isCancelled || condition(state) { return true }
                    state.waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
                    return false
                }
                guard holds else { return }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { continuation.resume() }
            }
        } onCancel: {
            let waiter = guarded.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets calls fail.
    /// - Parameters:
    ///   - subject: only calls with this subject; `nil` for all.
    ///   - times: how often.
    package func fail(
        _ operation: Operation, subject: String? = nil,
        with error: any Error = ContainerRuntimeError(.failed, "the test has it fail"), times: Int = 1
    ) {
        update { $0.failures.append(Failure(operation: operation, subject: subject, error: error, timesLeft: times)) }
    }

    /// Lets calls of a kind wait, after they were noted, until `release`.
    package func hold(_ operation: Operation) { update { _ = $0.held.insert(operation) } }

    package func release(_ operation: Operation) { update { _ = $0.held.remove(operation) } }

    /// Ends the newest container of that name, as if its process had.
    package func exit(_ name: String, code: Int32, reason: String = "", message: String = "") {
        guard let id = state.container(named: name)?.id else { return }
        end(id, code: code, reason: reason, message: message)
    }

    /// Ends the newest container of that name for want of memory.
    package func killForMemory(_ name: String) { exit(name, code: 137, reason: "OOMKilled") }

    /// Makes a sandbox go away under its containers, as when somebody deletes it behind the kubelet's back.
    package func loseSandbox(ofPod name: String) async throws {
        guard let id = state.sandbox(ofPod: name)?.id else { return }
        try await stopPodSandbox(id)
    }

    /// Loses the events; what happens meanwhile is told by nobody.
    package func disconnectEvents() {
        update { state in
            state.isConnected = false
            for subscriber in state.subscribers.values { subscriber.yield(.disconnected) }
        }
    }

    package func reconnectEvents() {
        update { state in
            state.isConnected = true
            for subscriber in state.subscribers.values { subscriber.yield(.resynchronize) }
        }
    }
}

// MARK: - Shared by the calls

extension FakeRuntime {
    /// Notes a call, and fails or holds it if it shall.
    func note(_ operation: Operation, _ subject: String = "") async throws {
        try Task.checkCancellation()
        update { $0.calls.append(Call(operation, subject)) }
        if state.held.contains(operation) { try await wait { !$0.held.contains(operation) } }
        let failure: (any Error)? = update { state in
            let index = state.failures.firstIndex {
                $0.operation == operation && ($0.subject == nil || $0.subject == subject)
            }
            guard let index else { return nil }
            state.failures[index].timesLeft -= 1
            let error = state.failures[index].error
            if state.failures[index].timesLeft <= 0 { state.failures.remove(at: index) }
            return error
        }
        if let failure { throw failure }
    }

    func nextID(_ state: inout State, _ prefix: String) -> String {
        state.serial += 1
        return "\(prefix)-\(state.serial)"
    }

    /// Tells an event to all that listen.
    func tell(_ id: String, _ change: RuntimeEvent.Change, _ state: inout State) {
        guard state.isConnected else { return }
        for subscriber in state.subscribers.values { subscriber.yield(.changed(id: id, change)) }
    }

    /// Ends a container that runs; one that doesn't stays as it is.
    func end(_ id: ContainerID, code: Int32, reason: String = "", message: String = "") {
        let time = now()
        update { state in
            guard state.containers[id]?.state == .running else { return }
            state.containers[id]?.state = .exited
            state.containers[id]?.finishedAt = time
            state.containers[id]?.exitCode = code
            state.containers[id]?.reason = reason.isEmpty ? (code == 0 ? "Completed" : "Error") : reason
            state.containers[id]?.message = message
            tell(id.rawValue, reason == "OOMKilled" ? .outOfMemory : .stopped, &state)
            if reason == "OOMKilled" { tell(id.rawValue, .stopped, &state) }
        }
    }

    func name(of id: ContainerID) -> String { state.containers[id]?.name ?? id.rawValue }

    func name(of id: SandboxID) -> String { state.sandboxes[id]?.metadata.name ?? id.rawValue }
}
