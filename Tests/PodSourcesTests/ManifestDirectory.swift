import Glibc
import HostSystem
import KubernetesAPI
import Logging
import NIOPosix
import PodSources
import Testing

/// A real directory of manifests with a source on it, for one test.
final class ManifestDirectory: Sendable {
    /// The directory above the one of the manifests.
    let parent: String
    var path: String { parent + "/manifests" }

    init(creating: Bool = true) throws {
        parent = "/tmp/swiftlet-manifests-\(UInt64.random(in: 0 ... .max))"
        try HostFiles.createDirectory(creating ? parent + "/manifests" : parent)
    }

    deinit { try? HostFiles.removeTree(parent) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Puts a file there in one step, as a careful editor does.
    func put(_ name: String, _ text: String) throws {
        try HostFiles.writeAtomically(text, to: parent + "/staged")
        try HostFiles.rename(parent + "/staged", to: file(name))
    }

    /// Writes into the file in place, as `cat >` does.
    func overwrite(_ name: String, _ text: String) throws { try HostFiles.overwrite(file(name), text) }

    func remove(_ name: String) throws { try HostFiles.remove(file(name)) }

    /// Runs a source on the directory while `body` takes its updates.
    ///
    /// The scan is out of reach, so that what arrives was told by inotify.
    func follow(
        _ place: String? = nil, lastAccepted: [DesiredPod] = [], scanInterval: Duration = .seconds(3_600),
        debounce: Duration = .milliseconds(100), validation: FieldValidation = .strict,
        _ body: (inout Updates) async throws -> Void
    ) async throws {
        let source = DirectorySource(
            options: .init(path: place ?? path, scanInterval: scanInterval, debounce: debounce),
            reader: ManifestReader(nodeName: "node", fieldValidation: validation), lastAccepted: lastAccepted,
            host: .forTests, clock: .continuous)
        try await withThrowingTaskGroup { group in
            group.addTask { try await source.run() }
            var updates = Updates(iterator: source.updates.makeAsyncIterator())
            try await body(&updates)
            group.cancelAll()
        }
    }

    struct Updates {
        var iterator: AsyncStream<PodSourceUpdate>.AsyncIterator

        /// The next update; one of source http, which no directory has, when there is none.
        mutating func next() async -> PodSourceUpdate {
            await iterator.next() ?? PodSourceUpdate(source: .http, pods: [], problems: [], complete: false)
        }

        /// Takes the next update, which must hold these pods.
        mutating func expect(names: [String], sourceLocation: SourceLocation = #_sourceLocation) async {
            let update = await next()
            #expect(update.names == names, "\(update.problems)", sourceLocation: sourceLocation)
        }

        /// Takes the next update, whose pods must have these images.
        mutating func expect(images: [String], sourceLocation: SourceLocation = #_sourceLocation) async {
            let update = await next()
            #expect(update.images == images, "\(update.problems)", sourceLocation: sourceLocation)
        }

        /// Takes updates until one fits, and returns it.
        mutating func until(_ fits: (PodSourceUpdate) -> Bool) async -> PodSourceUpdate {
            while true {
                let update = await next()
                if fits(update) || update.source == .http { return update }
            }
        }
    }
}

extension SourceHost {
    static var forTests: SourceHost {
        SourceHost(
            group: MultiThreadedEventLoopGroup.singleton, threads: .singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            now: { Timestamp(seconds: 1_800_000_000) })
    }
}

extension HostFiles {
    static func overwrite(_ path: String, _ text: String) throws {
        let file = creat(path, 0o644)
        guard file >= 0 else { throw HostSystemError.system("create", path) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw HostSystemError.system("write", path) }
    }
}

extension PodSourceUpdate {
    /// The names of the pods, without the node's.
    var names: [String] { pods.map { String($0.fullName.name.dropLast("-node".count)) } }

    /// The image of the first container of each pod.
    var images: [String] { pods.map { $0.pod.spec.containers[0].image } }
}

extension PodSourceUpdate {
    var versions: [String] { pods.versions }
}

extension [DesiredPod] {
    /// All that tells one version of a pod from another, and when it was seen.
    var versions: [String] {
        map { "\($0.fullName) \($0.hash) \($0.pod.uid) \($0.pod.metadata.annotations[ConfigAnnotations.seen] ?? "")" }
    }
}

/// A manifest of one pod.
func manifest(_ name: String, image: String = "a", extra: String = "") -> String {
    """
    apiVersion: v1
    kind: Pod
    metadata: {name: \(name)}
    spec:
      containers:
      - name: main
        image: \(image)
    \(extra)
    """
}
