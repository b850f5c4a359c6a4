import StructuredData

/// The checks of writes that need to look at other objects.
struct Admission: Sendable {
    let storage: ResourceStorage

    /// Namespaces that are always there.
    static let initialNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]
    /// Those of them that nobody may delete.
    private static let immortalNamespaces = ["default", "kube-public", "kube-system"]

    /// Checks a new object, and fills in what it names.
    /// - Throws: `APIError` with code `notFound` or `forbidden`.
    func admitCreation(_ call: APICall, _ object: inout JSONValue) async throws {
        if call.resource.isNamespaced {
            let namespace = ObjectTarget(
                resource: ResourceRegistry.namespaces, namespace: "", name: call.path.namespace)
            guard let found = try await storage.find(namespace) else {
                throw APIError.notFound(ResourceRegistry.namespaces, call.path.namespace)
            }
            if found.deletionTimestamp != nil {
                throw APIError.forbidden(
                    call.resource, object.name,
                    "unable to create new content in namespace \(call.path.namespace) because it is being terminated")
            }
        }
        try await checkNode(call, object: object, old: nil)
        if call.resource.plural == ResourceRegistry.pods.plural {
            try await PodClasses(storage: storage).fillIn(&object)
        }
    }

    func checkUpdate(_ call: APICall, _ object: JSONValue, old: JSONValue) async throws {
        try await checkNode(call, object: object, old: old)
    }

    func checkDeletion(_ call: APICall, _ old: JSONValue) async throws {
        if call.resource.plural == "namespaces", Self.immortalNamespaces.contains(call.path.name) {
            throw APIError.forbidden(call.resource, call.path.name, "this namespace may not be deleted")
        }
        try await checkNode(call, object: nil, old: old)
    }

    private func checkNode(_ call: APICall, object: JSONValue?, old: JSONValue?) async throws {
        guard let node = call.user.nodeName else { return }
        var nodeUID: String?
        if call.resource.plural == "pods", old == nil {
            let own = ObjectTarget(resource: ResourceRegistry.nodes, namespace: "", name: node)
            nodeUID = try await storage.find(own)?.uid
        }
        var target = call.target
        if target.name.isEmpty { target.name = object?.name ?? "" }
        try NodeRestriction(node: node).check(
            target, subresource: call.path.subresource, object: object, old: old, nodeUID: nodeUID)
    }
}
