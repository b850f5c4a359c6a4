import Glibc
import HostSystem
import StructuredData
import Testing

extension RealParts {
    /// Pulls from a registry that runs on the loopback, and what is shown when they fail.
    @Suite(.serialized, .node("registry") { try await $0.startParts() })
    struct RegistryTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func manifest(_ name: String, image: String, policy: String = "IfNotPresent") -> String {
            Manifest.sleeper(name).replacing("image: busybox", with: "image: \(image)")
                .replacing("imagePullPolicy: IfNotPresent", with: "imagePullPolicy: \(policy)")
        }

        private func waiting(_ pod: ShownPod) -> (reason: String, message: String) {
            let waiting = pod.object["status"]?["containerStatuses"]?[0]?.value(at: "state", "waiting")
            return (waiting?["reason"]?.stringValue ?? "", waiting?["message"]?.stringValue ?? "")
        }

        /// Waits until the pod's container waits for one of the reasons, with a message that has these words.
        private func isWaiting(_ pod: String, for reasons: String..., because words: String) async throws {
            try await node.shown(pod, "waits for \(reasons), \(words)") { shown in
                let (reason, message) = waiting(shown)
                return reasons.contains(reason) && message.contains(words)
            }
        }

        /// Docker's configuration with a password for a registry.
        private func login(_ registry: LocalRegistry, _ password: String) -> String {
            let auth = Base64.encode(Array("\(LocalRegistry.user):\(password)".utf8))
            return "{\"auths\": {\"http://\(registry.host)\": {\"auth\": \"\(auth)\"}}}"
        }

        private func end(_ pods: String...) async throws {
            for pod in pods { try HostFiles.remove("\(node.manifests)/\(pod).yaml") }
            for pod in pods {
                try await eventually("the mirror of \(pod) is gone") { try await self.node.mirror(pod) == nil }
            }
        }

        // MARK: Credentials

