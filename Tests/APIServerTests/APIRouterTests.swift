import NIOHTTP1
import StructuredData
import Testing

@testable import APIServer

@Suite struct APIRouterTests {
    @Test func aPodIsCreatedReadListedAndDeleted() async throws {
        let api = try await TestAPI.start()
        let created = try await api.createPod("web", labels: ["app": "nginx"])
        #expect(created["kind"] == "Pod")
        #expect(created.uid.count == 36)
        #expect(created.value(at: "status", "phase") == "Pending")
        #expect(created.value(at: "spec", "terminationGracePeriodSeconds") == 30)
        let read = try await api.send("GET", "/api/v1/namespaces/default/pods/web")
        #expect(read.json == created)
        let list = try await api.send("GET", "/api/v1/pods")
        #expect(list.names == ["web"])
        #expect(list.json["kind"] == "PodList")
        #expect(list.json.resourceVersion == created.resourceVersion)
        let deleted = try await api.send("DELETE", "/api/v1/namespaces/default/pods/web")
        #expect(deleted.status == 200)
        let missing = try await api.send("GET", "/api/v1/namespaces/default/pods/web")
        #expect(missing.status == 404)
        #expect(missing.message == "pods \"web\" not found")
        #expect(missing.json.value(at: "details", "kind") == "pods")
    }

    @Test(
        arguments: [
            ("/api/v1/unknown", 404), ("/apis/none/v1", 404), ("/nothing", 404),
            ("/api/v1/namespaces/default/nodes", 404),
            ("/api/v1/namespaces/default/pods/web/unknown", 404), ("/api/v1/namespaces/default%2Fpods/pods/web", 404),
            ("/api/v1/nodes/a%2Fb", 404), ("/api/v1/nodes/..", 404),
        ] as [(String, UInt)]) func whatThereIsNotIsNotFound(_ path: String, _ status: UInt) async throws
    {
        let api = try await TestAPI.start()
        #expect(try await api.send("GET", path).status == status)
    }

    @Test func unknownMethodsAreNotAllowed() async throws {
        let api = try await TestAPI.start()
        for (method, path) in [("TRACE", "/api/v1/pods"), ("POST", "/version"), ("POST", "/api/v1/nodes/a")] {
            #expect(try await api.send(method, path).status == 405)
        }
        #expect(try await api.send("POST", "/api/v1/pods", [:]).status == 405)
    }

