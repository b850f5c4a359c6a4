import HostSystem

/// The files of a manifest directory and the pods that run because of them, by the rules of the house.
///
/// - A file that turns invalid, or is being written, changes nothing.
/// - Of two files that define one pod, the one whose version runs keeps it; when it goes, the other takes over.
/// - A renamed file is the same file; a file that is gone is gone.
struct ManifestModel {
    struct File: Sendable, Hashable {
        /// The last valid content.
        var pod: WitnessedPod
        var isSpoiled = false
    }

    /// What was done last, and whether it is to change what runs.
    struct Step: Sendable, Hashable {
        var text: String
        var changesPods: Bool
    }

    private enum Change: CaseIterable {
        case add, edit, label, spoil, write, rename, duplicate, remove
    }

    private var generator: SeededGenerator
    /// By name, without extension.
    private(set) var files: [String: File] = [:]
    /// The file that each pod runs by.
    private var owners: [String: String] = [:]
    private(set) var pods: [String: WitnessedPod] = [:]
    private var count = 0

    private static let podNames = ["ant", "bee", "cat", "dog"]

    init(seed: Seed) { generator = seed.generator }

    /// Makes one random change, in the model and in the node's directory.
    mutating func change(on node: TestNode) async throws -> Step {
        guard let file = files.keys.sorted().randomElement(using: &generator),
            let change = Change.allCases.randomElement(using: &generator)
        else { return try add(on: node) }
        let rivals = files.filter { $0.value.pod.name == files[file]?.pod.name }.count
        switch change {
        case .add where pods.count < Self.podNames.count: return try add(on: node)
        case .label: return try edit(file, "label", on: node) { $0.edition = $1 }
        // What a spoiled file among rivals stands for is nobody's rule.
        case .spoil where rivals == 1: return try spoil(file, on: node)
        case .write where files[file]?.isSpoiled == false: return try await write(file, on: node)
        case .rename: return try rename(file, on: node)
        case .duplicate where rivals == 1 && files[file]?.isSpoiled == false: return try duplicate(file, on: node)
        case .remove: return try remove(file, on: node)
        default: return try edit(file, "edit", on: node) { $0["main"].version = $1 }
        }
    }

    private mutating func next() -> Int {
        count += 1
        return count
    }

    private mutating func add(on node: TestNode) throws -> Step {
        let free = Self.podNames.filter { pods[$0] == nil }
        guard let name = free.randomElement(using: &generator) else { return Step(text: "nothing", changesPods: false) }
        var pod = WitnessedPod(name)
        pod.life = next()
        for container in pod.containers { pod[container.name].version = next() }
        let file = "\(name)-\(next())"
        accept(pod, from: file)
        try node.write(pod, file: file)
        return Step(text: "add \(file)", changesPods: true)
    }

    /// Notes a valid content of a file.
    private mutating func accept(_ pod: WitnessedPod, from file: String) {
        files[file] = File(pod: pod)
        if owners[pod.name] == nil { owners[pod.name] = file }
        if owners[pod.name] == file { pods[pod.name] = pod }
    }

    private mutating func edit(
        _ file: String, _ what: String, on node: TestNode, _ change: (inout WitnessedPod, Int) -> Void
    ) throws -> Step {
        guard var pod = files[file]?.pod else { return Step(text: "nothing", changesPods: false) }
        change(&pod, next())
        accept(pod, from: file)
        try node.write(pod, file: file)
        return Step(text: "\(what) \(file)", changesPods: owners[pod.name] == file)
    }

    private mutating func spoil(_ file: String, on node: TestNode) throws -> Step {
        files[file]?.isSpoiled = true
        let texts = ["", "apiVersion: v1\nkind: Pod\nmetadata: {name: \(file)\n", "kind: Pod\n", "{}\n", "\u{1}\n"]
        try node.add(file, texts.randomElement(using: &generator) ?? "")
        return Step(text: "spoil \(file)", changesPods: false)
    }

    /// Writes a file in two pieces, of which the first is a valid pod.
    private mutating func write(_ file: String, on node: TestNode) async throws -> Step {
        guard var pod = files[file]?.pod else { return Step(text: "nothing", changesPods: false) }
        let version = next()
        pod["main"].version = version
        let text = Array(pod.manifest(witness: node.witness).utf8)
        let half = text.firstRange(of: Array("  - name: side".utf8))?.lowerBound ?? 0
        let writer = try SlowWriter(path: "\(node.manifests)/\(file).yaml")
        try writer.write(text[..<half])
        try await node.waitUntilManifestsAreRead()
        try writer.write(text[half...])
        writer.close()
        accept(pod, from: file)
        return Step(text: "write \(file)", changesPods: owners[pod.name] == file)
    }

    private mutating func rename(_ file: String, on node: TestNode) throws -> Step {
        guard let content = files.removeValue(forKey: file) else { return Step(text: "nothing", changesPods: false) }
        let other = "\(content.pod.name)-\(next())"
        files[other] = content
        if owners[content.pod.name] == file { owners[content.pod.name] = other }
        try HostFiles.rename("\(node.manifests)/\(file).yaml", to: "\(node.manifests)/\(other).yaml")
        return Step(text: "rename \(file) to \(other)", changesPods: false)
    }

    private mutating func duplicate(_ file: String, on node: TestNode) throws -> Step {
        guard var pod = files[file]?.pod else { return Step(text: "nothing", changesPods: false) }
        pod["side"].version = next()
        // Before or after the other by name.
        let other = Bool.random(using: &generator) ? "a-\(next())" : "z-\(next())"
        accept(pod, from: other)
        try node.write(pod, file: other)
        return Step(text: "duplicate \(file) as \(other)", changesPods: false)
    }

    private mutating func remove(_ file: String, on node: TestNode) throws -> Step {
        guard let name = files.removeValue(forKey: file)?.pod.name else {
            return Step(text: "nothing", changesPods: false)
        }
        try HostFiles.remove("\(node.manifests)/\(file).yaml")
        let isOwner = owners[name] == file
        if isOwner {
            let heir = files.first { $0.value.pod.name == name }
            owners[name] = heir?.key
            pods[name] = heir?.value.pod
        }
        return Step(text: "remove \(file)", changesPods: isOwner)
    }
}
