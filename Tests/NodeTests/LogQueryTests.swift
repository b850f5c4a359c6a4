import HostSystem
import Testing

extension RealParts.SharedNode {
    /// What can be asked of a log.
    @Suite struct LogQueryTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test func linesAreChosenByTimeAndStream() async throws {
            // kubectl asks by whole seconds.
            let line = "echo one; sleep 1.1; echo two >&2; sleep 1.1; echo three; exec sleep 100000"
            try await node.run("speaker", Manifest.shell("speaker", line))
            let name = TestNode.mirror("speaker")
            let stamped = try await eventually("all has been said") {
                let lines = try await node.output("logs", name, "--timestamps").split(separator: "\n")
                return lines.count == 3 ? lines : nil
            }
            let pattern = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)) (\w+)/
            let words = stamped.compactMap { $0.wholeMatch(of: pattern) }
            #expect(words.map(\.2) == ["one", "two", "three"], "\(stamped)")
            // In the file they may be shorter, and are the same.
            let folder = try #require(try HostFiles.list(node.podLogs).first { $0.hasPrefix("default_\(name)_") })
            let written = try HostFiles.readText("\(node.podLogs)/\(folder)/main/0.log").split(separator: "\n")
            for (line, match) in zip(written, words) {
                let time = try #require(line.split(separator: " ").first)
                let digits = time.prefix { !"Z+".contains($0) }
                #expect(match.1.hasPrefix(digits), "\(line)")
            }

            for (index, match) in words.enumerated() {
                let since = try await node.output("logs", name, "--since-time=\(match.1)")
                #expect(since.split(separator: "\n") == words[index...].map(\.2), "\(match.1)")
            }
            let path = "/api/v1/namespaces/default/pods/\(name)/log"
            #expect(try await node.output("get", "--raw", "\(path)?stream=Stdout") == "one\nthree\n")
            #expect(try await node.output("get", "--raw", "\(path)?stream=Stderr") == "two\n")
            #expect(
                try await node.output("get", "--raw", "\(path)?stream=Stderr&timestamps=true") == "\(stamped[1])\n")
            try await node.end("speaker")
        }
    }
}
