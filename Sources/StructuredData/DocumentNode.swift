/// One value of a YAML or JSON document, with the place in the text where it stands.
package struct DocumentNode: Sendable {
    package enum Value: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case string(String)
        case sequence([DocumentNode])
        /// Members in the order of the text; a name given twice is there twice.
        case mapping([Entry])
    }

    package struct Entry: Sendable {
        package var key: String
        package var keyMark: SourceMark?
        package var value: DocumentNode

        package init(key: String, keyMark: SourceMark? = nil, value: DocumentNode) {
            self.key = key
            self.keyMark = keyMark
            self.value = value
        }
    }

    package var value: Value
    /// Where the value begins; nil for one that did not come from a text.
    package var mark: SourceMark?

    package init(_ value: Value, mark: SourceMark? = nil) {
        self.value = value
        self.mark = mark
    }

    package init(_ value: JSONValue) {
        switch value {
        case .null: self.init(Value.null)
        case .bool(let value): self.init(Value.bool(value))
        case .integer(let value): self.init(Value.integer(value))
        case .double(let value): self.init(Value.double(value))
        case .string(let value): self.init(Value.string(value))
        case .array(let elements): self.init(Value.sequence(elements.map(DocumentNode.init)))
        case .object(let object):
            self.init(Value.mapping(object.members.map { Entry(key: $0.key, value: DocumentNode($0.value)) }))
        }
    }

    /// The value of that member, the last one of a name given twice; nil when there is none.
    package subscript(key: String) -> DocumentNode? {
        guard case .mapping(let entries) = value else { return nil }
        return entries.last { $0.key == key }?.value
    }

    /// The element at that position; nil when there is none.
    package subscript(index: Int) -> DocumentNode? {
        guard case .sequence(let elements) = value, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    package var stringValue: String? {
        if case .string(let value) = value { value } else { nil }
    }

    /// The value as JSON if it has no parts; nil for sequences and mappings.
    package var scalar: JSONValue? {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .sequence, .mapping: nil
        }
    }
}

extension JSONValue {
    /// The document without its marks; of members with the same name the last counts.
    package init(_ node: DocumentNode) {
        switch node.value {
        case .sequence(let elements):
            self = .array(elements.map(JSONValue.init))
        case .mapping(let entries):
            let members = entries.map { JSONObject.Member(key: $0.key, value: JSONValue($0.value)) }
            self = .object(JSONObject(members))
        default:
            self = node.scalar ?? .null
        }
    }
}

extension DocumentNode {
    /// Where the value of a field path such as `spec.containers[0].env[1].name` stands.
    ///
    /// For a field that is not there it is the place of the nearest one around it. Composite values are
    /// located by their member name, as the value itself begins on a later line.
    package func mark(at path: FieldPath) -> SourceMark? {
        var current = self
        var found = mark
        for component in path.components {
            switch (current.value, component) {
            case (.mapping(let entries), .name(let name)), (.mapping(let entries), .key(let name)):
                guard let entry = entries.last(where: { $0.key == name }) else { return found }
                current = entry.value
                found = entry.value.scalar.map { !$0.isNull } == true ? entry.value.mark : entry.keyMark
            case (.sequence(let elements), .index(let index)) where elements.indices.contains(index):
                current = elements[index]
                found = current.mark
            default:
                return found
            }
        }
        return found
    }
}
