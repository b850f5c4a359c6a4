import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What a container finds around itself: networks, volumes, log files.
    @Suite struct PodWorldTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func aPodHasAnAddressOfItsOwn() async throws {
            let pod = try await node.ready("nginx")
            let page = try await Command(["curl", "-sS", "--fail", "--max-time", "10", "http://\(pod.podIP)/"]).output()
            #expect(page.contains("nginx"), "\(page)")
            #expect(pod.podIP != pod.hostIP)
            #expect(try await network(ofPod: "nginx") != network())
        }

        @Test func aPodOnTheHostsNetworkHasTheHostsAddress() async throws {
            let pod = try await node.run(
                "host-network", Manifest.sleeper("host-network").replacing("spec:", with: "spec:\n  hostNetwork: true"))
            #expect(pod.podIP == pod.hostIP)
            #expect(try await network(ofPod: "host-network") == network())
            try await node.end("host-network")
        }

        private func network() async throws -> String {
            try await Command(["readlink", "/proc/self/ns/net"]).output()
        }

        private func network(ofPod pod: String) async throws -> String {
            try await node.output("exec", TestNode.mirror(pod), "--", "readlink", "/proc/self/ns/net")
        }

        @Test func containersShareAnEmptyDirectoryAndReachTheHosts() async throws {
            let manifest = """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: volumes
                spec:
                  terminationGracePeriodSeconds: 1
                  volumes:
                  - name: shared
                    emptyDir: {}
                  - name: memory
                    emptyDir: {medium: Memory}
                  - name: host
                    hostPath: {path: \(node.host)/volumes, type: DirectoryOrCreate}
                  containers:
                  - name: writer
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "echo word > /shared/word; exec sleep 100000"]
                    volumeMounts: [{name: shared, mountPath: /shared}]
                  - name: reader
                    image: busybox
                    imagePullPolicy: IfNotPresent
                    command:
                    - sh
                    - -c
                    - |
                      until [ -s /shared/word ]; do sleep 0.1; done
                      grep ' /memory ' /proc/mounts | cut -d ' ' -f 3 > /host/memory
                      touch /shared/mine 2>/host/denied
                      cp /shared/word /host/word
                      exec sleep 100000
                    volumeMounts:
                    - {name: shared, mountPath: /shared, readOnly: true}
                    - {name: memory, mountPath: /memory}
                    - {name: host, mountPath: /host}

                """
            try await node.run("volumes", manifest)
            let folder = "\(node.host)/volumes"
            try await eventually("the word has come through") { HostFiles.exists("\(folder)/word") }
            try await eventually("the word is there") { try HostFiles.readText("\(folder)/word") == "word\n" }
            #expect(try HostFiles.readText("\(folder)/memory") == "tmpfs\n")
            #expect(try HostFiles.readText("\(folder)/denied").contains("Read-only"))
            try await node.end("volumes")
            #expect(HostFiles.exists("\(folder)/word"), "the host's directory stays")
            try await eventually("the shared directory is gone") {
                try await Command(shell: "! find \(self.node.directory)/kubelet/pods -name shared | grep -q .").run()
                    .succeeded
            }
        }

        @Test func hooksRunAfterTheStartAndBeforeTheStop() async throws {
            let hooks = """
                    lifecycle:
                      postStart: {exec: {command: [sh, -c, "echo started >> /host/hooks"]}}
                      preStop: {exec: {command: [sh, -c, "echo stopping >> /host/hooks"]}}

                """
            let line = "trap 'echo stopped >> /host/hooks; exit 0' TERM; sleep 100000 & wait"
            let manifest = Manifest.shell(
                "hooked", line, more: "  volumes: [{name: host, hostPath: {path: \(node.host)}}]",
                mounts: "[{name: host, mountPath: /host}]")
            try await node.run("hooked", manifest + hooks)
            #expect(try HostFiles.readText("\(node.host)/hooks") == "started\n")
            try await node.end("hooked")
            #expect(try HostFiles.readText("\(node.host)/hooks") == "started\nstopping\nstopped\n")
        }

        @Test func logFilesAreWhereAndAsUpstreamHasThem() async throws {
            let line = "echo out; echo err >&2; exec sleep 100000"
            try await node.run("logger", Manifest.shell("logger", line))
            let folders = try HostFiles.list(node.podLogs).filter { $0.hasPrefix("default_logger-\(TestNode.name)_") }
            let folder = try #require(folders.first)
            #expect(folders.count == 1)
            let file = "\(node.podLogs)/\(folder)/main/0.log"
            let lines = try await eventually("both lines are logged") {
                let lines = try HostFiles.readText(file).split(separator: "\n")
                return lines.count == 2 ? lines.sorted { $0.suffix(3) > $1.suffix(3) } : nil
            }
            let pattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) (stdout|stderr) F (out|err)/
            let matches = lines.compactMap { $0.wholeMatch(of: pattern).map { "\($0.2) \($0.3)" } }
            #expect(matches == ["stdout out", "stderr err"], "\(lines)")
            try await node.end("logger")
        }
    }
}
