import StructuredData
import Testing

@testable import APIServer

/// What new pods get of the classes that they name.
struct PodClassesTests {
    private static let pods = "/api/v1/namespaces/default/pods"

    private static func pod(_ fields: JSONValue, annotations: JSONValue = [:]) -> JSONValue {
        var pod: JSONValue = [
            "metadata": ["name": "p", "annotations": annotations],
            "spec": ["nodeName": "n1", "containers": [["name": "c", "image": "busybox"]]],
        ]
        guard case .object(let fields) = fields else { return pod }
        for (name, value) in fields { pod.set(value, at: "spec", name) }
        return pod
    }

    private static func create(_ fields: JSONValue, annotations: JSONValue = [:]) async throws -> Answer {
        let api = try await TestAPI.start()
        let runtimeClass: JSONValue = [
            "metadata": ["name": "sandboxed"], "handler": "kata", "overhead": ["podFixed": ["memory": "64Mi"]],
            "scheduling": ["nodeSelector": ["kata": "yes"], "tolerations": [["key": "kata", "operator": "Exists"]]],
        ]
        #expect(try await api.send("POST", "/apis/node.k8s.io/v1/runtimeclasses", runtimeClass).status == 201)
        return try await api.send("POST", pods, pod(fields, annotations: annotations))
    }

    @Test(
        arguments: [
            ([:], 0), (["priority": 7], 7), (["priorityClassName": "system-node-critical"], 2_000_001_000),
            (["priorityClassName": "system-cluster-critical", "priority": 2_000_000_000], 2_000_000_000),
        ] as [(JSONValue, Int64)])
    func aPriorityIsThatOfItsClass(_ fields: JSONValue, _ priority: Int64) async throws {
        let created = try await Self.create(fields)
        #expect(created.json.value(at: "spec", "priority") == .integer(priority))
        #expect(created.json.value(at: "spec", "preemptionPolicy") == "PreemptLowerPriority")
    }

    @Test(
        arguments: [
            (["priorityClassName": "high"], "no PriorityClass with name high was found"),
            (
                ["priorityClassName": "system-node-critical", "priority": 5],
                "the integer value of priority (5) must not be provided in pod spec; priority admission controller "
                    + "computed 2000001000 from the given PriorityClass name"
            ),
            (["runtimeClassName": "gone"], "pod rejected: RuntimeClass \"gone\" not found"),
            (
                ["overhead": ["memory": "1Mi"]],
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
            ),
            (
                ["runtimeClassName": "sandboxed", "overhead": ["memory": "1Mi"]],
                "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
            ),
            (
                ["runtimeClassName": "sandboxed", "nodeSelector": ["kata": "no"]],
                "conflict: runtimeClass.scheduling.nodeSelector[kata] = yes; pod.spec.nodeSelector[kata] = no"
            ),
        ] as [(JSONValue, String)])
    func whatContradictsAClassIsForbidden(_ fields: JSONValue, _ reason: String) async throws {
        let refused = try await Self.create(fields)
        #expect(refused.status == 403)
        #expect(refused.message == "pods \"p\" is forbidden: \(reason)")
    }

    @Test func aRuntimeClassBringsItsOverheadAndItsNodes() async throws {
        let spec = try await Self.create(["runtimeClassName": "sandboxed", "nodeSelector": ["disk": "ssd"]]).json[
            "spec"]
        #expect(spec?.value(at: "overhead", "memory") == "64Mi")
        #expect(spec?["nodeSelector"] == ["disk": "ssd", "kata": "yes"])
        #expect(spec?["tolerations"] == [["key": "kata", "operator": "Exists"]])
    }

    @Test func mirrorsShowWhatRuns() async throws {
        let created = try await Self.create(
            ["priorityClassName": "high", "overhead": ["memory": "1Mi"]],
            annotations: ["kubernetes.io/config.mirror": "hash"])
        #expect(created.status == 201)
        #expect(created.json.value(at: "spec", "overhead", "memory") == "1Mi")
        #expect(created.json.value(at: "spec", "priority") == nil)
    }
}
