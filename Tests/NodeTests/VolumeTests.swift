import Glibc
import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Volumes as containers see them.
    @Suite struct VolumeTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// What a line of the shell prints in the pod's container.
        private func shell(_ pod: String, _ line: String) async throws -> String {
            try await node.output("exec", TestNode.mirror(pod), "--", "sh", "-c", line)
        }

        /// A pod that waits for its end, with these lines in its metadata, its spec and its container.
        private func manifest(
            _ name: String, metadata: [String] = [], spec: [String], container: [String]
        ) -> String {
            let head = ["apiVersion: v1", "kind: Pod", "metadata:", "  name: \(name)"]
            let middle = ["spec:", "  terminationGracePeriodSeconds: 1"] + spec.map { "  \($0)" }
            let end = [
                "  containers:", "  - name: main", "    image: busybox", "    imagePullPolicy: IfNotPresent",
                "    command: [sh, -c, \"trap 'exit 0' TERM; sleep 100000 & wait\"]",
            ]
            let lines = head + metadata.map { "  \($0)" } + middle + end + container.map { "    \($0)" }
            return lines.joined(separator: "\n") + "\n"
        }

        // MARK: Fields of the pod

        @Test func editedLabelsReachTheirFilesAndNoContainer() async throws {
            func manifest(_ app: String) -> String {
                self.manifest(
                    "fields", metadata: ["labels: {app: \(app)}", "annotations: {note: \"a \\\"b\\\"\"}"],
                    spec: [
                        "volumes:",
                        "- name: info",
                        "  downwardAPI:",
                        "    items:",
                        "    - {path: labels, fieldRef: {fieldPath: metadata.labels}}",
                        "    - {path: limits/cpu, resourceFieldRef: {containerName: main, resource: limits.cpu}}",
                        "- name: all",
                        "  projected:",
                        "    defaultMode: 256",
                        "    sources:",
                        "    - downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}",
                        "    - downwardAPI:",
                        "        items:",
                        "        - {path: meta/app, fieldRef: {fieldPath: \"metadata.labels['app']\"}}",
                        "        - {path: meta/note, fieldRef: {fieldPath: \"metadata.annotations['note']\"}}",
                    ],
                    container: [
                        "volumeMounts: [{name: info, mountPath: /etc/info}, {name: all, mountPath: /etc/all}]",
                        "resources: {limits: {cpu: 1500m}}",
                    ])
            }
            let before = try await node.run("fields", manifest("one"))
            let all = "cat /etc/info/labels; echo; cat /etc/info/limits/cpu /etc/all/name; echo; cat /etc/all/meta/*"
            #expect(
                try await shell("fields", all)
                    == "app=\"one\"\n2\(TestNode.mirror("fields"))\nonea \"b\"")
            #expect(try await shell("fields", "stat -Lc %a /etc/info/labels /etc/all/name") == "644\n400\n")
            let refused = try await node.kubectl(
                "exec", TestNode.mirror("fields"), "--", "touch", "/etc/info/new", "/etc/all/new")
            #expect(refused.errors.contains("Read-only file system"), "\(refused)")

            try node.add("fields", manifest("two"))
            // The files are written before the pod is shown as the new version.
            let after = try await node.shown("fields", "has the new label") { pod in
                pod.isReady && pod.object.value(at: "metadata", "labels", "app") == "two"
            }
            #expect(try await shell("fields", "cat /etc/info/labels /etc/all/meta/app") == "app=\"two\"two")
            #expect(after.containers["main"]?.id == before.containerID)
            #expect(after.containers["main"]?.restartCount == before.restartCount)
            // Data of the version before are gone.
            #expect(try await shell("fields", "ls -d /etc/info/..2*").split(separator: "\n").count == 1)
            try await node.end("fields")
        }

        // MARK: Parts of volumes

        @Test func partsOfVolumesAreMountedAndTheHostsFilesStay() async throws {
            let folder = "\(node.host)/parts"
            try HostFiles.createDirectory(folder)
            let before = try await node.run(
                "parts",
                manifest(
                    "parts",
                    spec: ["volumes:", "- {name: own, emptyDir: {}}", "- {name: host, hostPath: {path: \(folder)}}"],
                    container: [
                        "env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
                        "volumeMounts:",
                        "- {name: own, mountPath: /whole}",
                        "- {name: own, mountPath: /part, subPath: deep/er}",
                        "- {name: host, mountPath: /logs, subPathExpr: of/$(POD)}",
                    ]))
            let place = "\(folder)/of/\(TestNode.mirror("parts"))"
            #expect(
                try await shell("parts", "echo word >/logs/file; echo own >/part/file; cat /whole/deep/er/file")
                    == "own\n")
            #expect(try HostFiles.readText("\(place)/file") == "word\n")
            #expect(try await shell("parts", "stat -c %a /whole /part") == "777\n777\n")

            // The same parts are there for the next container.
            let process = try #require(try await node.process(before.containerID))
            #expect(kill(process, SIGKILL) == 0)
            try await node.ready("parts") { $0.restartCount == before.restartCount + 1 }
            #expect(try await shell("parts", "cat /logs/file /part/file") == "word\nown\n")

            try await node.end("parts")
            try await eventually("nothing is mounted") {
                try HostFiles.readText("/proc/self/mountinfo").split(separator: "\n").allSatisfy {
                    !$0.contains("volume-subpaths") || !$0.contains(" \(self.node.directory)/")
                }
            }
            #expect(try HostFiles.readText("\(place)/file") == "word\n")
        }

        @Test func aPartThatLeadsOutOfItsVolumeIsRefused() async throws {
            let folder = "\(node.host)/trap"
            try HostFiles.createDirectory(folder)
            try HostFiles.symbolicLink("\(folder)/out", to: "/etc")
            defer { try? HostFiles.removeTree(folder) }
            for (mount, message) in [
                ("subPath: out", "failed to prepare subPath for volumeMount \"host\" of container \"main\""),
                ("subPathExpr: \"$(NONE)\"", "missing value for NONE"),
            ] {
                try node.add(
                    "trap",
                    manifest(
                        "trap", spec: ["volumes: [{name: host, hostPath: {path: \(folder)}}]"],
                        container: ["volumeMounts: [{name: host, mountPath: /in, \(mount)}]"]))
                try await node.shown("trap", "is refused for \(mount)") { pod in
                    let waiting = pod.object["status"]?["containerStatuses"]?[0]?.value(at: "state", "waiting")
                    return waiting?["reason"] == "CreateContainerConfigError"
                        && waiting?["message"]?.stringValue?.contains(message) == true
                }
            }
            #expect(node.log(.server).contains("it leads out of \(folder)"))
            try await node.end("trap")
        }

        // MARK: Host paths

        @Test func hostPathsAreOfTheirTypes() async throws {
            let folder = "\(node.host)/types"
            try HostFiles.createDirectory(folder)
            try HostFiles.createFile("\(folder)/File", mode: 0o644)
            try HostFiles.createDirectory("\(folder)/Directory")
            #expect(mknod("\(folder)/Socket", S_IFSOCK | 0o600, 0) == 0)
            #expect(mknod("\(folder)/BlockDevice", S_IFBLK | 0o600, 7 << 8) == 0)
            try HostFiles.symbolicLink("\(folder)/CharDevice", to: "/dev/null")
            let tests = [
                "Directory": "d", "DirectoryOrCreate": "d", "File": "f", "FileOrCreate": "f", "Socket": "S",
                "CharDevice": "c", "BlockDevice": "b",
            ]
            let types = tests.keys.sorted()
            let before = try await node.run(
                "types",
                manifest(
                    "types",
                    spec: ["volumes:"]
                        + types.map { "- {name: \($0.lowercased()), hostPath: {path: \(folder)/\($0), type: \($0)}}" },
                    container: ["volumeMounts:"]
                        + types.map { "- {name: \($0.lowercased()), mountPath: /types/\($0)}" }))
            let line = types.map { "test -\(tests[$0] ?? "") /types/\($0) || echo \($0)" }.joined(separator: "; ")
            #expect(try await shell("types", line) == "")
            #expect(try HostFiles.attributes("\(folder)/FileOrCreate")?.mode == 0o644)
            #expect(try HostFiles.attributes("\(folder)/DirectoryOrCreate")?.mode == 0o755)

            // What they are is asked once: the container starts again whatever became of them.
            try HostFiles.remove("\(folder)/Socket")
            try HostFiles.createFile("\(folder)/Socket", mode: 0o644)
            let process = try #require(try await node.process(before.containerID))
            #expect(kill(process, SIGKILL) == 0)
            try await node.ready("types") { $0.restartCount == before.restartCount + 1 }
            try await node.end("types")
        }

        @Test func aHostPathOfAnotherTypeIsAnEventUntilItIsMended() async throws {
            let path = "\(node.host)/mended"
            try HostFiles.createFile(path, mode: 0o644)
            try node.add(
                "mended",
                manifest(
                    "mended", spec: ["volumes: [{name: late, hostPath: {path: \(path), type: Directory}}]"],
                    container: ["volumeMounts: [{name: late, mountPath: /late}]"]))
            try await eventually("an event tells") {
                try await self.node.events("FailedMount", of: TestNode.mirror("mended")).contains(
                    "MountVolume.SetUp failed for volume \"late\" : hostPath type check failed: "
                        + "\(path) is not a directory")
            }
            try HostFiles.remove(path)
            try HostFiles.createDirectory(path)
            try await node.ready("mended")
            try await node.end("mended")
        }

        // MARK: Mounts that spread

        @Test func mountsSpreadAsTheirPropagationSays() async throws {
            let folder = "\(node.host)/spread"
            try HostFiles.createDirectory(folder)
            // A machine's root need not be shared.
            try await Command(shell: "mount --bind \(folder) \(folder) && mount --make-shared \(folder)").output()
            let mounts = { (more: String) in "[{name: host, mountPath: /host\(more)}]" }
            let head = manifest(
                "spread", spec: ["volumes: [{name: host, hostPath: {path: \(folder)}}]"],
                container: [
                    "securityContext: {privileged: true}",
                    "volumeMounts: " + mounts(", mountPropagation: Bidirectional"),
                ])
            let others = [("follower", ", mountPropagation: HostToContainer"), ("loner", "")].map { name, more in
                """
                  - name: \(name)
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command: [sleep, "100000"]
                    volumeMounts: \(mounts(more))

                """
            }
            try node.add("spread", head + others.joined())
            try await node.shown("spread", "is ready") { $0.isReady }
            try await Command(shell: "mkdir \(folder)/above \(folder)/below && mount -t tmpfs none \(folder)/above")
                .output()
            try await exec("spread", "main", "mount -t tmpfs none /host/below")
            let seen = "grep -o '/host/[a-z]*' /proc/mounts | sort | tr '\\n' ' '"
            for (container, places) in [
                ("main", "/host/above /host/below "), ("follower", "/host/above /host/below "), ("loner", ""),
            ] {
                #expect(try await exec("spread", container, seen) == places, "\(container)")
            }
            let host = try HostFiles.readText("/proc/self/mountinfo")
            #expect(host.contains(" \(HostFiles.resolved(folder) ?? folder)/below "))
            try await exec("spread", "main", "umount /host/below")
            try await node.end("spread")
            try await Command(shell: "umount \(folder)/above && umount \(folder)").output()
        }

        @discardableResult
        private func exec(_ pod: String, _ container: String, _ line: String) async throws -> String {
            try await node.output("exec", TestNode.mirror(pod), "-c", container, "--", "sh", "-c", line)
        }

        // MARK: Memory

        @Test func aVolumeInMemoryIsNoLargerThanItMayBe() async throws {
            try await node.run(
                "memory",
                manifest(
                    "memory",
                    spec: [
                        "volumes:",
                        "- {name: own, emptyDir: {medium: Memory, sizeLimit: 1Mi}}",
                        "- {name: pods, emptyDir: {medium: Memory}}",
                    ],
                    container: [
                        "resources: {limits: {memory: 48Mi}}",
                        "volumeMounts: [{name: own, mountPath: /own}, {name: pods, mountPath: /pods}]",
                    ]))
            #expect(try await shell("memory", "df -k /own /pods | awk 'NR > 1 {print $2}'") == "1024\n49152\n")
            let full = try await shell("memory", "dd if=/dev/zero of=/own/file bs=1M count=2 2>&1 || true")
            #expect(full.contains("No space left on device"), "\(full)")
            #expect(try await shell("memory", "stat -c %s /own/file") == "1048576\n")
            // As upstream mounts it, and unlike a tmpfs of the host's.
            #expect(try await shell("memory", "grep -E ' /(own|pods) .*(nosuid|nodev)' /proc/mounts || true") == "")
            try await node.end("memory")
        }

        // MARK: Groups

        @Test func volumesBelongToTheGroupOfThePod() async throws {
            try await node.run(
                "group",
                manifest(
                    "group",
                    spec: [
                        "securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 2345}",
                        "volumes:",
                        "- {name: own, emptyDir: {}}",
                        "- {name: memory, emptyDir: {medium: Memory}}",
                        "- name: info",
                        "  downwardAPI: {defaultMode: 256, items: [{path: uid, fieldRef: {fieldPath: metadata.uid}}]}",
                    ],
                    container: [
                        "volumeMounts:",
                        "- {name: own, mountPath: /own}",
                        "- {name: own, mountPath: /part, subPath: part}",
                        "- {name: memory, mountPath: /memory}",
                        "- {name: info, mountPath: /info}",
                    ]))
            #expect(try await shell("group", "id -u; id -g; id -G") == "1000\n3000\n3000 2345\n")
            #expect(
                try await shell("group", "stat -c '%g %a' /own /part /memory")
                    == String(repeating: "2345 2777\n", count: 3))
            #expect(
                try await shell("group", "for d in own part memory; do touch /$d/f && stat -c %g /$d/f; done")
                    == String(repeating: "2345\n", count: 3))
            #expect(try await shell("group", "stat -Lc '%u %g %a' /info/uid; test -r /info/uid") == "0 2345 440\n")
            try await node.end("group")
        }
    }
}
