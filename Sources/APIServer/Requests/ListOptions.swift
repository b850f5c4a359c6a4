import HTTPServing
import StructuredData

/// What the query of a list or a watch asks for (metav1.ListOptions).
struct ListOptions: Sendable {
    var labels: LabelSelector
    var fields: FieldSelector
    var limit: Int
    var continuation: ContinueToken?
    /// Nil for the newest; `0` is any that is at hand, and ours is always the newest.
    var resourceVersion: Int64?
    var isExactVersion: Bool
    var wantsBookmarks: Bool
    /// Nil where the query doesn't say.
    var wantsInitialEvents: Bool?
    var timeoutSeconds: Int64?

    /// - Throws: `APIError` with code `badRequest` or `invalid`.
    init(_ query: QueryParameters, resource: APIResource) throws(APIError) {
        labels = try LabelSelector(parsing: query["labelSelector"] ?? "")
        fields = try FieldSelector(parsing: query["fieldSelector"] ?? "")
        let offered = ["metadata.name", "metadata.namespace"] + resource.strategy.selectableFields
        try fields.check(offered: Set(offered))
        limit = Int(try Self.number(query, "limit") ?? 0)
        let token = query["continue"] ?? ""
        continuation = token.isEmpty ? nil : try ContinueToken(token)
        resourceVersion = try Self.number(query, "resourceVersion").flatMap { $0 == 0 ? nil : $0 }
        isExactVersion = query["resourceVersionMatch"] == "Exact"
        wantsBookmarks = Self.isTrue(query["allowWatchBookmarks"])
        wantsInitialEvents = query["sendInitialEvents"].map { Self.isTrue($0) }
        timeoutSeconds = try Self.number(query, "timeoutSeconds").flatMap { $0 > 0 ? $0 : nil }
        if continuation != nil, query["resourceVersion"].map({ !$0.isEmpty && $0 != "0" }) ?? false {
            throw APIError(.badRequest, "specifying resource version is not allowed when using continue")
        }
        if wantsInitialEvents != nil, query["resourceVersionMatch"] != "NotOlderThan" {
            throw APIError(
                .invalid,
                "resourceVersionMatch: Forbidden: sendInitialEvents requires resourceVersionMatch NotOlderThan")
        }
    }

    /// Whether every object belongs into the answer.
    var selectsAll: Bool { labels.isEmpty && fields.isEmpty }

    func matches(_ object: JSONValue, strategy: any ResourceStrategy) -> Bool {
        labels.matches(object) && fields.matches { strategy.fieldValue($0, of: object) }
    }

    static func isTrue(_ text: String?) -> Bool { text == "true" || text == "1" || text == "True" }

    private static func number(_ query: QueryParameters, _ name: String) throws(APIError) -> Int64? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw APIError(.badRequest, "\(name): Invalid value: \"\(text)\": must be a whole number")
        }
        return number
    }
}

/// Where a list in parts goes on: opaque to clients.
struct ContinueToken: Sendable, Hashable {
    var revision: Int64
    /// The last key of the part before.
    var key: String

    init(revision: Int64, key: String) {
        self.revision = revision
        self.key = key
    }

    /// - Throws: `APIError` with code `badRequest`.
    init(_ text: String) throws(APIError) {
        let invalid = APIError(.badRequest, "continue key is not valid")
        guard let bytes = Base64.decode(text), let value = try? JSONValue(parsing: bytes),
            let revision = value["rv"]?.integerValue, let key = value["start"]?.stringValue
        else { throw invalid }
        self.init(revision: revision, key: key)
    }

    var text: String {
        let value: JSONValue = ["v": "meta.k8s.io/v1", "rv": .integer(revision), "start": .string(key)]
        return Base64.encode(value.serialized())
    }
}
