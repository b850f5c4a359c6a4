import StructuredData
import Testing

extension RealParts.SharedNode {
    /// `logs` and `exec`, with every kubectl: from 1.30 on it tries WebSocket before SPDY.
    @Suite(.ticker) struct StreamingTests {
        private static let pod = TestNode.mirror("ticker")
        private let node: TestNode

        init() throws { node = try .inScope }

        @Test(arguments: Kubectl.all) func logsPrintWhatTheContainerSaid(_ kubectl: Kubectl) async throws {
            let text = try await node.output(with: kubectl, "logs", Self.pod)
            #expect(text.hasPrefix("tick 0\ntick 1\n"), "\(text.prefix(200))")
            let tail = try await node.output(with: kubectl, "logs", Self.pod, "--tail=2", "--timestamps")
            let lines = tail.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.wholeMatch(of: /\d{4}-\d\d-\d\dT\S+ tick \d+/) != nil }, "\(tail)")
        }

        @Test(arguments: Kubectl.all) func logsFollow(_ kubectl: Kubectl) async throws {
            let follow = try node.kubectlCommand(kubectl, ["logs", "-f", "--tail=1", Self.pod]).start()
            try await eventually("lines written after the beginning arrive") {
                follow.output.split(separator: "\n").count >= 4
            }
            let numbers = try await follow.stop().output.split(separator: "\n").dropLast()
                .compactMap { Int($0.split(separator: " ").last ?? "") }
            #expect(numbers == Array((numbers.first ?? 0)...(numbers.last ?? 0)), "no line twice, none missing")
        }

        @Test(arguments: Kubectl.all) func execRunsCommands(_ kubectl: Kubectl) async throws {
            let result = try await node.kubectl(
                with: kubectl, "exec", Self.pod, "--", "sh", "-c", "echo out; echo problem >&2; exit 3")
            #expect(result.output == "out\n")
            #expect(result.errors.contains("problem\n"))
            #expect(result.exitCode == 3)

            let echoed = try await Command(
                shell: "seq 20000 | \(kubectl.path) exec -i \(Self.pod) -- cat | tail -n 1",
                environment: node.kubectlEnvironment(kubectl)
            ).run()
            #expect(echoed.output == "20000\n", "\(echoed)")

            let missing = try await node.kubectl(with: kubectl, "exec", Self.pod, "--", "no-such-program")
            #expect(missing.exitCode != 0)
        }

        /// `script` gives kubectl the terminal that `-t` wants.
        @Test(arguments: Kubectl.all) func execGivesATerminal(_ kubectl: Kubectl) async throws {
            let session = try await Command(
                shell: """
                    printf 'tty; echo $((40 + 2)); exit 7\\n' | \
                    script --quiet --return --command '\(kubectl.path) exec -it \(Self.pod) -- sh' /dev/null
                    """, environment: node.kubectlEnvironment(kubectl)
            ).run()
            #expect(session.exitCode == 7, "\(session)")
            #expect(session.output.contains("/dev/pts/"), "\(session)")
            #expect(session.output.split(whereSeparator: \.isNewline).contains("42"), "\(session)")
        }
    }
}

/// Runs a pod that counts aloud while the suite runs.
private struct Ticker: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let node = try TestNode.inScope
        let count = "trap 'exit 0' TERM; i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.1; done"
        try await node.run("ticker", Manifest.shell("ticker", count))
        try await function()
        try await node.end("ticker")
    }
}

extension Trait where Self == Ticker {
    fileprivate static var ticker: Self { Ticker() }
}
