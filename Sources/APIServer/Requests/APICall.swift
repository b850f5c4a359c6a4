import HTTPServing
import KubernetesAPI
import NIOHTTP1

/// One request about resources, as its handler needs it.
struct APICall: Sendable {
    var http: HTTPServerRequest
    var info: RequestInfo
    var path: RequestInfo.ResourcePath
    var resource: APIResource
    var user: User
    /// One moment for all that the request does.
    var now: Timestamp

    /// The object that the path names.
    var target: ObjectTarget {
        ObjectTarget(resource: resource, namespace: path.namespace, name: path.name)
    }

    /// Under which keys the objects of a list are. A name that the selector demands narrows it; whoever reads must still
    /// select, for longer names begin with it too.
    var collectionPrefix: String {
        let isComplete = resource.isNamespaced == !path.namespace.isEmpty
        return isComplete && !path.name.isEmpty ? target.key : resource.keyPrefix(namespace: path.namespace)
    }

    /// Whether nothing shall be changed.
    /// - Throws: `APIError` with code `badRequest` for any value but `All`.
    func isDryRun() throws(APIError) -> Bool {
        let values = http.query.values("dryRun")
        guard values.allSatisfy({ $0 == "All" }) else {
            throw APIError(.badRequest, "dryRun: Unsupported value: \(values): supported values: \"All\"")
        }
        return !values.isEmpty
    }

    func shape() throws(APIError) -> ResponseShape {
        try AcceptHeader(http.headers[canonicalForm: "accept"].map(String.init)).shape()
    }

    /// Which part of an object goes with its row, as the query has it.
    func rowObject() throws(APIError) -> ResponseShape.RowObject {
        guard let text = http.query["includeObject"], !text.isEmpty else { return .metadata }
        guard let choice = ResponseShape.RowObject(rawValue: text) else {
            throw APIError(.badRequest, "includeObject: unsupported value \"\(text)\"")
        }
        return choice
    }
}

/// An object that may or may not exist.
struct ObjectTarget: Sendable {
    var resource: APIResource
    /// Empty for what has no namespace.
    var namespace: String
    var name: String

    var key: String { resource.key(namespace: namespace, name: name) }
}
