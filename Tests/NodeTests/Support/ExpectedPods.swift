import ContainerRuntime
import HostSystem
import StructuredData

/// The pods that have to run, and nothing else.
struct ExpectedPods: Sendable {
    /// A manifest, and what may run because of it.
    struct Member: Sendable {
        /// The last valid manifest.
        var pod: WitnessedPod
        /// Every version since the pod was added; what runs is one of them.
        var versions: [String: Set<Int>] = [:]
        /// Whether the last version can't run, because the file is spoiled or an image can't be pulled: which one runs
        /// depends on what was killed when.
        var isDoubtful = false
    }

    /// By the pods' names.
    var members: [String: Member] = [:]

    /// Pods that run too, and that nothing is expected of.
    var others: [String] = []

    init() {}

    /// Pods that run as their manifests say.
    init(_ pods: [WitnessedPod]) {
        members = Dictionary(uniqueKeysWithValues: pods.map { ($0.name, Member(pod: $0)) })
    }

    /// What is not as the manifests say: in containerd, in the kubelet's directories, in cgroups and in the API.
    func complaints(on node: TestNode) async throws -> [String] {
        let snapshot = try await node.runtime()
        var found: [String] = []
        for member in members.values { found += try complaints(about: member, in: snapshot, on: node) }
        let names = Set((members.keys + others).map(TestNode.mirror))
        for sandbox in snapshot.sandboxes where !names.contains(sandbox.metadata.name) {
            found.append("left over: sandbox \(sandbox.id) of \(sandbox.metadata.name), \(sandbox.state)")
        }
        for container in snapshot.containers where !names.contains(container.podName) {
            found.append("left over: container \(container.name) of \(container.podName), \(container.state)")
        }
        found += try await node.leftovers(besides: snapshot)
        return try await found + mirrorComplaints(on: node)
    }

    private func complaints(about member: Member, in snapshot: RuntimeSnapshot, on node: TestNode) throws -> [String] {
        let pod = member.pod
        var found: [String] = []
        let sandboxes = snapshot.sandboxes(of: pod.name)
        let ready = sandboxes.filter { $0.state == .ready }
        // One that has died stays only for the last dead container, whose log can be asked for.
        let useless = sandboxes.filter { sandbox in
            sandbox.state != .ready && !snapshot.containers.contains { $0.sandboxID == sandbox.id }
        }
        if ready.count != 1 || !useless.isEmpty {
            found.append("\(pod.name): sandboxes \(sandboxes.map { "\($0.id) \($0.state)" })")
        }
        let diary = try node.diary(of: pod.name)
        for (name, version) in pod.versions {
            let running = snapshot.running(name, of: pod.name)
            guard running.count == 1, let container = running.first else {
                found.append("\(pod.name)/\(name): \(running.count) run")
                continue
            }
            if container.sandboxID != ready.first?.id { found.append("\(pod.name)/\(name): in another sandbox") }
            let allowed = member.isDoubtful ? member.versions[name] ?? [] : [version]
            if let actual = snapshot.versions[container.id], !allowed.contains(actual) {
                found.append("\(pod.name)/\(name): version \(actual) of \(allowed.sorted())")
            }
            let uid = container.labels["io.kubernetes.pod.uid"]
            let begun = diary.filter { $0.event == .begin && $0.uid == uid && $0.container == name }.count
            if container.restartCount < begun - 1 {
                found.append("\(pod.name)/\(name): began \(begun) times, restart count \(container.restartCount)")
            }
        }
        return found + leftoverComplaints(about: pod, in: snapshot)
    }

    /// Of each container the last dead one may be kept, and nothing else.
    private func leftoverComplaints(about pod: WitnessedPod, in snapshot: RuntimeSnapshot) -> [String] {
        var dead: [String: Int] = [:]
        var found: [String] = []
        for container in snapshot.containers(of: pod.name) where container.state != .running {
            dead[container.name, default: 0] += 1
            if container.state != .exited || dead[container.name] != 1 {
                found.append("\(pod.name)/\(container.name): left over, \(container.state)")
            }
        }
        let wanted = Set(pod.versions.keys)
        for container in snapshot.containers(of: pod.name) where !wanted.contains(container.name) {
            found.append("\(pod.name)/\(container.name): left over, \(container.state)")
        }
        return found
    }

    private func mirrorComplaints(on node: TestNode) async throws -> [String] {
        let list = try JSONValue(parsing: try await node.output("get", "pods", "-o", "json"))
        let mirrors = (list["items"]?.arrayValue ?? []).map(ShownPod.init)
        var editions: [String: Int] = [:]
        for mirror in mirrors {
            editions[mirror.object.value(at: "metadata", "name")?.stringValue ?? ""] = mirror.edition ?? 0
        }
        let names = Set(members.keys.map(TestNode.mirror))
        var found: [String] = []
        for name in others { editions[TestNode.mirror(name)] = nil }
        if Set(editions.keys) != names { found.append("mirrors \(editions.keys.sorted()) of \(names.sorted())") }
        for member in members.values where !member.isDoubtful {
            let edition = editions[TestNode.mirror(member.pod.name)]
            if edition != member.pod.edition {
                found.append("\(member.pod.name): label \(edition ?? 0) instead of \(member.pod.edition)")
            }
        }
        return found
    }
}

extension TestNode {
    /// What there is on the machine of pods that containerd doesn't have, or not any more.
    func leftovers(besides snapshot: RuntimeSnapshot) async throws -> [String] {
        let uids = Set(snapshot.sandboxes.map(\.metadata.uid))
        var found: [String] = []
        let directories = "\(directory)/kubelet/pods"
        if HostFiles.exists(directories) {
            let present = Set(try HostFiles.list(directories))
            if present != uids { found.append("pod directories \(present.sorted()) of \(uids.sorted())") }
        }
        for name in Set(try await podCgroups().map(HostFiles.name)) where !uids.contains(where: name.hasSuffix) {
            found.append("cgroup \(name)")
        }
        let running =
            snapshot.sandboxes.filter { $0.state == .ready }.map(\.id.rawValue)
            + snapshot.containers.filter { $0.state == .running }.map(\.id.rawValue)
        // What is kept of a container whose start failed may have a task, without a process.
        let ended = snapshot.containers.filter { $0.state == .exited }.map(\.id.rawValue)
        for line in try await ctr("tasks", "list").output.split(separator: "\n").dropFirst() {
            let task = line.prefix { $0 != " " }
            if running.contains(String(task)) || (line.hasSuffix("STOPPED") && ended.contains(String(task))) {
                continue
            }
            found.append("task \(line)")
        }
        return found
    }

    /// The cgroups of pods, in all hierarchies of the machine.
    func podCgroups() async throws -> [String] {
        // Directories may vanish while they are looked through, of which find complains.
        let find = "find /sys/fs/cgroup -path '*/\(cgroup)/*' -type d -name 'pod*' 2>/dev/null || true"
        return try await Command(shell: find).output().split(separator: "\n").map(String.init)
    }
}
