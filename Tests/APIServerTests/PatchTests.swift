import StructuredData
import Testing

@testable import APIServer

/// One patch and what becomes of an object by it.
struct PatchCase: Sendable, CustomTestStringConvertible {
    var name: String
    var target: JSONValue
    var patch: JSONValue
    /// Nil for a patch that is refused.
    var result: JSONValue?

    var testDescription: String { name }
}

@Suite struct JSONPatchTests {
    static let cases = [
        PatchCase(
            name: "adds a member", target: ["a": 1], patch: [["op": "add", "path": "/b", "value": 2]],
            result: ["a": 1, "b": 2]),
        PatchCase(
            name: "inserts into a list", target: ["a": [1, 3]], patch: [["op": "add", "path": "/a/1", "value": 2]],
            result: ["a": [1, 2, 3]]),
        PatchCase(
            name: "appends to a list", target: ["a": [1]], patch: [["op": "add", "path": "/a/-", "value": 2]],
            result: ["a": [1, 2]]),
        PatchCase(
            name: "reads escapes", target: ["a/b": ["c~d": 1]],
            patch: [["op": "replace", "path": "/a~1b/c~0d", "value": 2]], result: ["a/b": ["c~d": 2]]),
        PatchCase(
            name: "removes", target: ["a": [1, 2], "b": 1],
            patch: [["op": "remove", "path": "/a/0"], ["op": "remove", "path": "/b"]], result: ["a": [2]]),
        PatchCase(
            name: "moves and copies", target: ["a": 1, "b": [:]],
            patch: [
                ["op": "copy", "from": "/a", "path": "/b/c"], ["op": "move", "from": "/a", "path": "/d"],
            ], result: ["b": ["c": 1], "d": 1]),
        PatchCase(
            name: "tests", target: ["a": 1],
            patch: [["op": "test", "path": "/a", "value": 1], ["op": "remove", "path": "/a"]], result: [:]),
        PatchCase(
            name: "stops at a failed test", target: ["a": 1], patch: [["op": "test", "path": "/a", "value": 2]],
            result: nil),
        PatchCase(
            name: "does not remove what is not there", target: [:], patch: [["op": "remove", "path": "/a"]],
            result: nil),
        PatchCase(
            name: "does not index beyond the end", target: ["a": []],
            patch: [["op": "add", "path": "/a/1", "value": 1]], result: nil),
        PatchCase(
            name: "does not know the operation", target: [:], patch: [["op": "paint", "path": "/a"]], result: nil),
        PatchCase(name: "is no list", target: [:], patch: ["op": "add"], result: nil),
    ]

    @Test(arguments: cases) func anOperation(_ given: PatchCase) {
        #expect((try? JSONPatch.apply(given.patch, to: given.target)) == given.result)
    }
}

@Suite struct MergePatchTests {
    @Test func membersAreMergedListsReplacedAndNullsDelete() {
        let target: JSONValue = ["a": ["b": 1, "c": 2], "d": [1, 2], "e": 1]
        let patch: JSONValue = ["a": ["b": nil_, "x": ["y": 1, "z": nil_]], "d": [3], "e": nil_]
        #expect(MergePatch.apply(patch, to: target) == ["a": ["c": 2, "x": ["y": 1]], "d": [3]])
    }

    private let nil_ = JSONValue.null
}

@Suite struct StrategicMergePatchTests {
    private static let null = JSONValue.null

    private static func spec(_ spec: JSONValue) -> JSONValue { ["spec": spec] }

