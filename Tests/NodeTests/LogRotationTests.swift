import HostSystem
import Testing

extension RealParts {
    /// Container logs that grow beyond what one file may have.
    @Suite(
        .serialized,
        .node("logs") { node in
            try node.writeConfiguration(
                "staticPodPath: \(node.manifests)", "containerLogMaxSize: 256Ki", "containerLogMaxFiles: 4",
                "containerLogMonitorInterval: 3s")
            try await node.startParts()
        })
    struct LogRotationTests {
        private static let batches = 30
        private static let linesOfBatch = 1000
        private static let lastLine = batches * linesOfBatch
        private let node: TestNode

        init() throws { node = try .inScope }

        /// A pod that says some 3 MB in numbered lines when it is told to go on, and then nothing; started again, it
        /// says one line.
        private func talker(_ name: String) -> String {
            let script = """
                trap 'exit 0' TERM
                      if [ -e /host/\(name).said ]; then echo again; sleep 100000 & wait; fi
                      while [ ! -e /host/\(name).go ]; do sleep 0.1; done
                      touch /host/\(name).said
                      padding=$(printf '%080d' 0)
                      i=0
                      for batch in $(seq \(Self.batches)); do
                        end=$((i + \(Self.linesOfBatch)))
                        while [ $i -lt $end ]; do i=$((i + 1)); echo "line $i $padding"; done
                        sleep 0.4
                      done
                      sleep 100000 & wait
                """
            return Manifest.shell(
                name, script, more: "  volumes: [{name: host, hostPath: {path: \(node.host)}}]",
                mounts: "[{name: host, mountPath: /host}]")
        }

        private func tell(_ name: String) throws {
            try HostFiles.writeAtomically("", to: "\(node.host)/\(name).go", mode: 0o644)
        }

        /// The directory of the container's log files.
        private func logs(of pod: String) throws -> String {
            let all = try HostFiles.list(node.podLogs)
            let folder = try #require(all.first { $0.contains("_\(TestNode.mirror(pod))_") })
            return "\(node.podLogs)/\(folder)/main"
        }

        /// The links to the container's log: their text, and what can be read by them.
        private func links(of pod: String) throws -> [(target: String, end: String)] {
            let folder = "\(node.directory)/log/containers"
            let prefix = "\(TestNode.mirror(pod))_default_main-"
            return try HostFiles.list(folder).filter { $0.hasPrefix(prefix) }.map { name in
                #expect(name.wholeMatch(of: /.+-[0-9a-f]{64}\.log/) != nil, "\(name)")
                let end = try HostFiles.readText("\(folder)/\(name)")
                return (try HostFiles.target(ofLink: "\(folder)/\(name)") ?? "", end)
            }
        }

        /// The numbers in what a log says, line by line.
        private func numbers(_ text: String) throws -> [Int] {
            try text.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return try #require(words.count == 3 ? Int(words[1]) : nil, "\(line)")
            }
        }

        /// Waits until the last line was rotated as far as it gets, and nothing is being compressed.
        private func waitForRest(_ folder: String) async throws -> [String] {
            try await eventually("the files are as they stay") {
                let names = try HostFiles.list(folder)
                let isAtRest =
                    names.count == 4 && names[0] == "0.log" && names[1].hasSuffix(".gz") && names[2].hasSuffix(".gz")
                    && names[3].wholeMatch(of: /0\.log\.\d{8}-\d{6}/) != nil
                let size = try HostFiles.attributes("\(folder)/0.log")?.size ?? .max
                return isAtRest && size < 256 << 10 ? names : nil
            }
        }

