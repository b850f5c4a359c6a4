/// What a field is decoded from: a value without marks (cheap) or a node of a marked document.
package enum FieldInput: Sendable {
    case value(JSONValue)
    case node(DocumentNode)

    package var mark: SourceMark? {
        if case .node(let node) = self { node.mark } else { nil }
    }

    /// The value as JSON if it has no parts; nil for sequences and mappings.
    package var scalar: JSONValue? {
        switch self {
        case .value(.array), .value(.object): nil
        case .value(let value): value
        case .node(let node): node.scalar
        }
    }

    package var isNull: Bool {
        switch self {
        case .value(.null): true
        case .node(let node): if case .null = node.value { true } else { false }
        default: false
        }
    }

    /// The whole value without marks.
    package var json: JSONValue {
        switch self {
        case .value(let value): value
        case .node(let node): JSONValue(node)
        }
    }

    /// What was found, for the message of a wrong type.
    package var found: String {
        switch self {
        case .value(let value): Self.describe(value)
        case .node(let node):
            switch node.value {
            case .sequence: "a list"
            case .mapping: "a mapping"
            default: Self.describe(node.scalar ?? .null)
            }
        }
    }

    private static func describe(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "boolean \(value)"
        case .integer, .double: "number \(value.serializedString)"
        case .string(let text): text.utf8.count <= 64 ? "string \(value.serializedString)" : "a string"
        case .array: "a list"
        case .object: "a mapping"
        }
    }

    /// The elements, nil if it is no sequence.
    var elements: [FieldInput]? {
        switch self {
        case .value(.array(let elements)): elements.map { .value($0) }
        case .node(let node): if case .sequence(let elements) = node.value { elements.map { .node($0) } } else { nil }
        default: nil
        }
    }

    var isMapping: Bool {
        switch self {
        case .value(.object): true
        case .node(let node): if case .mapping = node.value { true } else { false }
        default: false
        }
    }

    /// Calls the body with each member: name, its mark and value. Does nothing if it is no mapping.
    func forEachMember(_ body: (String, SourceMark?, FieldInput) -> Void) {
        switch self {
        case .value(.object(let object)):
            for member in object.members { body(member.key, nil, .value(member.value)) }
        case .node(let node):
            guard case .mapping(let entries) = node.value else { return }
            for entry in entries { body(entry.key, entry.keyMark, .node(entry.value)) }
        default:
            break
        }
    }
}
