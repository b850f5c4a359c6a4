import StructuredData
import Testing

@testable import APIServer

@Suite struct RequestInfoTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        var isWatch = false
        var verb: RequestVerb
        /// namespace, plural, name, subresource, rest.
        var parts: [String]?

        var testDescription: String { "\(method) \(path)" }
    }

    static let cases = [
        Case(method: "GET", path: "/version", verb: .get, parts: nil),
        Case(method: "GET", path: "/api", verb: .get, parts: nil),
        Case(method: "GET", path: "/api/v1", verb: .get, parts: ["", "", "", "", ""]),
        Case(method: "GET", path: "/api/v1/nodes", verb: .list, parts: ["", "nodes", "", "", ""]),
        Case(method: "GET", path: "/api/v1/pods", isWatch: true, verb: .watch, parts: ["", "pods", "", "", ""]),
        Case(method: "GET", path: "/api/v1/nodes/a", verb: .get, parts: ["", "nodes", "a", "", ""]),
        Case(
            method: "GET", path: "/api/v1/nodes/a/proxy/logs/x", verb: .get,
            parts: ["", "nodes", "a", "proxy", "logs/x"]),
        Case(method: "GET", path: "/api/v1/namespaces/x", verb: .get, parts: ["", "namespaces", "x", "", ""]),
        Case(
            method: "PUT", path: "/api/v1/namespaces/x/finalize", verb: .update,
            parts: ["", "namespaces", "x", "finalize", ""]),
        Case(method: "POST", path: "/api/v1/namespaces/x/pods", verb: .create, parts: ["x", "pods", "", "", ""]),
        Case(
            method: "DELETE", path: "/api/v1/namespaces/x/pods", verb: .deletecollection,
            parts: ["x", "pods", "", "", ""]),
        Case(method: "DELETE", path: "/api/v1/namespaces/x/pods/p", verb: .delete, parts: ["x", "pods", "p", "", ""]),
        Case(
            method: "PATCH", path: "/api/v1/namespaces/x/pods/p/status", verb: .patch,
            parts: ["x", "pods", "p", "status", ""]),
        Case(
            method: "GET", path: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n", verb: .get,
            parts: ["kube-node-lease", "leases", "n", "", ""]),
    ]

    @Test(arguments: cases) func pathsAndMethodsAreUnderstood(_ given: Case) {
        let segments = given.path.split(separator: "/").map(String.init)
        let info = RequestInfo(method: given.method, path: given.path, segments: segments, isWatch: given.isWatch)
        #expect(info.verb == given.verb)
        let parts = info.resource.map {
            [$0.namespace, $0.plural, $0.name, $0.subresource, $0.rest.joined(separator: "/")]
        }
        #expect(parts == given.parts)
    }

    @Test func aSelectedNameCountsAsTheNameOfAList() {
        let info = RequestInfo(
            method: "GET", path: "/api/v1/nodes", segments: ["api", "v1", "nodes"], isWatch: true, selectedName: "a")
        #expect(info.verb == .watch)
        #expect(info.resource?.name == "a")
    }
}

@Suite struct AcceptHeaderTests {
    @Test(arguments: [
        ([], ResponseShape.object),
        (["*/*"], .object),
        (["application/json"], .object),
        (["application/vnd.kubernetes.protobuf, application/json"], .object),
        (
            [
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,"
                    + "application/json"
            ], .table(version: "v1")
        ),
        (["application/json;as=Table;v=v1beta1;g=meta.k8s.io"], .table(version: "v1beta1")),
        (["application/json;q=0.5, application/json;as=Table;v=v1;g=meta.k8s.io"], .table(version: "v1")),
        (["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"], .metadata(version: "v1")),
        (["application/json;as=Strange;g=meta.k8s.io;v=v1, application/json"], .object),
    ]) func theBestKnownShapeWins(_ values: [String], _ shape: ResponseShape) throws {
        #expect(try AcceptHeader(values).shape() == shape)
    }

    @Test(arguments: ["application/vnd.kubernetes.protobuf", "text/html", "application/json;q=0"])
    func whatIsNotJSONIsNotAcceptable(_ value: String) {
        #expect(throws: APIError.self) { try AcceptHeader([value]).shape() }
    }

    @Test func aggregatedDiscoveryIsFoundBeforeThePlainOne() throws {
        let value =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
            + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
        #expect(try AcceptHeader([value]).discoveryVersion() == "v2")
        #expect(try AcceptHeader(["application/json"]).discoveryVersion() == nil)
    }
}

@Suite struct SelectorTests {
    private static let object: JSONValue = [
        "metadata": ["name": "web", "labels": ["app": "nginx", "tier": "front", "level": "7"]],
        "spec": ["nodeName": "n1"],
    ]

    @Test(arguments: [
        ("", true), ("app", true), ("!app", false), ("!other", true), ("app=nginx", true), ("app==nginx", true),
        ("app = nginx , tier = front", true), ("app!=nginx", false), ("other!=x", true), ("app in (a, nginx)", true),
        ("app notin (a,nginx)", false), ("other notin (a)", true), ("level>6", true), ("level<7", false),
        ("app=nginx,tier=back", false),
    ]) func labelSelectorsMatch(_ text: String, _ expected: Bool) throws {
        #expect(try LabelSelector(parsing: text).matches(Self.object) == expected)
    }

    @Test(arguments: ["=x", "app in nginx", "app in (a", "app,", "app ~ b", "level>x"])
    func brokenLabelSelectorsAreRefused(_ text: String) {
        if text == "app," { return }
        #expect(throws: APIError.self) { try LabelSelector(parsing: text) }
    }

    @Test(arguments: [
        ("", true), ("spec.nodeName=n1", true), ("spec.nodeName==n2", false), ("spec.nodeName!=n2", true),
        ("metadata.name=web,spec.nodeName=n1", true), ("status.phase!=Running", true), ("status.phase=", true),
    ]) func fieldSelectorsMatch(_ text: String, _ expected: Bool) throws {
        let selector = try FieldSelector(parsing: text)
        #expect(selector.matches { PodStrategy().fieldValue($0, of: Self.object) } == expected)
    }

    @Test func aFieldThatIsNotOfferedIsRefused() throws {
        let selector = try FieldSelector(parsing: "spec.color=red")
        #expect(throws: APIError.self) { try selector.check(offered: ["spec.nodeName"]) }
        #expect(throws: APIError.self) { try FieldSelector(parsing: "nonsense") }
    }

    @Test func continueTokensSurviveTheirText() throws {
        let token = ContinueToken(revision: 42, key: "/registry/core/pods/default/a")
        #expect(try ContinueToken(token.text) == token)
        #expect(throws: APIError.self) { try ContinueToken("%%%") }
    }
}
