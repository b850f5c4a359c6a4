import HTTPServing
import StructuredData
import Testing

@testable import APIServer

@Suite struct AccessTests {
    @Test(arguments: ["/healthz", "/livez", "/readyz", "/version"])
    func everybodyMayAskForHealthAndVersion(_ path: String) async throws {
        let api = try await TestAPI.start()
        #expect(try await api.send("GET", path, as: PeerIdentity()).status == 200)
    }

    @Test(arguments: ["/api", "/apis", "/api/v1", "/api/v1/pods", "/metrics", "/api/v1/nodes/n1/proxy/configz"])
    func theAnonymousGetNothingElse(_ path: String) async throws {
        let api = try await TestAPI.start()
        let answer = try await api.send("GET", path, as: PeerIdentity())
        #expect(answer.status == 401)
        #expect(answer.reason == "Unauthorized")
    }

    @Test func aForeignCertificateIsWorseThanNone() async throws {
        let api = try await TestAPI.start()
        let foreign = PeerIdentity(certificate: .unverified(reason: "unknown CA"))
        #expect(try await api.send("GET", "/healthz", as: foreign).status == 401)
    }

    @Test func aUserWithoutRightsSeesDiscoveryAndItself() async throws {
        let api = try await TestAPI.start()
        let bob = TestAPI.identity("bob", "devs")
        #expect(try await api.send("GET", "/api/v1", as: bob).status == 200)
        let refused = try await api.send("GET", "/api/v1/namespaces/default/pods", as: bob)
        #expect(refused.status == 403)
        #expect(
            refused.message == """
                pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"
                """)
        let review = try await api.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:], as: bob)
        #expect(review.json.value(at: "status", "userInfo", "username") == "bob")
        let question: JSONValue = ["spec": ["resourceAttributes": ["verb": "list", "resource": "pods"]]]
        let access = try await api.send(
            "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", question, as: bob)
        #expect(access.json.value(at: "status", "allowed") == false)
        let other = try await api.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", question, as: bob)
        #expect(other.status == 403)
    }
}

@Suite struct NodeAccessTests {
    private static let pods = "/api/v1/namespaces/default/pods"

    private func start() async throws -> (api: TestAPI, uid: JSONValue) {
        let api = try await TestAPI.start()
        let node = try await api.send("POST", "/api/v1/nodes", ["metadata": ["name": "n1"]], as: TestAPI.node("n1"))
        try #require(node.status == 201, "\(node.text)")
        return (api, node.json["metadata"]?["uid"] ?? "")
    }

    private func mirror(_ name: String, node: String, uid: JSONValue) -> JSONValue {
        [
            "metadata": [
                "name": .string(name),
                "annotations": ["kubernetes.io/config.mirror": "hash", "kubernetes.io/config.source": "file"],
                "ownerReferences": [
                    ["apiVersion": "v1", "kind": "Node", "name": .string(node), "uid": uid, "controller": true]
                ],
            ],
            "spec": ["nodeName": .string(node), "containers": [["name": "main", "image": "nginx"]]],
        ]
    }

    @Test func aNodeMakesMirrorsOfItsOwn() async throws {
        let (api, uid) = try await start()
        let own = TestAPI.node("n1")
        #expect(try await api.send("POST", Self.pods, mirror("a-n1", node: "n1", uid: uid), as: own).status == 201)
        let status: JSONValue = ["status": ["phase": "Running"]]
        let type = "application/merge-patch+json"
        #expect(try await api.send("PATCH", Self.pods + "/a-n1/status", status, type: type, as: own).status == 200)
        let foreign = TestAPI.node("n2")
        #expect(try await api.send("PATCH", Self.pods + "/a-n1/status", status, type: type, as: foreign).status == 403)
        #expect(try await api.send("DELETE", Self.pods + "/a-n1", as: foreign).status == 403)
        #expect(try await api.send("GET", Self.pods + "/a-n1", as: foreign).status == 403)
        #expect(try await api.send("DELETE", Self.pods + "/a-n1?gracePeriodSeconds=0", as: own).status == 200)
    }

    @Test func whatIsNoProperMirrorIsRefused() async throws {
        let (api, uid) = try await start()
        let own = TestAPI.node("n1")
        var plain = mirror("a", node: "n1", uid: uid)
        plain.set(nil, at: "metadata", "annotations")
        var twoOwners = mirror("a", node: "n1", uid: uid)
        let second: JSONValue = ["apiVersion": "v1", "kind": "Node", "name": "n2", "uid": "other"]
        twoOwners.setMetadata("ownerReferences", .array(twoOwners.elements("metadata", "ownerReferences") + [second]))
        var withSecret = mirror("a", node: "n1", uid: uid)
        withSecret.set([["name": "s", "secret": ["secretName": "x"]]], at: "spec", "volumes")
        let bodies = [
            plain, twoOwners, withSecret, mirror("a", node: "n2", uid: uid), mirror("a", node: "n1", uid: "other"),
        ]
        for body in bodies {
            let answer = try await api.send("POST", Self.pods, body, as: own)
            #expect(answer.status == 403, "\(answer.text)")
        }
    }

    @Test func aNodeSeesAndChangesOnlyItself() async throws {
        let (api, _) = try await start()
        let own = TestAPI.node("n1")
        let foreign = TestAPI.node("n2")
        #expect(try await api.send("GET", "/api/v1/nodes/n1", as: own).status == 200)
        #expect(try await api.send("GET", "/api/v1/nodes/n1", as: foreign).status == 403)
        #expect(try await api.send("GET", "/api/v1/nodes?fieldSelector=metadata.name%3Dn1", as: own).status == 200)
        #expect(try await api.send("GET", "/api/v1/nodes", as: own).status == 403)
        #expect(try await api.send("GET", "/api/v1/pods", as: own).status == 403)
        #expect(try await api.send("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1", as: own).status == 200)
        #expect(try await api.send("GET", "/api/v1/secrets", as: own).status == 403)
        #expect(try await api.send("GET", "/api/v1/nodes/n1/proxy/pods", as: own).status == 403)
        let taint: JSONValue = ["spec": ["taints": [["key": "a", "effect": "NoSchedule"]]]]
        let type = "application/merge-patch+json"
        #expect(try await api.send("PATCH", "/api/v1/nodes/n1", taint, type: type, as: own).status == 403)
        let label: JSONValue = ["metadata": ["labels": ["node-restriction.kubernetes.io/x": "y"]]]
        #expect(try await api.send("PATCH", "/api/v1/nodes/n1", label, type: type, as: own).status == 403)
        #expect(try await api.send("DELETE", "/api/v1/nodes/n1", as: own).status == 403)
    }

    @Test func aNodeRenewsItsOwnLease() async throws {
        let (api, _) = try await start()
        let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
        let lease: JSONValue = ["metadata": ["name": "n1"], "spec": ["holderIdentity": "n1"]]
        #expect(try await api.send("POST", leases, lease, as: TestAPI.node("n1")).status == 201)
        #expect(try await api.send("PUT", leases + "/n1", lease, as: TestAPI.node("n1")).status == 200)
        #expect(try await api.send("PUT", leases + "/n1", lease, as: TestAPI.node("n2")).status == 403)
        #expect(try await api.send("POST", leases, lease, as: TestAPI.node("n2")).status == 403)
    }
}
