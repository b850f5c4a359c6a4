import KubernetesAPI
import PodSources
import Testing

@Suite struct ManifestReaderTests {
    private let seen = Timestamp(seconds: 1_800_000_000)

    private func read(
        _ text: String, node: String = "k8s-01", source: PodSourceKind = .file,
        validation: FieldValidation = .strict
    ) -> ManifestResult {
        ManifestReader(nodeName: node, source: source, fieldValidation: validation)
            .read(Array(text.utf8), file: "pod.yaml", seen: seen)
    }

    static let nginx = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: nginx
          labels:
            env: test
        spec:
          containers:
          - name: nginx
            image: nginx
            imagePullPolicy: IfNotPresent
        """

    @Test func aStaticPodGetsItsIdentity() throws {
        let result = read(Self.nginx)
        #expect(result.allProblems.isEmpty)
        let desired = try #require(result.pods.first)
        let pod = desired.pod
        #expect(pod.metadata.name == "nginx-k8s-01")
        #expect(pod.metadata.namespace == "default")
        #expect(pod.spec.nodeName == "k8s-01")
        #expect(pod.status.phase == .pending)
        #expect(pod.metadata.annotations["kubernetes.io/config.source"] == "file")
        #expect(pod.metadata.annotations["kubernetes.io/config.hash"] == desired.hash.rawValue)
        #expect(pod.metadata.annotations["kubernetes.io/config.seen"] == "2027-01-15T08:00:00.000000000Z")
        #expect(pod.metadata.uid.count == 32 && pod.metadata.uid.allSatisfy(\.isHexDigit))
        #expect(pod.spec.tolerations.contains { $0.operator == .exists && $0.effect == .noExecute && $0.key.isEmpty })
        #expect(pod.spec.terminationGracePeriodSeconds == 30)
        #expect(desired.origin == "pod.yaml")
    }

    @Test func podsFromAURLGetNoToleration() throws {
        let pod = try #require(read(Self.nginx, source: .http).pods.first).pod
        #expect(pod.spec.tolerations.isEmpty)
        #expect(pod.metadata.annotations["kubernetes.io/config.source"] == "http")
    }

    @Test func aUIDInTheManifestIsKept() throws {
        let text = Self.nginx.replacing("  name: nginx\n  labels", with: "  name: nginx\n  uid: abc\n  labels")
        #expect(try #require(read(text).pods.first).pod.uid == PodUID("abc"))
    }

    @Test func formAndSourceDoNotChangeTheIdentity() throws {
        let plain = try #require(read(Self.nginx).pods.first)
        let json = """
            {"kind": "Pod", "spec": {"restartPolicy": "Always", "containers": [{"image": "nginx", "name": "nginx",
            "imagePullPolicy": "IfNotPresent"}]}, "apiVersion": "v1",
            "metadata": {"labels": {"env": "test"}, "name": "nginx", "namespace": "default"}}
            """
        for text in ["# comment\n---\n" + Self.nginx + "\n---\n# nothing\n", json] {
            for source in [PodSourceKind.file, .http] {
                let other = try #require(read(text, source: source).pods.first)
                #expect(other.hash == plain.hash)
                #expect(other.pod.uid == plain.pod.uid)
            }
        }
        let edited = try #require(read(Self.nginx.replacing("env: test", with: "env: prod")).pods.first)
        #expect(edited.hash != plain.hash && edited.pod.uid != plain.pod.uid)
        let elsewhere = try #require(read(Self.nginx, node: "other").pods.first)
        #expect(elsewhere.hash == plain.hash && elsewhere.pod.uid != plain.pod.uid)
    }

    @Test func everyDocumentOfAFileCounts() {
        let text = Self.nginx + "\n---\n" + Self.nginx.replacing("name: nginx", with: "name: second")
        #expect(read(text).pods.map(\.pod.metadata.name) == ["nginx-k8s-01", "second-k8s-01"])
    }

    @Test func theSamePodTwiceInAFileIsWrong() {
        let result = read(Self.nginx + "\n---\n" + Self.nginx)
        #expect(
            result.allProblems.map(\.description) == [
                "pod.yaml:16:9: metadata.name: pod nginx-k8s-01_default is defined twice in this manifest"
            ])
    }

    @Test func whatAServerKnewOfACopiedPodIsForgotten() throws {
        let text = Self.nginx.replacing(
            "  name: nginx\n  labels",
            with: "  name: nginx\n  resourceVersion: '5'\n  deletionTimestamp: 2026-01-01T00:00:00Z\n  labels")
        let pod = try #require(read(text + "\nstatus:\n  phase: Running\n").pods.first).pod
        #expect(pod.metadata.resourceVersion.isEmpty)
        #expect(pod.metadata.deletionTimestamp == nil)
        #expect(pod.status.phase == .pending)
    }

    @Test func systemPriorityClassesAreResolved() throws {
        let pod = try #require(read(Self.nginx + "\n  priorityClassName: system-node-critical\n").pods.first).pod
        #expect(pod.spec.priority == 2_000_001_000)
    }

    @Test func unknownFieldsAreWarningsOnDemand() throws {
        let text = Self.nginx + "\n  restartPolizy: Never\n"
        let strict = read(text)
        #expect(strict.pods.isEmpty)
        #expect(strict.items.first.map { if case .misspelt = $0.outcome { true } else { false } } == true)
        let tolerant = read(text, validation: .warn)
        #expect(tolerant.pods.count == 1)
        #expect(tolerant.allProblems.map(\.severity) == [.warning])
    }

    @Test func aFileThatIsTooLongIsNotParsed() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 11 << 20)
        let result = ManifestReader(nodeName: "n").read(bytes, file: "big.yaml", seen: seen)
        #expect(
            result.allProblems.map(\.description) == [
                "big.yaml:1:1: the manifest is 11534336 bytes long; at most 10485760 are read"
            ])
    }

    @Test func oneBadItemOfAListRejectsOnlyItself() {
        let text = """
            {"kind": "PodList", "apiVersion": "v1", "items": [
            {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "a"}]}},
            {"metadata": {"name": "b"}, "spec": {"containers": []}}]}
            """
        let result = read(text, source: .http)
        #expect(result.pods.map(\.pod.metadata.name) == ["a-k8s-01"])
        #expect(result.items.map(\.fullName?.name) == ["a-k8s-01", "b-k8s-01"])
        #expect(result.problems.isEmpty && !result.isValid)
    }

    @Test func anEmptyListIsValid() {
        #expect(read(#"{"kind": "PodList", "apiVersion": "v1", "items": []}"#, source: .http).isValid)
    }
}
