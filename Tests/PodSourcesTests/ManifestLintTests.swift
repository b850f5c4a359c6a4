import HostSystem
import PodSources
import Testing

@Suite struct ManifestLintTests {
    @Test func directoriesAndFilesAreChecked() throws {
        let directory = try ManifestDirectory()
        try directory.put("good.yaml", manifest("good"))
        try directory.put("bad.yaml", manifest("bad", extra: "  oops: 1"))
        let lint = ManifestLint(nodeName: "node")
        #expect(lint.check([directory.file("good.yaml")]) == .init(output: "", exitCode: 0))
        let text = lint.check([directory.path, directory.parent + "/nothing"])
        #expect(
            text.output == """
                \(directory.file("bad.yaml")):8:3: spec.oops: unknown field "oops"
                \(directory.parent)/nothing: no such file or directory

                """)
        #expect(text.exitCode == 1)
    }

    @Test func problemsComeAsJSONToo() throws {
        let directory = try ManifestDirectory()
        try directory.put("bad.yaml", manifest("bad", extra: "  oops: 1"))
        let json = ManifestLint(nodeName: "node").check([directory.path], format: .json)
        let file = directory.file("bad.yaml")
        #expect(
            json.output == """
                [{"file":"\(file)","line":8,"column":3,"severity":"error","message":"spec.oops: unknown field \\"oops\\""}]

                """)
        #expect(ManifestLint(nodeName: "node").check([], format: .json) == .init(output: "[]\n", exitCode: 0))
    }

    @Test func warningsAreNoErrors() throws {
        let directory = try ManifestDirectory()
        try directory.put("a.yaml", manifest("a"))
        try directory.put("b.yaml", manifest("a"))
        let outcome = ManifestLint(nodeName: "node").check([directory.path])
        #expect(outcome.exitCode == 0 && outcome.output.contains("warning: pod a-node_default"))
    }
}
