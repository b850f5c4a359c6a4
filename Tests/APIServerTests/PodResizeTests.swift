import StructuredData
import Testing

@testable import APIServer

/// Changes of amounts by a pod's path `resize`.
struct PodResizeTests {
    private static let uri = "/api/v1/namespaces/default/pods/web"
    private static let strategic = "application/strategic-merge-patch+json"

    /// A server with a burstable pod of a container and a sidecar.
    private func api(_ change: (inout JSONValue) -> Void = { _ in }) async throws -> TestAPI {
        let api = try await TestAPI.start()
        var pod: JSONValue = [
            "metadata": ["name": "web", "labels": ["app": "web"]],
            "spec": [
                "nodeName": "n1",
                "containers": [
                    [
                        "name": "main", "image": "nginx",
                        "resizePolicy": [["resourceName": "memory", "restartPolicy": "RestartContainer"]],
                        "resources": [
                            "requests": ["cpu": "100m", "memory": "16Mi"], "limits": ["cpu": "200m", "memory": "32Mi"],
                        ],
                    ]
                ],
                "initContainers": [
                    ["name": "init", "image": "nginx", "resources": ["requests": ["cpu": "10m"]]],
                    [
                        "name": "side", "image": "nginx", "restartPolicy": "Always",
                        "resources": ["requests": ["cpu": "10m"]],
                    ],
                ],
            ],
        ]
        change(&pod)
        let answer = try await api.send("POST", "/api/v1/namespaces/default/pods", pod)
        try #require(answer.status == 201, "\(answer.text)")
        return api
    }

    private static func main(_ resources: JSONValue) -> JSONValue {
        ["spec": ["containers": [["name": "main", "resources": resources]]]]
    }

    private static func initContainer(_ name: String, _ container: JSONValue) -> JSONValue {
        var container = container
        container["name"] = .string(name)
        return ["spec": ["initContainers": [container]]]
    }

    @Test func amountsOfCPUAndMemoryChange() async throws {
        let api = try await api()
        let patch = Self.main(["requests": ["cpu": "150m"], "limits": ["cpu": "300m", "memory": "64Mi"]])
        let answer = try await api.send("PATCH", Self.uri + "/resize", patch, type: Self.strategic)
        #expect(answer.status == 200, "\(answer.text)")
        let main = answer.json.value(at: "spec", "containers")?[0]
        #expect(main?["resources"]?["requests"] == ["cpu": "150m", "memory": "16Mi"])
        #expect(main?["resources"]?["limits"] == ["cpu": "300m", "memory": "64Mi"])
        #expect(answer.json.value(at: "metadata", "generation") == 2)
        let side = Self.initContainer("side", ["resources": ["requests": ["cpu": "20m"], "limits": ["cpu": "1"]]])
        let second = try await api.send("PATCH", Self.uri + "/resize", side, type: Self.strategic)
        #expect(second.json.value(at: "spec", "initContainers")?[1]?["resources"]?["limits"] == ["cpu": "1"])
        let first = Self.initContainer("init", ["resources": ["requests": ["cpu": "20m"]]])
        #expect(try await api.send("PATCH", Self.uri + "/resize", first, type: Self.strategic).status == 200)
        let read = try await api.send("GET", Self.uri + "/resize")
        #expect(read.json["kind"] == "Pod")
        #expect(read.json.value(at: "metadata", "generation") == 4)
    }

    @Test func aWholePodMayBePutThereOfWhichOnlyAmountsAreTaken() async throws {
        let api = try await api()
        var pod = try await api.send("GET", Self.uri + "/resize").json
        var containers = pod.elements("spec", "containers")
        containers[0]["image"] = "other"
        containers[0].set("250m", at: "resources", "limits", "cpu")
        pod.set(.array(containers), at: "spec", "containers")
        pod.set("600", at: "metadata", "labels", "app")
        pod.set(60, at: "spec", "activeDeadlineSeconds")
        pod.set("Failed", at: "status", "phase")
        let answer = try await api.send("PUT", Self.uri + "/resize", pod)
        #expect(answer.status == 200, "\(answer.text)")
        let main = answer.json.value(at: "spec", "containers")?[0]
        #expect(main?["image"] == "nginx")
        #expect(main?.value(at: "resources", "limits", "cpu") == "250m")
        #expect(answer.json.value(at: "metadata", "labels", "app") == "web")
        #expect(answer.json.value(at: "spec", "activeDeadlineSeconds") == nil)
        #expect(answer.json.value(at: "status", "phase") == "Pending")
    }

    @Test func whatChangesNothingIsNoNewGeneration() async throws {
        let api = try await api()
        let same = Self.main(["requests": ["cpu": "0.1"]])
        let answer = try await api.send("PATCH", Self.uri + "/resize", same, type: Self.strategic)
        #expect(answer.json.value(at: "metadata", "generation") == 1, "\(answer.text)")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var patch: JSONValue
        var message: String
    }