    @Test func creationIsRefusedForWhatDoesNotFit() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web")
        let pods = "/api/v1/namespaces/default/pods"
        let spec: JSONValue = ["containers": [["name": "main", "image": "nginx"]]]
        let again = try await api.send("POST", pods, ["metadata": ["name": "web"], "spec": spec])
        #expect(again.status == 409)
        #expect(again.message == "pods \"web\" already exists")
        let badName = try await api.send("POST", pods, ["metadata": ["name": "No_Good"], "spec": spec])
        #expect(badName.status == 422)
        #expect(badName.message.hasPrefix("Pod \"No_Good\" is invalid: metadata.name: Invalid value: \"No_Good\""))
        let noContainers = try await api.send("POST", pods, ["metadata": ["name": "x"], "spec": [:]])
        #expect(noContainers.status == 422)
        let wrongKind = try await api.send("POST", pods, ["kind": "Node", "metadata": ["name": "x"]])
        #expect(wrongKind.status == 400)
        let noNamespace = try await api.send(
            "POST", "/api/v1/namespaces/none/pods", ["metadata": ["name": "x"], "spec": spec])
        #expect(noNamespace.message == "namespaces \"none\" not found")
        let garbage = try await api.send("POST", pods, bytes: Array("{".utf8), type: "application/json")
        #expect(garbage.status == 400)
        let unknownType = try await api.send("POST", pods, bytes: [1], type: "application/cbor")
        #expect(unknownType.status == 415)
    }

    @Test func yamlIsUnderstoodAndNamesAreGenerated() async throws {
        let api = try await TestAPI.start()
        let text = """
            metadata:
              generateName: map-
            data:
              key: value
            """
        let answer = try await api.send(
            "POST", "/api/v1/namespaces/default/configmaps", bytes: Array(text.utf8), type: "application/yaml")
        #expect(answer.status == 201)
        #expect(answer.json.name.hasPrefix("map-"))
        #expect(answer.json.name.count == 9)
        #expect(answer.json.value(at: "data", "key") == "value")
    }

    @Test func aDryRunChangesNothing() async throws {
        let api = try await TestAPI.start()
        let maps = "/api/v1/namespaces/default/configmaps"
        #expect(try await api.send("POST", maps + "?dryRun=All", ["metadata": ["name": "a"]]).status == 201)
        #expect(try await api.send("GET", maps + "/a").status == 404)
        _ = try await api.send("POST", maps, ["metadata": ["name": "a"]])
        #expect(try await api.send("DELETE", maps + "/a?dryRun=All").status == 200)
        #expect(try await api.send("GET", maps + "/a").status == 200)
        #expect(try await api.send("DELETE", maps + "/a?dryRun=Some").status == 400)
    }

    @Test func anUpdateNeedsTheVersionThatIsStored() async throws {
        let api = try await TestAPI.start()
        let uri = "/api/v1/namespaces/default/configmaps/a"
        var map = try await api.send("POST", "/api/v1/namespaces/default/configmaps", ["metadata": ["name": "a"]]).json
        map["data"] = ["k": "1"]
        let updated = try await api.send("PUT", uri, map)
        #expect(updated.status == 200)
        map["data"] = ["k": "2"]
        let conflict = try await api.send("PUT", uri, map)
        #expect(conflict.status == 409)
        #expect(
            conflict.message == """
                Operation cannot be fulfilled on configmaps "a": the object has been modified; \
                please apply your changes to the latest version and try again
                """)
        map.setMetadata("resourceVersion", nil)
        #expect(try await api.send("PUT", uri, map).status == 200)
        let unchanged = try await api.send("PUT", uri, map)
        let read = try await api.send("GET", uri)
        #expect(unchanged.json.resourceVersion == read.json.resourceVersion)
    }

    @Test func statusAndSpecificationAreWrittenByDifferentPaths() async throws {
        let api = try await TestAPI.start()
        var pod = try await api.createPod("web", node: "n1")
        let uri = "/api/v1/namespaces/default/pods/web"
        pod.set("Running", at: "status", "phase")
        pod.set("x", at: "metadata", "labels", "l")
        let main = try await api.send("PUT", uri, pod)
        #expect(main.json.value(at: "status", "phase") == "Pending")
        #expect(main.json.value(at: "metadata", "labels", "l") == "x")
        let patch: JSONValue = ["status": ["phase": "Running"], "spec": ["nodeName": "n2"]]
        let status = try await api.send("PATCH", uri + "/status", patch, type: "application/strategic-merge-patch+json")
        #expect(status.json.value(at: "status", "phase") == "Running")
        #expect(status.json.value(at: "spec", "nodeName") == "n1")
    }

    @Test func onlySomeFieldsOfAPodMayChange() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web", node: "n1")
        let uri = "/api/v1/namespaces/default/pods/web"
        let type = "application/strategic-merge-patch+json"
        let image = try await api.send(
            "PATCH", uri, ["spec": ["containers": [["name": "main", "image": "other"]]]], type: type)
        #expect(image.status == 200)
        #expect(image.json.value(at: "metadata", "generation") == 2)
        let node = try await api.send("PATCH", uri, ["spec": ["nodeName": "n2"]], type: type)
        #expect(node.status == 422)
        #expect(node.message.contains("spec: Forbidden: pod updates may not change fields other than"))
        let mirror = try await api.send(
            "PATCH", uri, ["metadata": ["annotations": ["kubernetes.io/config.mirror": "x"]]], type: type)
        #expect(mirror.status == 422)
        let toleration: JSONValue = ["spec": ["tolerations": [["key": "a", "operator": "Exists"]]]]
        #expect(try await api.send("PATCH", uri, toleration, type: "application/merge-patch+json").status == 200)
        let apply = try await api.send("PATCH", uri, [:], type: "application/apply-patch+yaml")
        #expect(apply.status == 415)
        #expect(apply.message.hasPrefix("server-side apply is not supported"))
    }

    @Test func ephemeralContainersAreAddedByTheirOwnPath() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web", node: "n1")
        let uri = "/api/v1/namespaces/default/pods/web"
        let type = "application/strategic-merge-patch+json"
        func added(_ name: String, image: String = "busybox") -> JSONValue {
            ["spec": ["ephemeralContainers": [["name": .string(name), "image": .string(image)]]]]
        }
        #expect(try await api.send("PATCH", uri, added("debug"), type: type).status == 422)
        let path = uri + "/ephemeralcontainers"
        let first = try await api.send("PATCH", path, added("debug"), type: type)
        #expect(first.status == 200)
        #expect(first.json.value(at: "spec", "ephemeralContainers")?[0]?["imagePullPolicy"] == "Always")
        #expect(first.json.value(at: "metadata", "generation") == 2)
        let second = try await api.send("PATCH", path, added("more"), type: type)
        #expect(second.json.elements("spec", "ephemeralContainers").count == 2)
        let changed = try await api.send("PATCH", path, added("debug", image: "other"), type: type)
        #expect(changed.status == 422)
        #expect(changed.message.contains("existing ephemeral containers \"debug\" may not be changed"))
        let none: JSONValue = ["spec": ["ephemeralContainers": []]]
        let removed = try await api.send("PATCH", path, none, type: "application/merge-patch+json")
        #expect(removed.message.contains("existing ephemeral containers \"debug\" may not be removed"))
        let image: JSONValue = ["spec": ["containers": [["name": "main", "image": "other"]]]]
        let unchanged = try await api.send("PATCH", path, image, type: type)
        #expect(unchanged.json.value(at: "spec", "containers")?[0]?["image"] != "other")
        let taken = try await api.send("PATCH", path, added("main"), type: type)
        #expect(taken.status == 422)
    }

    @Test func eventsMayBeSelectedByTheirObject() async throws {
        let api = try await TestAPI.start()
        for (name, pod) in [("a", "web"), ("b", "db")] {
            let event: JSONValue = [
                "metadata": ["name": .string(name)], "reason": "Started", "type": "Normal",
                "involvedObject": ["kind": "Pod", "name": .string(pod), "namespace": "default"],
                "source": ["component": "kubelet"],
            ]
            #expect(try await api.send("POST", "/api/v1/namespaces/default/events", event).status == 201)
        }
        let selector = "involvedObject.name=db,source=kubelet,reason=Started"
        #expect(try await api.send("GET", "/api/v1/events?fieldSelector=\(selector)").names == ["b"])
        api.clock.advance(seconds: 3_600)
        #expect(try await api.send("GET", "/api/v1/events").names == [])
    }

    @Test func aListComesInParts() async throws {
        let api = try await TestAPI.start()
        for name in ["a", "b", "c"] { try await api.createPod(name) }
        let first = try await api.send("GET", "/api/v1/pods?limit=2")
        #expect(first.names == ["a", "b"])
        #expect(first.json.value(at: "metadata", "remainingItemCount") == 1)
        let token = try #require(first.json.value(at: "metadata", "continue")?.stringValue)
        try await api.createPod("bb")
        let rest = try await api.send("GET", "/api/v1/pods?limit=2&continue=\(token)")
        #expect(rest.names == ["c"])
        #expect(rest.json.value(at: "metadata", "continue") == nil)
        #expect(try await api.send("GET", "/api/v1/pods?limit=2&continue=x").status == 400)
    }

    @Test func aLongListIsStreamedAsAWhole() async throws {
        let api = try await TestAPI.start()
        let maps = "/api/v1/namespaces/default/configmaps"
        for number in 1_000..<1_600 {
            let map: JSONValue = [
                "metadata": ["name": .string("m\(number)"), "labels": ["n": .string("\(number % 2)")]]
            ]
            _ = try await api.send("POST", maps, map)
        }
        let all = try await api.send("GET", maps)
        #expect(all.names.count == 600)
        #expect(all.names.last == "m1599")
        let odd = try await api.send("GET", maps + "?labelSelector=n%3D1")
        #expect(odd.names.count == 300)
    }

    @Test func tablesAreAnsweredToThoseWhoAskForThem() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web")
        api.clock.advance(seconds: 65)
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        let list = try await api.send("GET", "/api/v1/namespaces/default/pods", accept: accept).json
        #expect(list["kind"] == "Table")
        #expect(
            list.elements("columnDefinitions").prefix(5).map { $0["name"] } == [
                "Name", "Ready", "Status", "Restarts", "Age",
            ])
        #expect(list["rows"]?[0]?["cells"]?.arrayValue?.prefix(5) == ["web", "0/1", "Pending", "0", "65s"])
        #expect(list["rows"]?[0]?["object"]?["kind"] == "PartialObjectMetadata")
        let one = try await api.send("GET", "/api/v1/namespaces/default/pods/web", accept: accept).json
        #expect(one.elements("rows").count == 1)
        let refused = try await api.send("GET", "/api/v1/pods", accept: "application/vnd.kubernetes.protobuf")
        #expect(refused.status == 406)
    }

    @Test func discoveryNamesTheResourcesInAllForms() async throws {
        let api = try await TestAPI.start()
        let core = try await api.send("GET", "/api/v1").json
        let names = core.elements("resources").compactMap { $0["name"]?.stringValue }
        for name in ["pods", "pods/log", "pods/exec", "pods/eviction", "nodes", "nodes/proxy", "events", "namespaces"] {
            #expect(names.contains(name))
        }
        let groups = try await api.send("GET", "/apis").json.elements("groups").compactMap { $0["name"]?.stringValue }
        #expect(groups == ["coordination.k8s.io", "node.k8s.io", "authentication.k8s.io", "authorization.k8s.io"])
        #expect(try await api.send("GET", "/apis/coordination.k8s.io").json["kind"] == "APIGroup")
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
        let aggregated = try await api.send("GET", "/api", accept: accept)
        #expect(aggregated.json["apiVersion"] == "apidiscovery.k8s.io/v2beta1")
        #expect(
            aggregated.headers.first(name: "content-type")
                == "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList")
        #expect(try await api.send("GET", "/version").json["gitVersion"] == "v1.33.0+swiftlet")
    }

    @Test func fieldsThatDoNotExistAreRefusedOrWarnedOf() async throws {
        let api = try await TestAPI.start()
        let text = """
            metadata: {name: web}
            spec:
              restartPolice: Always
              containers: [{name: main, image: nginx, image: nginx}]
            """
        let pods = "/api/v1/namespaces/default/pods?fieldValidation="
        let strict = try await api.send("POST", pods + "Strict", bytes: Array(text.utf8), type: "application/yaml")
        #expect(strict.status == 400)
        #expect(
            strict.message == """
                Pod in version "v1" cannot be handled as a Pod: strict decoding error: \
                unknown field "spec.restartPolice", duplicate field "spec.containers[0].image"
                """)
        let warned = try await api.send("POST", pods + "Warn", bytes: Array(text.utf8), type: "application/yaml")
        #expect(warned.status == 201)
        #expect(warned.headers["warning"].first == #"299 - "unknown field \"spec.restartPolice\"""#)
        #expect(warned.json.value(at: "spec", "restartPolice") == nil)
        let patch: JSONValue = ["spec": ["activeDeadlineSecond": 5]]
        let uri = "/api/v1/namespaces/default/pods/web?fieldValidation=Strict"
        #expect(try await api.send("PATCH", uri, patch, type: "application/merge-patch+json").status == 400)
        let map: JSONValue = ["metadata": ["name": "a"], "date": [:]]
        let maps = "/api/v1/namespaces/default/configmaps?fieldValidation=Strict"
        #expect(
            try await api.send("POST", maps, map).message.hasSuffix("strict decoding error: unknown field \"date\""))
    }

    @Test func openAPISaysThatTheServerChecksFields() async throws {
        let api = try await TestAPI.start()
        let index = try await api.send("GET", "/openapi/v3").json
        #expect(index["paths"]?["api/v1"]?["serverRelativeURL"] == "/openapi/v3/api/v1")
        let document = try await api.send("GET", "/openapi/v3/api/v1").json
        let operation = document["paths"]?["/api/v1/namespaces/{namespace}/pods/{name}"]?["patch"]
        #expect(operation?["x-kubernetes-group-version-kind"]?["kind"] == "Pod")
        #expect(operation?.elements("parameters").contains { $0["name"] == "fieldValidation" } == true)
        let old = try await api.send("GET", "/openapi/v2")
        #expect(old.bytes.starts(with: [0x0A, 3] + Array("2.0".utf8)))
        #expect(try await api.send("GET", "/openapi/v4").status == 404)
    }
}
