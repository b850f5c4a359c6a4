import KubernetesAPI
import PodSources
import Testing

@Suite struct PodSourceMergeTests {
    private func pod(_ name: String, _ origin: String, uid: String = "", hash: String = "h") -> DesiredPod {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = "default"
        pod.metadata.uid = uid.isEmpty ? "uid of \(name)" : uid
        return DesiredPod(pod: pod, hash: PodHash(hash), origin: origin)
    }

    private func update(
        _ source: PodSourceKind, _ pods: [DesiredPod], problems: [ManifestProblem] = [], complete: Bool = true
    ) -> PodSourceUpdate {
        PodSourceUpdate(source: source, pods: pods, problems: problems, complete: complete)
    }

    @Test func theFileWinsOverTheURL() {
        let merged = PodSourceMerge.merge(
            [
                .http: update(.http, [pod("a", "http://x"), pod("b", "http://x")]),
                .file: update(.file, [pod("a", "/a.yaml", hash: "other")]),
            ], expecting: [.file, .http])
        #expect(merged.pods.map(\.origin) == ["/a.yaml", "http://x"])
        #expect(
            merged.problems.map(\.description) == [
                "http://x: warning: pod a_default is defined by /a.yaml too, whose version is used"
            ])
        #expect(merged.complete)
    }

    @Test func aUIDIsGivenOnce() {
        let merged = PodSourceMerge.merge(
            [
                .file: update(.file, [pod("a", "/a.yaml", uid: "1")]),
                .http: update(.http, [pod("b", "http://x", uid: "1")]),
            ], expecting: [.file, .http])
        #expect(merged.pods.map(\.pod.metadata.name) == ["a"])
        #expect(merged.problems.map(\.severity) == [.error])
    }

    @Test func allIsKnownOnceEverySourceHasBeenRead() {
        let file = update(.file, [pod("a", "/a.yaml")])
        #expect(PodSourceMerge.merge([.file: file], expecting: [.file]).complete)
        #expect(!PodSourceMerge.merge([.file: file], expecting: [.file, .http]).complete)
        let http = update(.http, [], complete: false)
        #expect(!PodSourceMerge.merge([.file: file, .http: http], expecting: [.file, .http]).complete)
        #expect(PodSourceMerge.merge([:], expecting: []).complete)
    }

    @Test func problemsOfAllSourcesAreKept() {
        let problem = ManifestProblem(file: "http://x", message: "away")
        let merged = PodSourceMerge.merge(
            [.http: update(.http, [], problems: [problem])], expecting: [.http])
        #expect(merged.problems == [problem])
    }
}