    static let refusals = [
        Refusal(
            testDescription: "another QoS class",
            patch: main(["requests": ["cpu": "200m", "memory": "32Mi"]]),
            message: "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing"),
        Refusal(
            testDescription: "another resource", patch: main(["limits": ["ephemeral-storage": "1Gi"]]),
            message: "spec: Forbidden: only cpu and memory resources are mutable"),
        Refusal(
            testDescription: "another policy",
            patch: [
                "spec": [
                    "containers": [
                        ["name": "main", "resizePolicy": [["resourceName": "cpu", "restartPolicy": "NotRequired"]]]
                    ]
                ]
            ],
            message: "spec: Forbidden: only cpu and memory resources are mutable"),
        Refusal(
            testDescription: "a request less",
            patch: initContainer("side", ["resources": ["requests": ["cpu": .null]]]),
            message: "spec.initContainers[1].resources.requests: Forbidden: resource requests cannot be removed"),
        Refusal(
            testDescription: "no limits", patch: main(["limits": .null]),
            message: "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"),
        Refusal(
            testDescription: "a request above its limit", patch: main(["requests": ["cpu": "1"]]),
            message: "spec.containers[0].resources.requests[cpu]: Invalid value: \"1\": "
                + "must be less than or equal to cpu limit of 200m"),
        Refusal(
            testDescription: "another container",
            patch: ["spec": ["containers": [["name": "more", "image": "nginx"]]]],
            message: "spec.containers: Forbidden: containers may not be added or removed on resize"),
        Refusal(
            testDescription: "another resource of a sidecar",
            patch: initContainer("side", ["resources": ["requests": ["ephemeral-storage": "1Gi"]]]),
            message: "spec.initContainers[1]: Forbidden: "
                + "only cpu and memory resources for init or sidecar containers are mutable"),
        Refusal(
            testDescription: "other amounts of the pod",
            patch: ["spec": ["resources": ["limits": ["hugepages-2Mi": "2Mi"]]]],
            message: "spec: Forbidden: only cpu and memory resources are mutable at pod-level"),
    ]

    @Test(arguments: refusals)
    func whatIsNoResizeIsRefused(_ refusal: Refusal) async throws {
        let api = try await api { pod in
            if refusal.testDescription == "another QoS class" { pod.set(nil, at: "spec", "initContainers") }
        }
        let answer = try await api.send("PATCH", Self.uri + "/resize", refusal.patch, type: Self.strategic)
        #expect(answer.status == 422, "\(answer.text)")
        #expect(answer.message.contains(refusal.message), "\(answer.message)")
    }

    @Test func amountsOfAllOfThePodChangeToo() async throws {
        let api = try await api { $0.set(["limits": ["cpu": "1", "memory": "64Mi"]], at: "spec", "resources") }
        func resize(_ resources: JSONValue) async throws -> Answer {
            try await api.send(
                "PATCH", Self.uri + "/resize", ["spec": ["resources": resources]], type: Self.strategic)
        }
        let answer = try await resize(["limits": ["cpu": "2"]])
        #expect(
            answer.json.value(at: "spec", "resources", "limits") == ["cpu": "2", "memory": "64Mi"], "\(answer.text)")
        #expect(try await resize(["limits": ["memory": .null]]).message.contains("limits cannot be removed"))
        #expect(
            try await resize(.null).message.contains("spec.resources: Forbidden: pod-level resources cannot be removed")
        )
    }

    @Test func containersStayInTheirOrder() async throws {
        let api = try await api()
        let swap: JSONValue = [
            ["op": "move", "from": "/spec/initContainers/0", "path": "/spec/initContainers/1"]
        ]
        let answer = try await api.send("PATCH", Self.uri + "/resize", swap, type: "application/json-patch+json")
        #expect(
            answer.message.contains(
                "spec.initContainers[0].name: Forbidden: initContainers may not be renamed or reordered on resize"),
            "\(answer.message)")
    }

    @Test func aMirrorIsNotResized() async throws {
        let api = try await api { $0.set("x", at: "metadata", "annotations", "kubernetes.io/config.mirror") }
        let answer = try await api.send(
            "PATCH", Self.uri + "/resize", Self.main(["requests": ["cpu": "50m"]]), type: Self.strategic)
        #expect(answer.status == 422)
        #expect(answer.message.contains("Forbidden: static pods cannot be resized"), "\(answer.message)")
    }

    @Test func aKubeletThatDoesNotSayWhatContainersHaveCannotResize() async throws {
        let api = try await api()
        func patched(_ resources: JSONValue?) async throws -> Answer {
            var container: JSONValue = ["name": "main", "state": ["running": [:]], "image": "", "imageID": ""]
            container["resources"] = resources
            let status: JSONValue = ["status": ["containerStatuses": [container]]]
            let type = "application/merge-patch+json"
            let shown = try await api.send("PATCH", Self.uri + "/status", status, type: type)
            try #require(shown.status == 200, "\(shown.text)")
            return try await api.send(
                "PATCH", Self.uri + "/resize", Self.main(["requests": ["cpu": "50m"]]), type: Self.strategic)
        }
        let refused = try await patched(nil)
        #expect(
            refused.message.contains("spec: Forbidden: Pod running on node without support for resize"),
            "\(refused.message)")
        #expect(try await patched([:]).status == 200)
    }

    @Test func anOrdinaryUpdateChangesNoAmounts() async throws {
        let api = try await api()
        let answer = try await api.send(
            "PATCH", Self.uri, Self.main(["requests": ["cpu": "50m"]]), type: Self.strategic)
        #expect(answer.status == 422)
        #expect(answer.message.contains("pod updates may not change fields other than"))
    }

    @Test func aNodeMayNotResize() async throws {
        let api = try await api()
        let answer = try await api.send(
            "PATCH", Self.uri + "/resize", Self.main(["requests": ["cpu": "50m"]]), type: Self.strategic,
            as: TestAPI.node("n1"))
        #expect(answer.status == 403)
    }

    @Test func discoveryNamesIt() async throws {
        let api = try await TestAPI.start()
        let entry = try await api.send("GET", "/api/v1").json.elements("resources").first {
            $0["name"] == "pods/resize"
        }
        #expect(entry?["kind"] == "Pod")
        #expect(entry?["verbs"] == ["get", "patch", "update"])
    }
}
