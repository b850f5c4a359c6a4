import Glibc
import HostSystem
import Testing

/// What `scripts/test.sh` has prepared for tests that drive real parts.
struct NodeTier: Sendable {
    /// The program under test.
    let binary: String
    /// The folder of image archives.
    let images: String
    /// A short path: sockets lie below it.
    let directory: String
    let kubectls: [Kubectl]
    /// The checkout, for its scripts and examples.
    let checkout: String

    /// `nil` without `make test`: a plain `swift test` has no right to start containers on somebody's machine.
    static let prepared = NodeTier()

    static let absence: Comment = "needs root, containerd and kubectl, which `make test` (scripts/test.sh) prepares"

    private init?() {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let binary = variable("SWIFTLET_BINARY"), let images = variable("SWIFTLET_IMAGES"),
            let directory = variable("SWIFTLET_NODE_DIR"), let kubectls = variable("SWIFTLET_KUBECTLS")
        else { return nil }
        self.binary = binary
        self.images = images
        self.directory = directory
        self.kubectls = kubectls.split(separator: ":").map { Kubectl(path: String($0)) }
        var checkout = #filePath
        for _ in 0..<4 { checkout = HostFiles.parent(of: checkout) }
        self.checkout = checkout
    }

    /// Fails the test where nothing is prepared.
    static func required() throws -> NodeTier { try #require(prepared, absence) }
}

/// A kubectl of some version.
struct Kubectl: Sendable, Hashable, CustomTestStringConvertible {
    let path: String

    /// Every version there is; none without `make test`.
    static var all: [Kubectl] { NodeTier.prepared?.kubectls ?? [] }

    /// `1.30`; Debian's, whose path doesn't say, is 1.20.
    var version: String {
        if path.contains("kubernetes-client") { return "1.20" }
        let name = HostFiles.name(of: path)
        return name.hasPrefix("kubectl.") ? String(name.dropFirst("kubectl.".count)) : "unknown"
    }

    var testDescription: String { "kubectl \(version)" }
}

/// Keeps a list of the node tests that ran, so that `scripts/test.sh` notices when none did.
struct RunRecord: TestTrait, SuiteTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        if testCase != nil, let directory = NodeTier.prepared?.directory, let file = fopen("\(directory)/ran", "a") {
            fputs("\(test.name)\n", file)
            fclose(file)
        }
        try await function()
    }
}

/// The node tier: the real program, a real containerd and stock kubectl.
///
/// The nodes run side by side, for their tests mostly wait; the tests of one node come one after another.
@Suite(
    .enabled(if: NodeTier.prepared != nil, NodeTier.absence), .tags(.node), .timeLimit(.minutes(4)), RunRecord())
enum RealParts {}

extension Tag {
    @Tag static var node: Tag
}
