import HTTPServing
import KubernetesAPI
import NIOHTTP1
import StructuredData

/// Answers questions about who one is and what one may do. Nothing is kept.
struct ReviewHandler: Sendable {
    let authorizer: Authorizer

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        var review = try await RequestBody.object(call.http) ?? [:]
        review["apiVersion"] = .string(call.resource.groupVersion)
        review["kind"] = .string(call.resource.kind)
        review.setMetadata("creationTimestamp", .null)
        review["status"] = try status(call, spec: review["spec"] ?? [:])
        return JSONResponse.value(review, status: .created)
    }

    private func status(_ call: APICall, spec: JSONValue) throws(APIError) -> JSONValue {
        switch call.resource.kind {
        case "SelfSubjectReview":
            return ["userInfo": ["username": .string(call.user.name), "groups": strings(call.user.groups)]]
        // Nobody gets tokens from this server.
        case "TokenReview": return ["authenticated": false, "user": [:], "error": "this server knows no tokens"]
        case "SelfSubjectAccessReview": return access(call.user, spec)
        case "SubjectAccessReview":
            let user = User(
                name: spec["user"]?.stringValue ?? "", groups: spec.elements("groups").compactMap(\.stringValue))
            return access(user, spec)
        case "SelfSubjectRulesReview": return rules(call.user)
        default: throw APIError.methodNotAllowed
        }
    }

    private func access(_ user: User, _ spec: JSONValue) -> JSONValue {
        let refusal = authorizer.refusal(of: attributes(user, spec))
        return refusal.map { ["allowed": false, "reason": .string($0)] } ?? ["allowed": true]
    }

    private func attributes(_ user: User, _ spec: JSONValue) -> AccessAttributes {
        if let path = spec["nonResourceAttributes"] {
            var access = AccessAttributes(user: user, verb: path["verb"]?.stringValue ?? "")
            access.path = path["path"]?.stringValue ?? "/"
            return access
        }
        let attributes = spec["resourceAttributes"] ?? [:]
        var access = AccessAttributes(user: user, verb: attributes["verb"]?.stringValue ?? "")
        access.group = attributes["group"]?.stringValue ?? ""
        access.resource = attributes["resource"]?.stringValue ?? ""
        access.subresource = attributes["subresource"]?.stringValue ?? ""
        access.namespace = attributes["namespace"]?.stringValue ?? ""
        access.name = attributes["name"]?.stringValue ?? ""
        return access
    }

    private func rules(_ user: User) -> JSONValue {
        let paths: JSONValue = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/version"]
        guard !user.isMaster else {
            return [
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        }
        return [
            "resourceRules": [
                [
                    "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                    "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
                ],
                ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
            ],
            "nonResourceRules": [["verbs": ["get"], "nonResourceURLs": paths]],
            // What kubelets may do depends on the object, which rules can't say.
            "incomplete": .bool(user.nodeName != nil),
        ]
    }

    private func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
