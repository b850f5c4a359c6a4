/// What somebody wants to do, for deciding whether they may.
struct AccessAttributes: Sendable, Hashable {
    var user: User
    /// As reviews spell it; for a path the method in lower case.
    var verb: String
    var group = ""
    var resource = ""
    var subresource = ""
    var namespace = ""
    var name = ""
    /// A path that is no resource's; empty for resources.
    var path = ""

    init(user: User, info: RequestInfo, method: String) {
        self.user = user
        guard let resource = info.resource, !resource.plural.isEmpty else {
            verb = method.lowercased()
            path = info.path
            return
        }
        verb = info.verb.rawValue
        group = resource.group
        self.resource = resource.plural
        subresource = resource.subresource
        namespace = resource.namespace
        name = resource.name
    }

    init(user: User, verb: String) {
        self.user = user
        self.verb = verb
    }
}

/// Decides who may do what: masters everything, nodes what kubelets need, everybody with a certificate may look at
/// discovery and ask about themselves, everybody at all may ask for health and version.
struct Authorizer: Sendable {
    static let publicPaths = ["/healthz", "/livez", "/readyz", "/version"]

    /// Why the request is refused; nil when it is allowed.
    ///
    /// - Parameter fieldSelector: the node that a list or watch of pods restricts itself to.
    func refusal(of access: AccessAttributes, selectedNode: String? = nil) -> String? {
        if access.user.isMaster { return nil }
        if !access.path.isEmpty { return pathRefusal(access) }
        if !access.user.isAnonymous, isQuestionAboutOneself(access) { return nil }
        if let node = access.user.nodeName {
            return NodeAuthorizer(node: node).allows(access, selectedNode: selectedNode) ? nil : describe(access)
        }
        return describe(access)
    }

    private func pathRefusal(_ access: AccessAttributes) -> String? {
        let isReading = access.verb == "get" || access.verb == "head"
        if isReading, Self.publicPaths.contains(where: { access.path == $0 || access.path.hasPrefix($0 + "/") }) {
            return nil
        }
        let discovery = ["/api", "/apis", "/openapi"]
        if isReading, !access.user.isAnonymous,
            discovery.contains(where: { access.path == $0 || access.path.hasPrefix($0 + "/") })
        {
            return nil
        }
        return "User \"\(access.user.name)\" cannot \(access.verb) path \"\(access.path)\""
    }

    private func isQuestionAboutOneself(_ access: AccessAttributes) -> Bool {
        access.verb == "create"
            && ["selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"].contains(access.resource)
    }

    /// Upstream's words (apiserver/pkg/endpoints/handlers/responsewriters/errors.go).
    private func describe(_ access: AccessAttributes) -> String {
        let resource = access.subresource.isEmpty ? access.resource : "\(access.resource)/\(access.subresource)"
        let place = access.namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(access.namespace)\""
        return """
            User "\(access.user.name)" cannot \(access.verb) resource "\(resource)" \
            in API group "\(access.group)" \(place)
            """
    }
}

/// What kubelets may do (plugin/pkg/auth/authorizer/node); what exactly they may write `NodeRestriction` says.
struct NodeAuthorizer: Sendable {
    let node: String

    func allows(_ access: AccessAttributes, selectedNode: String?) -> Bool {
        switch (access.group, access.resource, access.subresource) {
        case ("", "nodes", ""):
            access.verb == "create"
                || isOwn(access) && ["get", "list", "watch", "update", "patch"].contains(access.verb)
        case ("", "nodes", "status"): isOwn(access) && ["get", "update", "patch"].contains(access.verb)
        case ("", "pods", ""):
            switch access.verb {
            case "list", "watch": selectedNode == node
            case "get", "create", "delete": true
            default: false
            }
        case ("", "pods", "status"): ["get", "update", "patch"].contains(access.verb)
        case ("", "pods", "eviction"): access.verb == "create"
        case ("", "events", ""): ["create", "update", "patch"].contains(access.verb)
        case ("coordination.k8s.io", "leases", ""):
            access.namespace == "kube-node-lease" && (access.verb == "create" || isOwn(access))
                && ["get", "create", "update", "patch", "delete"].contains(access.verb)
        case ("node.k8s.io", "runtimeclasses", ""): ["get", "list", "watch"].contains(access.verb)
        case ("authentication.k8s.io", "tokenreviews", ""), ("authorization.k8s.io", "subjectaccessreviews", ""):
            access.verb == "create"
        case ("", "namespaces", ""): access.verb == "get"
        default: false
        }
    }

    private func isOwn(_ access: AccessAttributes) -> Bool { access.name == node }
}
