import KubernetesAPI
import PodSources
import Testing

/// A manifest and what is said about it, with file, line and column.
struct BadManifest: Sendable, CustomTestStringConvertible {
    var description: String
    var text: String
    var problems: [String]

    init(_ description: String, _ text: String, _ problems: String...) {
        self.description = description
        self.text = text
        self.problems = problems
    }

    /// With the given lines after those of a valid container.
    init(_ description: String, container lines: String, _ problems: String...) {
        self.init(description, "")
        text = Self.head + lines + "\n"
        self.problems = problems
    }

    var testDescription: String { description }

    /// Eight lines: what follows begins on line 9.
    static let head = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
        spec:
          containers:
          - name: web
            image: nginx

        """
}

@Suite struct BadManifestTests {
    @Test(arguments: [
        BadManifest("no YAML", "apiVersion: v1\nkind: [Pod\n", "3:1"),
        BadManifest("a tab for indentation", "apiVersion: v1\nmetadata:\n\tname: x\n", "3:1"),
        BadManifest("broken JSON", "{\"kind\": \"Pod\",\n \"apiVersion\" \"v1\"}", "2:15"),
        BadManifest("plain text", "hello world\n", "1:1: a Pod is expected, found string \"hello world\""),
        BadManifest("nothing", "", "1:1: the manifest holds no pod"),
        BadManifest("only comments", "# nothing\n", "1:1: the manifest holds no pod"),
        BadManifest(
            "not a Pod", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n",
            "2:7: kind: expected Pod, found string \"Deployment\""),
        BadManifest(
            "no kind", "apiVersion: v1\nmetadata:\n  name: x\n",
            "1:1: kind: required field is missing, expected Pod"),
        BadManifest(
            "the wrong version", "apiVersion: v2\nkind: Pod\n", "1:13: apiVersion: expected v1, found string \"v2\""),
        BadManifest(
            "a list in a file", "apiVersion: v1\nkind: PodList\nitems: []\n",
            "2:7: kind: expected Pod, found string \"PodList\""),
    ])
    func documents(_ manifest: BadManifest) { check(manifest) }

    @Test(arguments: [
        BadManifest(
            "a misspelt field", container: "    imagePullPolizy: Never",
            "9:5: spec.containers[0].imagePullPolizy: unknown field \"imagePullPolizy\", did you mean \"imagePullPolicy\"?"
        ),
        BadManifest(
            "a field twice", container: "    image: busybox",
            "9:5: spec.containers[0].image: field \"image\" is given twice"),
        BadManifest(
            "a wrong type", container: "    command: sleep",
            "9:14: spec.containers[0].command: expected a list, found string \"sleep\""),
        BadManifest(
            "a number for a string", container: "    env: [{name: A, value: 1}]",
            "9:28: spec.containers[0].env[0].value: expected a string, found number 1"),
        BadManifest(
            "a bad port", container: "    ports: [{containerPort: 70000}]", "9:29: spec.containers[0].ports[0]"),
        BadManifest(
            "several errors at once", container: "    workingdir: /\n    ports: [{containerPort: 0}]\n    stdin: 3",
            "9:5: spec.containers[0].workingdir", "10:29: spec.containers[0].ports[0].containerPort",
            "11:12: spec.containers[0].stdin"),
        BadManifest(
            "an invalid name",
            BadManifest.head.replacing("name: web\nspec", with: "name: Web_1\nspec"),
            "4:9: metadata.name: Invalid value: \"Web_1-node\""),
        BadManifest(
            "no name", BadManifest.head.replacing("  name: web\nspec", with: "  labels: {}\nspec"),
            "3:1: metadata.name: Required value"),
        BadManifest(
            "no containers", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec: {}\n",
            "5:1: spec.containers: Required value"),
    ])
    func fields(_ manifest: BadManifest) { check(manifest) }

    @Test(arguments: [
        BadManifest(
            "a Secret in env",
            container: "    env:\n    - name: A\n      valueFrom:\n        secretKeyRef: {name: s, key: k}",
            "12:9: spec.containers[0].env[0].valueFrom.secretKeyRef: Forbidden"),
        BadManifest(
            "a ConfigMap in envFrom", container: "    envFrom:\n    - configMapRef: {name: c}",
            "10:7: spec.containers[0].envFrom[0].configMapRef: Forbidden"),
        BadManifest(
            "a service account", container: "  serviceAccountName: robot",
            "9:23: spec.serviceAccountName: Forbidden"),
        BadManifest(
            "pull secrets", container: "  imagePullSecrets: [{name: s}]", "9:22: spec.imagePullSecrets[0]: Forbidden"),
        BadManifest(
            "a Secret in a projected volume",
            container: "  volumes:\n  - name: p\n    projected:\n      sources:\n      - secret: {name: s}",
            "13:9: spec.volumes[0].projected.sources[0].secret: Forbidden"),
        BadManifest(
            "a Secret volume, said once", container: "  volumes:\n  - name: s\n    secret: {secretName: s}",
            "11:5: spec.volumes[0].secret: Forbidden"),
    ])
    func forbiddenReferences(_ manifest: BadManifest) { check(manifest) }

    @Test(arguments: [
        BadManifest(
            "a volume of another kind", container: "  volumes:\n  - name: share\n    nfs: {server: s, path: /}",
            "11:5: spec.volumes[0].nfs: not supported"),
        BadManifest(
            "another medium", container: "  volumes:\n  - name: h\n    emptyDir: {medium: Tape}",
            "11:24: spec.volumes[0].emptyDir.medium: not supported"),
        BadManifest(
            "pages of no size", container: "  volumes:\n  - name: h\n    emptyDir: {medium: HugePages-0}",
            "11:24: spec.volumes[0].emptyDir.medium: not supported"),
        BadManifest(
            "options for Windows", container: "    securityContext:\n      windowsOptions: {runAsUserName: u}",
            "10:7: spec.containers[0].securityContext.windowsOptions: not supported"),
        BadManifest(
            "a device", container: "    resources:\n      limits: {example.com/gpu: 1}",
            "10:33: spec.containers[0].resources.limits[example.com/gpu]: not supported"),
    ])
    func unsupportedFeatures(_ manifest: BadManifest) { check(manifest) }

    @Test func whatThisVersionRunsIsAccepted() {
        let text =
            BadManifest.head
                + """
                    command: [a]
                    args: [$(A)]
                    workingDir: /
                    env: [{name: A, value: b}, {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
                    ports: [{containerPort: 8080, hostPort: 8080}]
                    resources: {limits: {cpu: 1, memory: 1Gi}}
                    securityContext: {runAsUser: 1, privileged: false, capabilities: {drop: [ALL]}}
                    volumeMounts:
                    - {name: d, mountPath: /d}
                    - {name: m, mountPath: /m, subPath: a/b}
                    - {name: h, mountPath: /h, subPathExpr: $(A)}
                  initContainers: [{name: i, image: i}]
                  volumes:
                  - {name: d, emptyDir: {sizeLimit: 1Gi}}
                  - {name: m, emptyDir: {medium: Memory}}
                  - {name: h, hostPath: {path: /tmp, type: Directory}}
                  - {name: f, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}
                  - {name: p, projected: {sources: [{downwardAPI: {items: []}}]}}
                  securityContext: {runAsNonRoot: true, supplementalGroups: [5], fsGroup: 6, fsGroupChangePolicy: Always}
                  hostNetwork: true
                  hostPID: true
                  dnsPolicy: None
                  dnsConfig: {nameservers: [1.1.1.1]}
                  hostAliases: [{ip: 127.0.0.1, hostnames: [x]}]
                  nodeSelector: {a: b}
                  tolerations: [{operator: Exists}]
                  terminationGracePeriodSeconds: 5
                """.split(separator: "\n").map { $0 + "\n" }.joined()
        let result = ManifestReader(nodeName: "node").read(Array(text.utf8), file: "f", seen: Timestamp(seconds: 0))
        #expect(result.allProblems.map(\.description) == [])
        #expect(result.pods.count == 1)
    }

    @Test func whatTheNodeDecidesAboutIsAccepted() {
        let text =
            BadManifest.head
                + """
                    lifecycle: {stopSignal: SIGUSR1}
                    securityContext:
                      seccompProfile: {type: Localhost, localhostProfile: p}
                      appArmorProfile: {type: Localhost, localhostProfile: p}
                      seLinuxOptions: {level: "s0:c1,c2"}
                  securityContext:
                    sysctls: [{name: kernel.msgmax, value: "1"}]
                    seccompProfile: {type: Localhost, localhostProfile: p}
                    appArmorProfile: {type: RuntimeDefault}
                    seLinuxOptions: {level: "s0:c1,c2"}
                    supplementalGroupsPolicy: Strict
                  subdomain: s
                  setHostnameAsFQDN: true
                  overhead: {cpu: 10m}
                  os: {name: linux}
                """.split(separator: "\n").map { $0 + "\n" }.joined()
        let windows = BadManifest.head + "  hostnameOverride: a.b\n  os: {name: windows}\n"
        for text in [text, windows] {
            let result = ManifestReader(nodeName: "node").read(Array(text.utf8), file: "f", seen: Timestamp(seconds: 0))
            #expect(result.allProblems.map(\.description) == [])
            #expect(result.pods.count == 1)
        }
    }

    private func check(_ manifest: BadManifest) {
        let result = ManifestReader(nodeName: "node")
            .read(Array(manifest.text.utf8), file: "f", seen: Timestamp(seconds: 0))
        let found = result.allProblems.map(\.description)
        #expect(result.pods.isEmpty)
        #expect(found.count == manifest.problems.count, "\(found)")
        for (problem, expected) in zip(found, manifest.problems) {
            #expect(problem.hasPrefix("f:" + expected), "\(problem)")
        }
    }
}
