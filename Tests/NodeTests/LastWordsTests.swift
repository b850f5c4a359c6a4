import StructuredData
import Testing

extension RealParts.SharedNode {
    /// What containers leave to say when they end.
    @Suite struct LastWordsTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private func container(_ name: String, _ line: String, _ more: String = "") -> String {
            """
              - name: \(name)
                image: busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "\(line)"]
            \(more)

            """
        }

        @Test func theyAreInTheStatus() async throws {
            let fallback = "    terminationMessagePolicy: FallbackToLogsOnError"
            let manifest = """
                apiVersion: v1
                kind: Pod
                metadata: {name: last-words}
                spec:
                  restartPolicy: Never
                  containers:

                """
            try node.add(
                "last-words",
                manifest
                    + container("file", "echo heard; printf farewell > /dev/termination-log")
                    + container(
                        "path", "printf elsewhere > /tmp/words; exit 2", "    terminationMessagePath: /tmp/words")
                    + container("log", "echo first; echo cause >&2; exit 3", fallback)
                    + container("both", "echo heard; printf written > /dev/termination-log; exit 4", fallback)
                    + container("well", "echo heard", fallback)
                    + container("silent", "echo heard; exit 5"))
            let shown = try await node.shown("last-words", "has ended") { $0.phase == "Failed" }
            var words: [String: String] = [:]
            for status in shown.object.value(at: "status", "containerStatuses")?.arrayValue ?? [] {
                let message = status.value(at: "state", "terminated", "message")?.stringValue ?? ""
                words[status["name"]?.stringValue ?? ""] = message
            }
            // Which of both streams comes first isn't known.
            let log = words.removeValue(forKey: "log") ?? ""
            #expect(Set(log.split(separator: "\n")) == ["first", "cause"])
            #expect(
                words.filter { !$0.value.isEmpty } == ["file": "farewell", "path": "elsewhere", "both": "written"])
            try await node.end("last-words")
        }
    }
}
