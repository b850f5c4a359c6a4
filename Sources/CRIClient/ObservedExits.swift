internal import ContainerRuntime
internal import KubernetesAPI
internal import Synchronization

/// The ends of containers and sandboxes that containerd's events told of and its CRI plugin doesn't show yet.
///
/// The plugin writes an exit to disk before it shows it, tens of milliseconds after the event; a consumer that asks on
/// the event would be told that the container runs. Statuses and lists are corrected by what the event said. An entry
/// lives until the runtime shows the exit itself, the container is removed, or the event stream breaks.
final class ObservedExits: Sendable {
    struct Exit: Hashable, Sendable {
        var code: Int32
        var finishedAt: Timestamp
    }

    private struct State {
        var exits: [String: Exit] = [:]
        var outOfMemory: Set<String> = []
    }

    private let state = Mutex(State())

    func note(_ exit: Exit, of id: String) {
        state.withLock { $0.exits[id] = exit }
    }

    func noteOutOfMemory(of id: String) {
        state.withLock { _ = $0.outOfMemory.insert(id) }
    }

    func forget(_ id: String) {
        state.withLock { state in
            state.exits[id] = nil
            state.outOfMemory.remove(id)
        }
    }

    func forgetAll() {
        state.withLock { $0 = State() }
    }

    /// The container's status with the exit the runtime has yet to show; `isListed` for one that is short of details.
    func correct(_ container: RuntimeContainer, isListed: Bool = false) -> RuntimeContainer {
        let id = container.id.rawValue
        if container.state == .exited {
            forget(id)
            return container
        }
        guard let (exit, outOfMemory) = exit(of: id) else { return container }
        var container = container
        container.state = .exited
        guard !isListed else { return container }
        container.exitCode = exit.code
        container.finishedAt = exit.finishedAt
        // The words containerd uses.
        if outOfMemory {
            container.reason = "OOMKilled"
        } else if container.reason.isEmpty {
            container.reason = exit.code == 0 ? "Completed" : "Error"
        }
        return container
    }

    /// The sandbox's status with the exit the runtime has yet to show.
    func correct(_ sandbox: RuntimeSandbox) -> RuntimeSandbox {
        if sandbox.state == .notReady {
            forget(sandbox.id.rawValue)
            return sandbox
        }
        guard exit(of: sandbox.id.rawValue) != nil else { return sandbox }
        var sandbox = sandbox
        sandbox.state = .notReady
        return sandbox
    }

    private func exit(of id: String) -> (Exit, outOfMemory: Bool)? {
        state.withLock { state in
            state.exits[id].map { ($0, state.outOfMemory.contains(id)) }
        }
    }
}
