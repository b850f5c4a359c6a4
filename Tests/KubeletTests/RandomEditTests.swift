import ContainerRuntime
import HostSystem
import KubernetesAPI
import StructuredData
import TestSupport
import Testing

@testable import Kubelet
@testable import PodSources

/// Random edits of a manifest directory, and what becomes of the pods, against a model of the rules.
@Suite(.timeLimit(.minutes(3)))
struct RandomEditTests {
    @Test func aThousandEditsEachCostWhatTheyConcern() async throws {
        let random = SplitMix()
        let folder = try TemporaryDirectory()
        let kubelet = try TestKubelet(images: ["v0:latest", "v1:latest", "v2:latest"])
        try await kubelet.run {
            var script = EditScript(random: random, folder: folder.path)
            var before: [String: RunningPod] = [:]
            for step in 0..<1000 {
                let comment: Comment = "seed \(random.seed), step \(step)"
                let looks = try script.next()
                for update in looks { kubelet.want(update) }
                let model = script.model.pods
                let shown = model.mapValues(\.shown)
                do {
                    try await kubelet.runtime.wait {
                        RunningPod.all(in: $0)?.mapValues(\.version) == shown.mapValues(\.run)
                    }
                    try await kubelet.waitForStatuses { pods in
                        let labels = pods.map { ($0.metadata.name, $0.metadata.labels["edition"] ?? "") }
                        return Dictionary(uniqueKeysWithValues: labels) == shown.mapValues(\.label)
                    }
                } catch {
                    Issue.record(error, comment)
                    return
                }
                let after = try #require(RunningPod.all(in: kubelet.runtime.state), comment)
                for (name, old) in before {
                    guard let new = after[name], let version = model[name], let last = script.before[name] else {
                        continue
                    }
                    #expect((new.sandbox == old.sandbox) == (version.hostNetwork == last.hostNetwork), comment)
                    let isSame = version.hostNetwork == last.hostNetwork && version.image == last.image
                    #expect((new.container == old.container) == isSame, comment)
                }
                before = after
            }
        }
    }
}

/// What runs of a pod.
private struct RunningPod: Sendable, Hashable {
    /// What of a version shows in the runtime.
    struct Version: Sendable, Hashable {
        var image: String
        var hostNetwork: Bool
    }

    var version: Version
    var sandbox: SandboxID
    var container: ContainerID

    /// Every pod by its name; `nil` while anything is in between: two sandboxes or containers of one pod, or none.
    static func all(in state: FakeRuntime.State) -> [String: RunningPod]? {
        var pods: [String: RunningPod] = [:]
        for sandbox in state.sandboxes.values {
            let running = state.containers.values.filter { $0.sandboxID == sandbox.id && $0.state == .running }
            guard let container = running.first, running.count == 1, pods[sandbox.metadata.name] == nil else {
                return nil
            }
            pods[sandbox.metadata.name] = RunningPod(
                version: Version(image: container.image, hostNetwork: sandbox.namespaces.network == .node),
                sandbox: sandbox.id, container: container.id)
        }
        return pods
    }
}

/// A version of a pod, as far as the edits change it.
private struct Edition: Sendable, Hashable {
    var image: String
    var label: String
    var hostNetwork: Bool

    var shown: (run: RunningPod.Version, label: String) { (.init(image: image, hostNetwork: hostNetwork), label) }