    static let cases = [
        PatchCase(
            name: "merges containers by name",
            target: spec(["containers": [["name": "a", "image": "x", "tty": true], ["name": "b", "image": "y"]]]),
            patch: spec(["containers": [["name": "a", "image": "z"]]]),
            result: spec(["containers": [["name": "a", "image": "z", "tty": true], ["name": "b", "image": "y"]]])),
        PatchCase(
            name: "merges the environment of a container",
            target: spec(["containers": [["name": "a", "env": [["name": "K", "value": "1"]]]]]),
            patch: spec([
                "containers": [["name": "a", "env": [["name": "L", "value": "2"], ["name": "K", "value": "3"]]]]
            ]),
            result: spec([
                "containers": [["name": "a", "env": [["name": "K", "value": "3"], ["name": "L", "value": "2"]]]]
            ])),
        PatchCase(
            name: "deletes an element",
            target: spec(["volumes": [["name": "a"], ["name": "b"]]]),
            patch: spec(["volumes": [["$patch": "delete", "name": "a"]]]), result: spec(["volumes": [["name": "b"]]])),
        PatchCase(
            name: "replaces a list",
            target: spec(["volumes": [["name": "a"], ["name": "b"]]]),
            patch: spec(["volumes": [["name": "c"], ["$patch": "replace"]]]), result: spec(["volumes": [["name": "c"]]])
        ),
        PatchCase(
            name: "replaces a mapping", target: spec(["nodeSelector": ["a": "1"]]),
            patch: spec(["nodeSelector": ["$patch": "replace", "b": "2"]]), result: spec(["nodeSelector": ["b": "2"]])),
        PatchCase(
            name: "replaces lists without a key", target: spec(["tolerations": [["key": "a"]]]),
            patch: spec(["tolerations": [["key": "b"]]]), result: spec(["tolerations": [["key": "b"]]])),
        PatchCase(
            name: "orders as asked", target: spec(["volumes": [["name": "a"], ["name": "b"], ["name": "s"]]]),
            patch: spec([
                "$setElementOrder/volumes": [["name": "c"], ["name": "b"], ["name": "a"]],
                "volumes": [["name": "c"]],
            ]),
            result: spec(["volumes": [["name": "c"], ["name": "b"], ["name": "a"], ["name": "s"]]])),
        PatchCase(
            name: "removes labels by null", target: ["metadata": ["labels": ["a": "1", "b": "2"]]],
            patch: ["metadata": ["labels": ["a": null]]], result: ["metadata": ["labels": ["b": "2"]]]),
        PatchCase(
            name: "merges finalizers", target: ["metadata": ["finalizers": ["a", "b"]]],
            patch: ["metadata": ["finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]]],
            result: ["metadata": ["finalizers": ["b", "c"]]]),
        PatchCase(
            name: "only deletes finalizers", target: ["metadata": ["finalizers": ["a", "b"]]],
            patch: ["metadata": ["$deleteFromPrimitiveList/finalizers": ["a"]]],
            result: ["metadata": ["finalizers": ["b"]]]),
        PatchCase(
            name: "keeps only some keys", target: spec(["volumes": [["name": "a", "emptyDir": [:]]]]),
            patch: spec(["volumes": [["name": "a", "$retainKeys": ["name", "hostPath"], "hostPath": ["path": "/x"]]]]),
            result: spec(["volumes": [["name": "a", "hostPath": ["path": "/x"]]]])),
        PatchCase(
            name: "merges conditions by type",
            target: ["status": ["conditions": [["type": "Ready", "status": "False"], ["type": "Other"]]]],
            patch: ["status": ["conditions": [["type": "Ready", "status": "True"]]]],
            result: ["status": ["conditions": [["type": "Ready", "status": "True"], ["type": "Other"]]]]),
        PatchCase(
            name: "needs the key", target: spec(["volumes": []]), patch: spec(["volumes": [["emptyDir": [:]]]]),
            result: nil),
        PatchCase(name: "does not know the directive", target: [:], patch: ["$patch": "paint"], result: nil),
    ]

    @Test(arguments: cases) func aPatchOfAPod(_ given: PatchCase) {
        let result = try? StrategicMergePatch.apply(given.patch, to: given.target, schema: .object(kind: "Pod"))
        #expect(result == given.result)
    }
}
