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
        #expect(merged.known == [.fromManifests])
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
        let known = { PodSourceMerge.merge($0, expecting: $1).known }
        #expect(known([.file: file], [.file]) == [.fromManifests])
        #expect(known([.file: file], [.file, .http]) == [])
        let http = update(.http, [], complete: false)
        #expect(known([.file: file, .http: http], [.file, .http]) == [])
        #expect(known([:], []) == [.fromManifests])
        #expect(known([:], [.api]) == [.fromManifests], "static pods don't wait for the API server")
        #expect(known([.file: file, .api: update(.api, [])], [.file, .api]) == [.fromManifests, .assigned])
        #expect(known([.api: update(.api, [])], [.file, .api]) == [.assigned])
    }

    @Test func problemsOfAllSourcesAreKept() {
        let problem = ManifestProblem(file: "http://x", message: "away")
        let merged = PodSourceMerge.merge(
            [.http: update(.http, [], problems: [problem])], expecting: [.http])
        #expect(merged.problems == [problem])
    }
}
