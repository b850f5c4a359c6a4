import KubernetesAPI
import StructuredData
import Testing

@Suite struct PodTests {
    private let manifest = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          namespace: default
          labels: {env: test}
          managedFields: [{manager: kubectl}]
          creationTimestamp: null
        spec:
          initContainers:
          - {name: proxy, image: proxy, restartPolicy: Always}
          containers:
          - name: web
            image: nginx
            ports: [{containerPort: 80, protocol: TCP}]
            env:
            - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
            livenessProbe: {httpGet: {port: http}, periodSeconds: 5}
            resources: {limits: {cpu: 1, memory: 1Gi}}
            volumeMounts: [{name: data, mountPath: /data}]
          ephemeralContainers:
          - {name: debug, image: busybox, targetContainerName: web}
          volumes:
          - {name: data, hostPath: {path: /srv}}
          - {name: old, rbd: {image: x, monitors: [a]}}
          nodeSelector: {node-role.kubernetes.io/control-plane: }
        """

    @Test func decodesAManifest() throws {
        let pod = try decodePod(manifest)
        #expect(pod.fullName.description == "web_default")
        #expect(pod.spec.containers[0].livenessProbe?.httpGet?.port == "http")
        #expect(pod.spec.initContainers[0].restartPolicy == .always)
        #expect(pod.spec.ephemeralContainers[0].common.image == "busybox")
        #expect(pod.spec.ephemeralContainers[0].targetContainerName == "web")
        #expect(pod.spec.volumes[1].otherSources["rbd"]?["image"] == "x")
        #expect(pod.spec.nodeSelector == ["node-role.kubernetes.io/control-plane": ""])
        #expect(pod.spec.containers[0].resources.limits["memory"]?.value == 1_073_741_824)
    }

    @Test func whatIsEncodedIsDecodedAgain() throws {
        let pod = try decodePod(manifest).withDefaults()
        #expect(try Pod(pod.encoded()) == pod)
        #expect(try Pod(JSONValue(parsing: pod.encoded().serialized())) == pod)
    }

    @Test func misspeltFieldsAreFoundInTheirPlaces() throws {
        let text = """
            kind: Pod
            spec:
              containers:
              - name: web
                imagee: nginx
                ports:
                - containerPort: eighty
              volume: []
            """
        let issues = Pod.decode(try DocumentReader.readSingle(Array(text.utf8))).issues
        #expect(
            issues.map { "\($0.mark.map { "\($0)" } ?? "-") \($0)" } == [
                "5:5 spec.containers[0].imagee: unknown field \"imagee\", did you mean \"image\"?",
                "7:22 spec.containers[0].ports[0].containerPort: expected a whole number, found string \"eighty\"",
                "8:3 spec.volume: unknown field \"volume\", did you mean \"volumes\"?",
            ])
    }

    /// A file that is half written, or that an editor has damaged, must give issues and nothing worse.
    @Test(arguments: 0..<400)
    func mutilatedManifestsAreSurvived(seed: Int) throws {
        var random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(below limit: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % limit
        }
        var bytes = seed.isMultiple(of: 2) ? Array(manifest.utf8) : try decodePod(manifest).encoded().serialized()
        let alphabet = Array("{}[]:,-#&*!|>'\"%@` \n\t\\0x\u{0}\u{7F}aé~<".utf8)
        for _ in 0...next(below: 6) where !bytes.isEmpty {
            let position = next(below: bytes.count)
            switch next(below: 4) {
            case 0: bytes.remove(at: position)
            case 1: bytes[position] = alphabet[next(below: alphabet.count)]
            case 2: bytes.insert(alphabet[next(below: alphabet.count)], at: position)
            default: bytes = Array(bytes[...position])
            }
        }
        for case .success(let document) in DocumentReader.read(bytes) {
            let pod = Pod.decode(document).value.withDefaults()
            for issue in PodValidation.validate(pod) + ForbiddenReferences.inStaticPod(pod) {
                #expect(document.mark(at: issue.path) != nil)
            }
            _ = pod.semanticHash
        }
    }

    @Test func statusIsEncodedAsUpstreamWritesIt() {
        let status = ContainerStatus {
            $0.name = "web"
            $0.state.terminated = ContainerStateTerminated {
                $0.exitCode = 0
                $0.finishedAt = Timestamp(seconds: 0)
            }
        }
        #expect(
            status.encoded() == [
                "name": "web", "state": ["terminated": ["exitCode": 0, "finishedAt": "1970-01-01T00:00:00Z"]],
                "ready": false, "restartCount": 0, "image": "", "imageID": "",
            ])
    }

    @Test func fullNamesAreReadBack() {
        #expect(PodFullName(parsing: "web_default") == PodFullName(name: "web", namespace: "default"))
        #expect(PodFullName(parsing: "web") == nil)
        #expect(PodFullName(parsing: "a_b_c") == nil)
    }
}