        @Test func theRightPasswordOpensARegistry() async throws {
            let image = "docker.io/library/nginx:latest"
            try await LocalRegistry.with(node, locked: true) { registry in
                try await registry.push(image, as: "team/web:1")
                // Nothing of it is left here, so that all of it has to be pulled.
                #expect(try await node.ctr("images", "remove", "--sync", image).succeeded)
                let file = "\(node.directory)/kubelet/config.json"
                try HostFiles.writeAtomically(login(registry, "wr0ng"), to: file)
                defer { try? HostFiles.remove(file) }
                try node.add(
                    "locked",
                    """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: locked}
                    spec:
                      containers:
                      - {name: main, image: "\(registry.host)/team/web:1", imagePullPolicy: IfNotPresent}

                    """)
                try await isWaiting("locked", for: "ErrImagePull", "ImagePullBackOff", because: "401 Unauthorized")
                for kubectl in node.tier.kubectls {
                    let row = try await node.output(with: kubectl, "get", "pod", TestNode.mirror("locked"))
                    #expect(row.contains("ErrImagePull") || row.contains("ImagePullBackOff"), "\(row)")
                }
                try await isWaiting("locked", for: "ImagePullBackOff", because: "Back-off pulling image")

                try HostFiles.writeAtomically(login(registry, LocalRegistry.password), to: file)
                try await node.ready("locked")
                let pulled = try await node.events("Pulled", of: TestNode.mirror("locked"))
                #expect(
                    pulled.contains { $0.contains("including waiting") && $0.contains("Image size: ") }, "\(pulled)")
                let secrets = [LocalRegistry.password, "wr0ng"]
                let told = try await node.log(.kubelet) + node.output("get", "events", "-A", "-o", "yaml")
                #expect(!secrets.contains { told.contains($0) })
                try await end("locked")
            }
        }

        @Test func aCredentialProviderOpensARegistry() async throws {
            try await LocalRegistry.with(node, locked: true) { registry in
                try await registry.push(as: "tool:1")
                let place = "\(node.directory)/providers"
                try HostFiles.createDirectory("\(place)/bin")
                try HostFiles.symbolicLink("\(place)/bin/shell", to: "/bin/sh")
                let answer = """
                    {"kind": "CredentialProviderResponse", "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                     "cacheKeyType": "Registry", "cacheDuration": "1h",
                     "auth": {"\(registry.host)": {"username": "\(LocalRegistry.user)", "password": "\(LocalRegistry.password)"}}}
                    """
                try HostFiles.writeAtomically(answer, to: "\(place)/answer")
                // It fails until there is what it looks for.
                try HostFiles.writeAtomically(
                    """
                    apiVersion: kubelet.config.k8s.io/v1
                    kind: CredentialProviderConfig
                    providers:
                    - name: shell
                      matchImages: ["127.*.0.1:\(registry.host.split(separator: ":")[1])"]
                      defaultCacheDuration: 0s
                      apiVersion: credentialprovider.kubelet.k8s.io/v1
                      args: [-c, "cat >$PLACE/request; test -f $PLACE/open || { echo shut >&2; exit 3; }; cat $PLACE/answer"]
                      env: [{name: PLACE, value: \(place)}]

                    """, to: "\(place)/config.yaml")
                try await node.stop(.kubelet)
                try node.startKubelet(
                    "--image-credential-provider-config=\(place)/config.yaml",
                    "--image-credential-provider-bin-dir=\(place)/bin")
                try await node.waitUntilKubeletAnswers()
                try node.add("tool", manifest("tool", image: "\(registry.host)/tool:1"))
                try await isWaiting(
                    "tool", for: "ErrImagePull", "ImagePullBackOff",
                    because: "credential provider shell for image \(registry.host)/tool: exited with code 3: shut")
                try HostFiles.createFile("\(place)/open", mode: 0o600)
                try await node.ready("tool")
                let request = try JSONValue(parsing: HostFiles.read("\(place)/request"))
                #expect(request["image"] == .string("\(registry.host)/tool"))
                #expect(!node.log(.kubelet).contains(LocalRegistry.password))
                try await end("tool")
                try await node.replaceKubelet()
            }
        }

        // MARK: Failures

        @Test func failuresAreShownAndEndWithTheirCause() async throws {
            try await LocalRegistry.with(node) { registry in
                for name in ["kept:1", "broken:1"] { try await registry.push(as: name) }
                try await node.run("kept", manifest("kept", image: "\(registry.host)/kept:1"))
                try registry.damage("broken", tag: "1")
                try node.add("broken", manifest("broken", image: "\(registry.host)/broken:1"))
                try node.add("never", manifest("never", image: "\(registry.host)/missing:1", policy: "Never"))
                try node.add("nameless", manifest("nameless", image: "Not/An/Image"))
                try node.add("missing", manifest("missing", image: "\(registry.host)/missing:1"))
                let failed = ("ErrImagePull", "ImagePullBackOff")
                try await isWaiting("broken", for: failed.0, failed.1, because: "500 Internal Server Error")
                try await isWaiting("missing", for: failed.0, failed.1, because: "/missing:1: not found")
                try await isWaiting(
                    "never", for: "ErrImageNeverPull", because: "is not present with pull policy of Never")
                try await isWaiting("nameless", for: "InvalidImageName", because: "couldn't parse image name")
                for (pod, reason) in [
                    ("broken", "ErrImagePull"), ("missing", "ErrImagePull"), ("missing", "ImagePullBackOff"),
                    ("never", "ErrImageNeverPull"), ("nameless", "InvalidImageName"),
                ] {
                    try await eventually("an event tells that \(pod) has \(reason)") {
                        try await node.events("Failed", of: TestNode.mirror(pod)).contains("Error: \(reason)")
                    }
                }

                try await registry.stop()
                try node.add("always", manifest("always", image: "\(registry.host)/kept:1", policy: "Always"))
                try await isWaiting("always", for: failed.0, failed.1, because: "connection refused")
                // What is there needs no registry.
                try await node.run("again", manifest("again", image: "\(registry.host)/kept:1"))
                let rows = try await node.output("get", "pods")
                for reason in ["ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"] {
                    #expect(rows.contains(reason), "\(rows)")
                }

                try registry.mend("broken", tag: "1")
                try await registry.start()
                try await registry.push(as: "missing:1")
                for pod in ["broken", "missing", "always"] { try await node.ready(pod) }
                // Meanwhile there is what must not be pulled.
                try await node.ready("never")
                try await end("kept", "broken", "never", "nameless", "missing", "always", "again")
            }
        }

        // MARK: Side by side

        @Test func aSlowRegistryHoldsUpOthersOnlyWhenPullsAreSerial() async throws {
            try await LocalRegistry.with(node) { slow in
                try await LocalRegistry.with(node) { quick in
                    for name in ["one:1", "two:1"] {
                        try await slow.push(as: name)
                        try await quick.push(as: name)
                    }
                    try slow.pause()
                    try node.add("slow-one", manifest("slow-one", image: "\(slow.host)/one:1"))
                    try await isPulling("slow-one")
                    try node.add("quick-one", manifest("quick-one", image: "\(quick.host)/one:1"))
                    try await isPulling("quick-one")
                    try slow.resume()
                    for pod in ["slow-one", "quick-one"] { try await node.ready(pod) }
                    let log = node.log(.kubelet)
                    let ends = ["slow-one", "quick-one"].map { log.firstRange(of: pulled($0))?.lowerBound }
                    let (first, second) = (try #require(ends[0]), try #require(ends[1]))
                    #expect(first < second)

                    try node.writeConfiguration("staticPodPath: \(node.manifests)", "serializeImagePulls: false")
                    try await node.replaceKubelet()
                    try slow.pause()
                    try node.add("slow-two", manifest("slow-two", image: "\(slow.host)/two:1"))
                    try await isPulling("slow-two")
                    try await node.run("quick-two", manifest("quick-two", image: "\(quick.host)/two:1"))
                    #expect(!node.log(.kubelet).contains(pulled("slow-two")))
                    try slow.resume()
                    try await node.ready("slow-two")
                    try await end("slow-one", "quick-one", "slow-two", "quick-two")
                }
            }
            try node.writeConfiguration("staticPodPath: \(node.manifests)")
            try await node.replaceKubelet()
        }

        private func isPulling(_ pod: String) async throws {
            try await eventually("\(pod)'s image is being pulled") {
                self.node.log(.kubelet).contains("object=Pod/\(TestNode.mirror(pod)) reason=Pulling ")
            }
        }

        private func pulled(_ pod: String) -> String { "object=Pod/\(TestNode.mirror(pod)) reason=Pulled " }
    }
}
