/// What a client wants to do.
enum RequestVerb: String, Sendable, Hashable {
    case get, list, watch, create, update, patch, delete, deletecollection

    var isReading: Bool { self == .get || self == .list || self == .watch }
}

/// A request's path and method in the terms of the API (apiserver/pkg/endpoints/request/requestinfo.go).
struct RequestInfo: Sendable, Hashable {
    /// Group, version and what follows; nil for a path such as `/version`.
    var resource: ResourcePath?
    var verb: RequestVerb
    var path: String

    /// The part of a path that names an object or a collection.
    struct ResourcePath: Sendable, Hashable {
        var group: String
        var version: String
        /// Empty for what has no namespace, and for all namespaces.
        var namespace: String
        /// The plural; empty when the path ends behind the version.
        var plural: String
        var name: String
        var subresource: String
        /// What follows the subresource: the path of a proxied request.
        var rest: [String]

        /// Whether the names are what they look like: an escaped slash would make them reach elsewhere in the store.
        var namesAreSegments: Bool {
            [namespace, name].allSatisfy { !$0.utf8.contains(UInt8(ascii: "/")) && $0 != "." && $0 != ".." }
        }
    }

    /// - Parameters:
    ///   - segments: the decoded parts of the path.
    ///   - isWatch: whether the query says `watch=true`.
    ///   - selectedName: the name that a field selector demands.
    init(method: String, path: String, segments: [String], isWatch: Bool, selectedName: String? = nil) {
        self.path = path
        resource = Self.resourcePath(segments)
        let hasName = resource?.name.isEmpty == false
        switch method {
        case "POST": verb = .create
        case "PUT": verb = .update
        case "PATCH": verb = .patch
        case "DELETE": verb = hasName || resource == nil ? .delete : .deletecollection
        default:
            let isCollection = resource.map { !$0.plural.isEmpty && $0.name.isEmpty } ?? false
            verb = isCollection ? (isWatch ? .watch : .list) : .get
        }
        if let selectedName, verb == .list || verb == .watch || verb == .deletecollection, !hasName {
            resource?.name = selectedName
        }
    }

    private static func resourcePath(_ segments: [String]) -> ResourcePath? {
        var rest = segments[...]
        var path = ResourcePath(
            group: "", version: "", namespace: "", plural: "", name: "", subresource: "", rest: [])
        switch rest.popFirst() {
        case "api": break
        case "apis": path.group = rest.popFirst() ?? ""
        default: return nil
        }
        guard let version = rest.popFirst() else { return nil }
        path.version = version
        // `namespaces/x` is a namespace, `namespaces/x/pods` something in it.
        if rest.first == "namespaces", rest.count > 2, !["status", "finalize"].contains(rest[rest.startIndex + 2]) {
            rest = rest.dropFirst()
            path.namespace = rest.popFirst() ?? ""
        }
        path.plural = rest.popFirst() ?? ""
        path.name = rest.popFirst() ?? ""
        path.subresource = rest.popFirst() ?? ""
        path.rest = Array(rest)
        return path
    }
}
