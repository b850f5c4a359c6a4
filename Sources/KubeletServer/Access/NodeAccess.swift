/// What somebody wants to do with the kubelet: the `resourceAttributes` of a SubjectAccessReview on `nodes`, version
/// `v1`, of the core group (upstream: `pkg/kubelet/server/auth.go`).
package struct NodeAccess: Sendable, Hashable {
    package var user: KubeletUser
    /// `get`, `create`, `update`, `patch` or `delete`; empty for other HTTP methods.
    package var verb: String
    /// `proxy`, `stats`, `metrics`, `log`, `checkpoint`, `pods`, `healthz` or `configz`.
    package var subresource: String
    package var nodeName: String

    package init(user: KubeletUser, verb: String, subresource: String, nodeName: String) {
        self.user = user
        self.verb = verb
        self.subresource = subresource
        self.nodeName = nodeName
    }

    /// The verb that stands for an HTTP method.
    static func verb(for method: String) -> String {
        switch method {
        case "POST": "create"
        case "GET": "get"
        case "PUT": "update"
        case "PATCH": "patch"
        case "DELETE": "delete"
        default: ""
        }
    }

    /// The subresources of which any one gives access to a path, the finest first.
    /// - Parameter root: the first part of the path, the one that also chooses the endpoint.
    static func subresources(forRoot root: String) -> [String] {
        switch root {
        case "stats": ["stats"]
        case "metrics": ["metrics"]
        case "logs": ["log"]
        case "checkpoint": ["checkpoint"]
        case "pods", "runningpods": ["pods", "proxy"]
        case "healthz": ["healthz", "proxy"]
        case "configz": ["configz", "proxy"]
        default: ["proxy"]
        }
    }
}
