import HostSystem
import KubernetesAPI
import Testing

@testable import PodSources

/// Random edits of a directory against a model of the rules, on the bookkeeping alone: no watch, no clock.
@Suite struct DirectoryModelTests {
    @Test func randomEditsMeanWhatTheRulesSay() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let directory = try ManifestDirectory()
        var model = DirectoryModel()
        // A program that another test starts has, for a moment, a copy of every file that is open here: without a watch
        // nobody would tell when a file is no longer open for writing.
        let reader = DirectoryReader(
            path: directory.path, reader: ManifestReader(nodeName: "node"), readsBusyFiles: true)
        var state = DirectoryState(
            path: directory.path, debounce: .seconds(1), lastAccepted: [],
            watch: DirectoryWatch(path: directory.path, inotify: nil))
        var update = PodSourceUpdate(source: .file, pods: [], problems: [], complete: false)
        for step in 0..<500 {
            try model.edit(directory, using: &random)
            // The second look comes after the debounce.
            for look in [Duration.zero, .seconds(2)] {
                // Edits follow each other within one tick of the file system's clock: no file may count as settled,
                // or one that was replaced by another of its size and inode would not be read again.
                let found = reader.readAll(known: state.known, forcing: [], seen: Timestamp(seconds: 0))
                state.apply(found, at: .seconds(step * 10) + look)
                update = state.update() ?? update
            }
            model.settle()
            let pods = Dictionary(uniqueKeysWithValues: zip(update.names, update.images))
            let origins = Dictionary(uniqueKeysWithValues: zip(update.names, update.pods.map(\.origin)))
            try #require(pods == model.pods, "seed \(seed), step \(step)")
            try #require(origins == model.owners.mapValues(directory.file), "seed \(seed), step \(step)")
        }
    }
}

/// What the pods of a directory ought to be.
private struct DirectoryModel {
    /// The last good pods of each file, by name, with their images.
    var files: [String: [String: String]] = [:]
    var owners: [String: String] = [:]
    var pods: [String: String] = [:]

    private static let names = ["a.yaml", "b.yaml", "c.json", "d"]

    mutating func edit(_ directory: ManifestDirectory, using random: inout SplitMix) throws {
        let name = Self.names.randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: try write(name, directory, using: &random)
        case 5..<7: try spoil(name, directory, using: &random)
        case 7..<9:
            try directory.remove(name)
            files[name] = nil
        default:
            let other = Self.names.randomElement(using: &random) ?? ""
            guard HostFiles.exists(directory.file(name)), name != other else { return }
            try write(name, directory, using: &random)
            try HostFiles.rename(directory.file(name), to: directory.file(other))
            files[other] = files.removeValue(forKey: name)
        }
    }

    private mutating func write(_ name: String, _ directory: ManifestDirectory, using random: inout SplitMix) throws {
        var content: [String: String] = [:]
        for pod in ["p", "q", "r"] where Bool.random(using: &random) {
            content[pod] = "v\(Int.random(in: 0..<3, using: &random))"
        }
        if content.isEmpty { content["p"] = "v9" }
        let text = content.sorted { $0.key < $1.key }.map { manifest($0.key, image: $0.value) }
        try directory.put(name, text.joined(separator: "\n---\n"))
        files[name] = content
    }

    private mutating func spoil(_ name: String, _ directory: ManifestDirectory, using random: inout SplitMix) throws {
        let bad = ["", "half: [", "kind: Pod", manifest("p") + "\n---\n" + manifest("q", extra: "  oops: 1")]
        try directory.put(name, bad.randomElement(using: &random) ?? "")
        files[name] = files[name] ?? [:]
    }

    /// Decides who has which pod, once all that is missing has been given up.
    mutating func settle() {
        var next: [String: String] = [:]
        for pod in ["p", "q", "r"] {
            let candidates = files.filter { $0.value[pod] != nil }.keys.sorted()
            let owner = owners[pod].flatMap { candidates.contains($0) ? $0 : nil }
            let same = candidates.first { files[$0]?[pod] == pods[pod] }
            next[pod] = owner ?? same ?? candidates.first
        }
        owners = next
        pods = next.reduce(into: [:]) { pods, next in pods[next.key] = files[next.value]?[next.key] }
    }
}

/// A small generator that gives the same numbers for the same seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
