import ContainerRuntime
import KubernetesAPI
import PodLifecycle

/// What the monitor last read of one pod, and which parts of that are out of date.
struct PodRecord {
    private var sandboxes: [String: RuntimeSandbox?] = [:]
    private var containers: [String: RuntimeContainer?] = [:]
    /// Which sandbox a container is in: its own status doesn't say.
    private var containerSandboxes: [String: SandboxID] = [:]
    private var stale: Set<String> = []

    var isEmpty: Bool { sandboxes.isEmpty && containers.isEmpty }

    var imageReferences: [String] { containers.values.flatMap { $0?.imageReferences ?? [] } }

    var liveLogs: [String] { containers.values.compactMap { $0.flatMap { $0.isLive ? $0.logPath : nil } } }

    var deadContainers: DeadContainers.Census {
        let names = containers.values.compactMap { $0 }.filter { $0.state == .exited }.map(\.name)
        return DeadContainers.Census(units: Set(names).count, all: names.count)
    }

    func isSandbox(_ id: String) -> Bool { sandboxes[id] != nil }

    mutating func add(sandbox id: SandboxID) {
        if sandboxes[id.rawValue] == nil { sandboxes[id.rawValue] = .some(nil) }
        stale.insert(id.rawValue)
    }

    mutating func add(container id: ContainerID, in sandbox: SandboxID) {
        if containers[id.rawValue] == nil { containers[id.rawValue] = .some(nil) }
        containerSandboxes[id.rawValue] = sandbox
        stale.insert(id.rawValue)
    }

    mutating func markStale(_ ids: Set<String>) {
        stale.formUnion(ids.filter { sandboxes[$0] != nil || containers[$0] != nil })
    }

    mutating func takeStale() -> Set<String> {
        defer { stale = [] }
        return stale
    }

    mutating func update(_ sandbox: RuntimeSandbox) { sandboxes[sandbox.id.rawValue] = sandbox }

    mutating func update(_ container: RuntimeContainer) {
        var known = container
        if let sandbox = containerSandboxes[container.id.rawValue] { known.sandboxID = sandbox }
        containers[container.id.rawValue] = known
    }

    mutating func forget(_ id: String) {
        sandboxes[id] = nil
        containers[id] = nil
        stale.remove(id)
        containerSandboxes[id] = nil
    }

    /// Compares with a list's entry; true when it is news, which is then to be read.
    mutating func merge(listed sandbox: RuntimeSandbox) -> Bool {
        let id = sandbox.id.rawValue
        if let known = sandboxes[id], known?.state == sandbox.state { return false }
        add(sandbox: sandbox.id)
        return true
    }

    mutating func merge(listed container: RuntimeContainer) -> Bool {
        let id = container.id.rawValue
        if let known = containers[id], known?.state == container.state { return false }
        add(container: container.id, in: container.sandboxID)
        return true
    }

    func state(_ uid: PodUID) -> PodRuntimeState {
        let sandboxes = sandboxes.values.compactMap { $0 }
        let containers = containers.values.compactMap { $0 }
        let labels = sandboxes.first?.labels ?? containers.first?.labels ?? [:]
        return PodRuntimeState(
            uid: uid, name: labels[RuntimeLabels.podName] ?? "", namespace: labels[RuntimeLabels.podNamespace] ?? "",
            sandboxes: sandboxes, containers: containers)
    }
}
