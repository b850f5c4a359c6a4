import KubernetesAPI
import StructuredData
import Testing

@testable import APIServer

@Suite struct DeletionTests {
    private let uri = "/api/v1/namespaces/default/pods/web"

    @Test func aPodOnANodeGetsTimeUntilTheKubeletRemovesIt() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web", node: "n1")
        let first = try await api.send("DELETE", uri).json
        #expect(first.value(at: "metadata", "deletionGracePeriodSeconds") == 30)
        #expect(first.deletionTimestamp == api.clock.now.adding(seconds: 30).rfc3339)
        let second = try await api.send("DELETE", uri, ["gracePeriodSeconds": 60]).json
        #expect(second == first)
        let shorter = try await api.send("DELETE", uri, ["gracePeriodSeconds": 5]).json
        #expect(shorter.deletionTimestamp == api.clock.now.adding(seconds: 5).rfc3339)
        let gone = try await api.send(
            "DELETE", uri, ["gracePeriodSeconds": 0, "preconditions": ["uid": first["metadata"]?["uid"] ?? ""]],
            as: TestAPI.node("n1"))
        #expect(gone.status == 200)
        #expect(try await api.send("GET", uri).status == 404)
    }

    @Test func forceRemovesAPodAtOnce() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web", node: "n1")
        _ = try await api.send("DELETE", uri + "?gracePeriodSeconds=0")
        #expect(try await api.send("GET", uri).status == 404)
    }

    @Test func preconditionsMustHold() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web")
        let answer = try await api.send("DELETE", uri, ["preconditions": ["uid": "other"]])
        #expect(answer.status == 409)
        #expect(answer.message.contains("Precondition failed: UID in precondition: other"))
    }

    @Test func finalizersHoldAnObjectUntilTheLastIsGone() async throws {
        let api = try await TestAPI.start()
        let maps = "/api/v1/namespaces/default/configmaps"
        _ = try await api.send("POST", maps, ["metadata": ["name": "a", "finalizers": ["example.com/x"]]])
        let pending = try await api.send("DELETE", maps + "/a")
        #expect(pending.json.deletionTimestamp != nil)
        #expect(try await api.send("GET", maps + "/a").status == 200)
        _ = try await api.send(
            "PATCH", maps + "/a", ["metadata": ["finalizers": .null]], type: "application/merge-patch+json")
        #expect(try await api.send("GET", maps + "/a").status == 404)
    }

    @Test func aNamespaceGoesWithWhatIsInIt() async throws {
        let api = try await TestAPI.start()
        _ = try await api.send("POST", "/api/v1/namespaces", ["metadata": ["name": "x"]])
        _ = try await api.send("POST", "/api/v1/namespaces/x/configmaps", ["metadata": ["name": "a"]])
        try await api.createPod("web", node: "n1", namespace: "x")
        let deleted = try await api.send("DELETE", "/api/v1/namespaces/x")
        #expect(deleted.json.value(at: "status", "phase") == "Active" || deleted.status == 200)
        #expect(try await api.send("GET", "/api/v1/namespaces/x/configmaps").names == [])
        let terminating = try await api.send("GET", "/api/v1/namespaces/x").json
        #expect(terminating.value(at: "status", "phase") == "Terminating")
        let refused = try await api.send("POST", "/api/v1/namespaces/x/configmaps", ["metadata": ["name": "b"]])
        #expect(refused.status == 403)
        _ = try await api.send("DELETE", "/api/v1/namespaces/x/pods/web?gracePeriodSeconds=0")
        #expect(try await api.send("GET", "/api/v1/namespaces/x").status == 404)
        let immortal = try await api.send("DELETE", "/api/v1/namespaces/default")
        #expect(immortal.message == "namespaces \"default\" is forbidden: this namespace may not be deleted")
    }

    @Test func aCollectionIsDeletedByItsSelector() async throws {
        let api = try await TestAPI.start()
        for name in ["a", "b"] { try await api.createPod(name, labels: ["app": .string(name)]) }
        let answer = try await api.send("DELETE", "/api/v1/namespaces/default/pods?labelSelector=app%3Da")
        #expect(answer.names == ["a"])
        #expect(try await api.send("GET", "/api/v1/pods").names == ["b"])
    }

    @Test func optionsMayComeAsProtobuf() async throws {
        let api = try await TestAPI.start()
        try await api.createPod("web", node: "n1")
        // runtime.Unknown{typeMeta{v1, DeleteOptions}, raw: DeleteOptions{gracePeriodSeconds: 0}}
        let typeMeta: [UInt8] = [0x0A, 2] + Array("v1".utf8) + [0x12, 13] + Array("DeleteOptions".utf8)
        let body = Array("k8s\0".utf8) + [0x0A, UInt8(typeMeta.count)] + typeMeta + [0x12, 2, 0x08, 0]
        let answer = try await api.send("DELETE", uri, bytes: body, type: "application/vnd.kubernetes.protobuf")
        #expect(answer.status == 200)
        #expect(try await api.send("GET", uri).status == 404)
    }
}
