import HTTPServing
import StructuredData

/// How to delete (metav1.DeleteOptions).
struct DeleteOptions: Sendable, Hashable {
    var gracePeriodSeconds: Int64?
    /// The UID that the object must have.
    var uid: String?
    /// The resource version that the object must have.
    var resourceVersion: String?
    var isDryRun = false

    init() {}

    /// Body and query together; the body counts more.
    init(_ body: JSONValue?, query: QueryParameters) throws(APIError) {
        if let text = query["gracePeriodSeconds"] {
            guard let seconds = Int64(text) else {
                throw APIError(.badRequest, "gracePeriodSeconds: Invalid value: \"\(text)\": must be a whole number")
            }
            gracePeriodSeconds = seconds
        }
        if let seconds = body?["gracePeriodSeconds"]?.integerValue { gracePeriodSeconds = seconds }
        uid = body?.value(at: "preconditions", "uid")?.stringValue
        resourceVersion = body?.value(at: "preconditions", "resourceVersion")?.stringValue
        let policy = body?["propagationPolicy"]?.stringValue ?? query["propagationPolicy"]
        if let policy, !["Orphan", "Background", "Foreground", ""].contains(policy) {
            throw APIError(
                .invalid,
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"\(policy)\"")
        }
        let dryRun = query.values("dryRun") + (body?.elements("dryRun").compactMap(\.stringValue) ?? [])
        guard dryRun.allSatisfy({ $0 == "All" }) else {
            throw APIError(.badRequest, "dryRun: Unsupported value: \(dryRun): supported values: \"All\"")
        }
        isDryRun = !dryRun.isEmpty
    }
}