        @Test func everyLineOfABusyContainerIsSeenOnceAndItsFilesStayFew() async throws {
            try await node.run("talker", talker("talker"))
            let name = TestNode.mirror("talker")
            let newest = try #require(node.tier.kubectls.last)
            var follow = node.kubectlCommand(newest, ["logs", "-f", name])
            follow.limit = 180
            let following = try follow.start()
            try tell("talker")
            let folder = try logs(of: "talker")
            try await eventually("the last line is followed", within: .seconds(150)) {
                // One more while it is compressed.
                let names = try HostFiles.list(folder)
                #expect(names.count { !$0.hasSuffix(".tmp") } <= 5 && names.count <= 6, "\(names)")
                return following.output.hasSuffix("\n") && following.output.contains("line \(Self.lastLine) ")
            }
            #expect(try numbers(try await following.stop().output) == Array(1...Self.lastLine))

            // Other programs read the files, and find what kubectl shows.
            let names = try await waitForRest(folder)
            let kept = try await Command(
                shell: "cd \(folder) && zcat \(names[1]) \(names[2]) && cat \(names[3]) 0.log"
            ).output()
            let entries = kept.split(separator: "\n").map { $0.split(separator: " ") }
            let numbersOfFiles = entries.compactMap { $0.count > 4 ? Int($0[4]) : nil }
            #expect(numbersOfFiles == Array((Self.lastLine - entries.count + 1)...Self.lastLine))
            #expect(try numbers(try await node.output(with: nil, "logs", name)) == numbersOfFiles)
            let tail = entries.count - 10
            #expect(
                try numbers(try await node.output(with: nil, "logs", name, "--tail=\(tail)"))
                    == numbersOfFiles.suffix(tail))
            let start = try await node.output(with: nil, "logs", name, "--limit-bytes=30")
            #expect(start == String("line \(numbersOfFiles[0]) \(String(repeating: "0", count: 80))".prefix(30)))
            #expect(try numbers(try await node.output(with: nil, "logs", name, "--since=1h")) == numbersOfFiles)

            var linked = try links(of: "talker")
            #expect(linked.map(\.target) == ["\(folder)/0.log"])
            #expect(linked[0].end == (try HostFiles.readText("\(folder)/0.log")), "rotations leave the link as it is")

            try await restart("talker")
            linked = try links(of: "talker")
            #expect(linked.map(\.target).sorted() == ["\(folder)/0.log", "\(folder)/1.log"])
            let previous = try await node.output(with: nil, "logs", name, "--previous", "--tail=\(tail)")
            #expect(try numbers(previous) == numbersOfFiles.suffix(tail))
            #expect(try await node.output(with: nil, "logs", name) == "again\n")
            try await node.end("talker")
            try await eventually("the logs are gone") { !HostFiles.exists(folder) }
            try await eventually("the links are gone") { try links(of: "talker").isEmpty }
        }

        /// Ends the container's process, and waits for the next one.
        private func restart(_ pod: String) async throws {
            let before = try await node.ready(pod)
            _ = try await node.kubectl("exec", TestNode.mirror(pod), "--", "kill", "1")
            try await node.ready(pod) { $0.containerID != before.containerID }
        }

        @Test func aKubeletThatIsKilledOverAndOverLosesNoLine() async throws {
            try await node.run("survivor", talker("survivor"))
            try tell("survivor")
            let folder = try logs(of: "survivor")
            for _ in 0..<3 {
                try await eventually("the log is rotated") { try HostFiles.list(folder).count > 1 }
                try await node.replaceKubelet()
            }
            try await eventually("the last line is there", within: .seconds(150)) {
                // A kubelet that has just started knows of no pod yet.
                try await node.kubectl("logs", TestNode.mirror("survivor"), "--tail=1").output
                    .hasPrefix("line \(Self.lastLine) ")
            }
            _ = try await waitForRest(folder)
            let all = try numbers(try await node.output(with: nil, "logs", TestNode.mirror("survivor")))
            #expect(all == Array((Self.lastLine - all.count + 1)...Self.lastLine))
            #expect(try links(of: "survivor").map(\.target) == ["\(folder)/0.log"])
            // What the kubelet isn't there to do, the next one does.
            let left = "\(node.directory)/log/containers/left.log"
            try await node.replaceKubelet {
                try HostFiles.removeTree("\(node.directory)/log/containers")
                try HostFiles.createDirectory(HostFiles.parent(of: left))
                try HostFiles.symbolicLink(left, to: "\(node.podLogs)/default_left_uid/main/0.log")
            }
            try await eventually("the link is there again") {
                try links(of: "survivor").map(\.target) == ["\(folder)/0.log"]
            }
            try await eventually("the dead one is swept away") {
                try HostFiles.attributes(left, followingLinks: false) == nil
            }
            try await node.end("survivor")
        }
    }
}
