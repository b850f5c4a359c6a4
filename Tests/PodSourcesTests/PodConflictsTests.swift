import KubernetesAPI
import Testing

@testable import PodSources

/// Two or three files that define one pod, and whose version is used.
struct ConflictCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Name and version of each file, in the order of their names; a trailing `?` marks one that is gone.
    var files: [String]
    var owner: String?
    var running: String?
    var winner: String
    /// How many files are told that they lose.
    var losers: Int

    init(
        _ description: String, _ files: [String], owner: String? = nil, running: String? = nil, winner: String,
        losers: Int
    ) {
        testDescription = description
        self.files = files
        self.owner = owner
        self.running = running
        self.winner = winner
        self.losers = losers
    }
}

@Suite struct PodConflictsTests {
    private func pod(_ name: String, _ version: String, _ origin: String, uid: String? = nil) -> DesiredPod {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = "default"
        pod.metadata.uid = uid ?? "\(name) \(version)"
        return DesiredPod(pod: pod, hash: PodHash(version), origin: origin)
    }

    @Test(arguments: [
        ConflictCase("one file", ["a:1"], winner: "a", losers: 0),
        ConflictCase("nothing runs: the first by name", ["a:1", "b:2"], winner: "a", losers: 1),
        ConflictCase("the owner keeps it", ["a:1", "b:2"], owner: "b", running: "2", winner: "b", losers: 1),
        ConflictCase("also when it is edited", ["a:1", "b:3"], owner: "b", running: "2", winner: "b", losers: 1),
        ConflictCase(
            "the owner was renamed: the version that runs", ["a:1", "c:2"], owner: "b", running: "2", winner: "c",
            losers: 1),
        ConflictCase(
            "the owner is gone for a moment", ["a:1", "b:2?"], owner: "b", running: "2", winner: "b", losers: 0),
        ConflictCase(
            "the owner is gone, another has its version", ["a:1", "b:2?", "c:2"], owner: "b", running: "2",
            winner: "c", losers: 1),
        ConflictCase("the owner was forgotten", ["a:1", "c:3"], owner: "b", running: "2", winner: "a", losers: 1),
    ])
    func aPodHasOneFile(_ conflict: ConflictCase) {
        let candidates = conflict.files.map { file in
            let parts = file.split(separator: ":").map(String.init)
            let version = parts[1].filter { $0 != "?" }
            return PodConflicts.Candidate(pod: pod("p", version, parts[0]), isMissing: parts[1].hasSuffix("?"))
        }
        let name = PodFullName(name: "p", namespace: "default")
        let (pods, problems) = PodConflicts.resolve(
            candidates, owners: conflict.owner.map { [name: $0] } ?? [:],
            running: conflict.running.map { [name: PodHash($0)] } ?? [:])
        #expect(pods.map(\.origin) == [conflict.winner])
        #expect(problems.count == conflict.losers && problems.allSatisfy { $0.severity == .warning })
    }

    @Test func aUIDIsGivenToTheFirst() {
        let (pods, problems) = PodConflicts.resolve(
            [pod("p", "1", "a", uid: "u"), pod("q", "1", "b", uid: "u")].map { .init(pod: $0) }, owners: [:],
            running: [:])
        #expect(pods.map(\.origin) == ["a"])
        #expect(problems.map(\.description) == ["b: metadata.uid: pod q_default has the UID of p_default in a"])
    }

    @Test(arguments: [
        ("a.yaml", "b.yaml", true), ("a.yaml", "a.json", false), ("a.yaml", "a-b.yaml", true), ("b", "a.yaml", false),
        ("/z/a.yaml", "/y/b.yaml", true),
    ])
    func namesAreOrderedWithoutTheirExtension(_ left: String, _ right: String, _ isBefore: Bool) {
        #expect(ManifestName.precedes(left, right) == isBefore)
        #expect(ManifestName.precedes(right, left) == !isBefore)
    }
}
