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

    @Test func everythingIsToldAtOnce() throws {
        let directory = try ManifestDirectory()
        try directory.put(
            "bad.yaml",
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: Web
              labels: {app: "-"}
            spec:
              serviceAccountName: robot
              restartPolicy: Sometimes
              containers:
              - name: web
                image: " nginx"
                imagePullPolizy: Never
                ports:
                - {name: http, containerPort: 80}
                - {name: http, containerPort: 0}
                volumeMounts:
                - {name: data, mountPath: /data}
              - name: web
                resources: {limits: {cpu: -1, gpu: 1}}
              volumes:
              - name: keys
                secret: {}
            """)
        let outcome = ManifestLint(nodeName: "node").check([directory.path])
        let words = outcome.output.split(separator: "\n").map { line in
            let words = line.dropFirst(directory.file("bad.yaml").count + 1).split(separator: ": ", maxSplits: 3)
            return words.prefix(3).joined(separator: ": ")
        }
        #expect(outcome.exitCode == 1)
        #expect(
            words == [
                "4:9: metadata.name: Invalid value",
                "5:17: metadata.labels[app]: Invalid value",
                "7:23: spec.serviceAccountName: Forbidden",
                "8:18: spec.restartPolicy: Unsupported value",
                "11:12: spec.containers[0].image: Invalid value",
                "12:5: spec.containers[0].imagePullPolizy: unknown field \"imagePullPolizy\", did you mean \"imagePullPolicy\"?",
                "15:14: spec.containers[0].ports[1].name: Duplicate value",
                "15:35: spec.containers[0].ports[1].containerPort: Required value",
                "17:14: spec.containers[0].volumeMounts[0].name: Not found",
                "18:5: spec.containers[1].image: Required value",
                "18:11: spec.containers[1].name: Duplicate value",
                // Requests that are left out are the limits.
                "19:5: spec.containers[1].resources.requests[cpu]: Invalid value",
                "19:5: spec.containers[1].resources.requests[gpu]: Invalid value",
                "19:5: spec.containers[1].resources.requests[gpu]: Invalid value",
                "19:31: spec.containers[1].resources.limits[cpu]: Invalid value",
                "19:40: spec.containers[1].resources.limits[gpu]: Invalid value",
                "19:40: spec.containers[1].resources.limits[gpu]: Invalid value",
                "19:40: spec.containers[1].resources.limits[gpu]: not supported by this version of swiftlet",
                "22:5: spec.volumes[0].secret.secretName: Required value",
                "22:5: spec.volumes[0].secret: Forbidden",
            ])
    }

    @Test func whatCannotBeReadIsAnError() throws {
        let directory = try ManifestDirectory()
        try directory.put("empty.yaml", "")
        try directory.put("good.yaml", manifest("good"))
        let lint = ManifestLint(nodeName: "node")
        #expect(lint.check([directory.file("good.yaml"), directory.file("missing.yaml")]).exitCode == 1)
        #expect(lint.check([directory.file("empty.yaml")]).exitCode == 1)
        #expect(lint.check([directory.parent + "/manifests/", directory.file("good.yaml")]).exitCode == 1)
        try directory.remove("empty.yaml")
        #expect(lint.check([directory.path]) == .init(output: "", exitCode: 0))
        #expect(lint.check([directory.path], format: .json) == .init(output: "[]\n", exitCode: 0))
    }
}
