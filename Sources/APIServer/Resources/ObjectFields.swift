import StructuredData

/// The fields of an object's metadata that the server itself reads and writes.
extension JSONValue {
    var name: String { metadata("name") ?? "" }
    var namespace: String { metadata("namespace") ?? "" }
    var uid: String { metadata("uid") ?? "" }
    var resourceVersion: String { metadata("resourceVersion") ?? "" }
    var creationTimestamp: String? { metadata("creationTimestamp") }
    var deletionTimestamp: String? { metadata("deletionTimestamp") }
    var deletionGracePeriodSeconds: Int64? { value(at: "metadata", "deletionGracePeriodSeconds")?.integerValue }
    var finalizers: [JSONValue] { elements("metadata", "finalizers") }

    /// The text of a member of the metadata; nil when there is none.
    func metadata(_ member: String) -> String? { value(at: "metadata", member)?.stringValue }

    func annotation(_ key: String) -> String? { value(at: "metadata", "annotations", key)?.stringValue }

    /// The elements of a list; none when there is no list.
    func elements(_ path: String...) -> [JSONValue] { value(at: path)?.arrayValue ?? [] }

    mutating func setMetadata(_ member: String, _ value: JSONValue?) { set(value, at: "metadata", member) }

    /// The value without members that are null, which mean the same as members that are not there.
    var withoutNulls: JSONValue {
        switch self {
        case .object(let object):
            return .object(
                JSONObject(
                    object.members.compactMap { member in
                        member.value.isNull
                            ? nil : JSONObject.Member(key: member.key, value: member.value.withoutNulls)
                    }))
        case .array(let elements): return .array(elements.map(\.withoutNulls))
        default: return self
        }
    }
}
