import KubernetesAPI
import StructuredData
import Testing

@Suite struct PodCanonicalTests {
    /// These are on disks: a change here means that every static pod restarts at an upgrade.
    @Test func goldenVectors() throws {
        let small = try decodePod(
            "metadata: {name: nginx, labels: {env: test}}\nspec: {containers: [{name: nginx, image: nginx}]}")
        #expect(small.semanticHash == "c906c4badb08ef070cb65b8d832c0ef6")
        let large = try decodePod(
            """
            metadata: {name: web, labels: {a: b}, annotations: {note: x}}
            spec:
              hostNetwork: true
              terminationGracePeriodSeconds: 5
              initContainers: [{name: i, image: "busybox:1", command: [sh, -c, "true"]}]
              containers:
              - name: web
                image: "nginx:1.27"
                args: [-v]
                env: [{name: A, value: b}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
                ports: [{containerPort: 80}]
                resources: {limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 500m}}
                readinessProbe: {httpGet: {port: 80, path: /ready}, periodSeconds: 3}
                securityContext: {runAsUser: 1000, capabilities: {drop: [ALL]}}
                volumeMounts: [{name: data, mountPath: /data, readOnly: true}]
              volumes: [{name: data, hostPath: {path: /srv, type: Directory}}, {name: tmp, emptyDir: {sizeLimit: 1Gi}}]
              tolerations: [{operator: Exists}]
            """)
        #expect(large.semanticHash == "040e10a42e27a707db01242b48d33262")
    }

    @Test(arguments: [
        ("spelled-out defaults", "restartPolicy: Always\nterminationGracePeriodSeconds: 30\nsecurityContext: {}"),
        ("a volume without a source is an empty directory", "volumes: [{name: a}]"),
        ("other notation of an amount", "overhead: {memory: 1Gi}"),
        ("request equal to its limit", "containers: [{name: web, image: nginx, resources: {limits: {cpu: 1}}}]"),
    ])
    func meaningDecides(description: String, text: String) throws {
        let other =
            switch description {
            case "spelled-out defaults": ""
            case "a volume without a source is an empty directory": "volumes: [{name: a, emptyDir: {}}]"
            case "other notation of an amount": "overhead: {memory: 1073741824}"
            default:
                "containers: [{name: web, image: nginx, resources: {limits: {cpu: 1000m}, requests: {cpu: 1}}}]"
            }
        #expect(try decodePod(spec: text).semanticHash == decodePod(spec: other).semanticHash)
    }

    @Test(arguments: [
        "restartPolicy: Never", "terminationGracePeriodSeconds: 31", "containers: [{name: web, image: nginx2}]",
        "containers: [{name: web, image: nginx, imagePullPolicy: Never}]", "hostNetwork: true", "volumes: [{name: a}]",
        "containers: [{name: web, image: nginx, args: [a]}]",
    ])
    func everyChangeThatMattersChangesTheHash(text: String) throws {
        #expect(try decodePod(spec: text).semanticHash != decodePod(spec: "").semanticHash)
    }

    @Test func defaultsDoNotChangeTheHash() throws {
        let pod = try decodePod(spec: "volumes: [{name: a, hostPath: {path: /x}}]")
        #expect(pod.withDefaults().semanticHash == pod.semanticHash)
        #expect(pod.canonical.canonical == pod.canonical)
    }

    @Test func theKubeletsOwnAnnotationsDoNotCount() throws {
        var pod = try decodePod(spec: "")
        let hash = pod.semanticHash
        pod.metadata.annotations["kubernetes.io/config.seen"] = "now"
        pod.metadata.uid = "x"
        pod.status.phase = .running
        #expect(pod.semanticHash == hash)
        pod.metadata.annotations["note"] = "x"
        #expect(pod.semanticHash != hash)
    }

    @Test func hashIsFNV1aOf128Bits() {
        #expect(FNV1a128.hexadecimal(of: "".utf8) == "6c62272e07bb014262b821756295c58d")
        #expect(FNV1a128.hexadecimal(of: "a".utf8) == "d228cb696f1a8caf78912b704e4a8964")
        #expect(FNV1a128.hexadecimal(of: "foobar".utf8) == "343e1662793c64bf6f0d3597ba446f18")
    }
}