    func manifest(_ name: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), labels: {edition: \(label)}}
        spec:
          hostNetwork: \(hostNetwork)
          containers:
          - {name: main, image: \(image), imagePullPolicy: IfNotPresent}
        """
    }

    static func random(using random: inout SplitMix) -> Edition {
        Edition(
            image: "v\(Int.random(in: 0..<3, using: &random))", label: "l\(Int.random(in: 0..<2, using: &random))",
            hostNetwork: Int.random(in: 0..<4, using: &random) == 0)
    }
}

/// What the pods of a directory ought to be, by their names on the node.
private struct EditModel: Sendable {
    /// The last good pods of each file.
    var files: [String: [String: Edition]] = [:]
    private var owners: [String: String] = [:]
    private(set) var pods: [String: Edition] = [:]

    /// Decides who has which pod, once all that is missing has been given up.
    mutating func settle() {
        let names = Set(files.values.flatMap(\.keys))
        let owners = owners
        let pods = pods
        let next = names.reduce(into: [String: String]()) { next, pod in
            let candidates = files.filter { $0.value[pod] != nil }.keys.sorted()
            let owner = owners[pod].flatMap { candidates.contains($0) ? $0 : nil }
            next[pod] = owner ?? candidates.first { files[$0]?[pod] == pods[pod] } ?? candidates.first
        }
        self.owners = next
        self.pods = next.reduce(into: [:]) { pods, next in pods[next.key] = files[next.value]?[next.key] }
    }
}

/// Edits a directory and tells what its source makes of it.
private struct EditScript {
    private static let files = ["a.yaml", "b.yaml", "c.json", "d"]
    private static let pods = ["p-node", "q-node", "r-node"]

    private var random: SplitMix
    private let folder: String
    private let reader: DirectoryReader
    private var state: DirectoryState
    private var step: Int64 = 0
    private(set) var model = EditModel()
    /// The pods before the last edit.
    private(set) var before: [String: Edition] = [:]

    init(random: SplitMix, folder: String) {
        self.random = random
        self.folder = folder
        reader = DirectoryReader(path: folder, reader: ManifestReader(nodeName: "node"), readsBusyFiles: true)
        state = DirectoryState(
            path: folder, debounce: .seconds(1), lastAccepted: [], watch: DirectoryWatch(path: folder, inotify: nil))
    }

    /// Makes an edit, and lets the debounce pass.
    mutating func next() throws -> [PodSourceUpdate] {
        try edit()
        before = model.pods
        model.settle()
        step += 1
        return [Duration.zero, .seconds(2)].compactMap { look in
            let found = reader.readAll(known: state.known, forcing: [], seen: Timestamp(seconds: 0))
            state.apply(found, at: .seconds(step * 10) + look)
            return state.update()
        }
    }

    private mutating func edit() throws {
        let name = Self.files.randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<6: try write(name)
        case 6..<8: try spoil(name)
        case 8..<10:
            try HostFiles.remove("\(folder)/\(name)")
            model.files[name] = nil
        case 10: try copy(name)
        default: try rename(name)
        }
    }

    private mutating func write(_ name: String) throws {
        var content: [String: Edition] = [:]
        for pod in Self.pods where Bool.random(using: &random) { content[pod] = .random(using: &random) }
        if content.isEmpty { content[Self.pods[0]] = .random(using: &random) }
        try put(name, content)
        model.files[name] = content
    }

    private func put(_ name: String, _ content: [String: Edition]) throws {
        let documents = content.sorted { $0.key < $1.key }.map { $0.value.manifest(String($0.key.dropLast(5))) }
        try HostFiles.writeAtomically(documents.joined(separator: "\n---\n"), to: "\(folder)/\(name)")
    }

    /// Something that is no manifest, or only half of one.
    private mutating func spoil(_ name: String) throws {
        let good = Edition.random(using: &random).manifest("p")
        let half = String(good.prefix(while: { $0 != "-" }))
        let bad = ["", "half: [", "kind: Pod", half, good + "\n---\n" + good, good + "\n  oops: 1"]
        try HostFiles.writeAtomically(bad.randomElement(using: &random) ?? "", to: "\(folder)/\(name)")
        model.files[name] = model.files[name] ?? [:]
    }

    /// Another file that defines the same pods.
    private mutating func copy(_ name: String) throws {
        guard let content = model.files[name], !content.isEmpty else { return }
        let other = Self.files.randomElement(using: &random) ?? ""
        try put(other, content)
        model.files[other] = content
    }

    private mutating func rename(_ name: String) throws {
        let other = Self.files.randomElement(using: &random) ?? ""
        guard HostFiles.exists("\(folder)/\(name)"), name != other else { return }
        try write(name)
        try HostFiles.rename("\(folder)/\(name)", to: "\(folder)/\(other)")
        model.files[other] = model.files.removeValue(forKey: name)
    }
}
