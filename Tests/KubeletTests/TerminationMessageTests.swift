import ContainerRuntime
import HostSystem
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

struct TerminationMessageTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(_ policy: String = "FallbackToLogsOnError", exitCode: Int32 = 1, log: String = "") throws
        -> String?
    {
        var container = RuntimeContainer.sample(.exited, exitCode: exitCode)
        container.annotations[RuntimeLabels.terminationMessagePath] = "/dev/termination-log"
        container.annotations[RuntimeLabels.terminationMessagePolicy] = policy
        container.logPath = directory.path + "/0.log"
        try HostFiles.write(Array(log.utf8), to: container.logPath, mode: 0o600)
        return TerminationMessage.read(of: container, file: directory.path + "/words")
    }

    private func line(_ text: String, _ tag: String = "F") -> String {
        "2026-01-02T15:04:05.000000000Z stdout \(tag) \(text)\n"
    }

    @Test func theFileComesFirst() throws {
        try HostFiles.write(Array("last words".utf8), to: directory.path + "/words", mode: 0o600)
        #expect(try read(log: line("a line")) == "last words")
    }

    @Test(
        arguments: [
            ("FallbackToLogsOnError", 1, "a line\n"), ("FallbackToLogsOnError", 0, nil), ("File", 1, nil),
        ] as [(String, Int32, String?)])
    func theLogIsReadWhereThePolicySaysSo(_ policy: String, exitCode: Int32, expected: String?) throws {
        #expect(try read(policy, exitCode: exitCode, log: line("a line")) == expected)
    }

    @Test func partsOfALineAreOneLine() throws {
        #expect(try read(log: line("one") + line("tw", "P") + line("o") + line("thr", "P")) == "one\ntwo\nthr")
    }

    @Test func onlyTheEndOfALongLogIsKept() throws {
        let lines = (0..<100).map { line("line \($0)") }.joined()
        #expect(try read(log: lines)?.hasPrefix("line 20\nline 21\n") == true)
        let long = try #require(try read(log: line(String(repeating: "a", count: 3000)) + line("end")))
        #expect(long.utf8.count == 2048 && long.hasSuffix("aend\n") == false && long.hasSuffix("a\nend\n"))
    }
}
