/// A type whose fields are declared once, for decoding, encoding and the list of known names.
///
/// ```swift
/// extension ContainerPort: FieldTableCodable {
///     package static let fields = FieldTable<ContainerPort> { table in
///         table.optional("name", \.name)
///         table.always("containerPort", \.containerPort)
///     }
/// }
/// ```
package protocol FieldTableCodable: FieldValue {
    init()
    static var fields: FieldTable<Self> { get }
}

/// The fields of a type in the order they are encoded in.
package struct FieldTable<Root: Sendable>: Sendable {
    struct Field: Sendable {
        var name: String
        var isRequired = false
        /// Decodes a value that is not null into the root.
        var decode: @Sendable (inout Root, FieldInput, inout FieldDecoder) -> Void
        /// The value to encode, nil to leave the field out.
        var encode: @Sendable (Root) -> JSONValue?
    }

    let fields: [Field]
    /// The positions of the fields that must be there.
    let required: [Int]
    private let positions: [String: Int]

    package init(_ declare: (inout FieldTableBuilder<Root>) -> Void) {
        var builder = FieldTableBuilder<Root>()
        declare(&builder)
        precondition(builder.fields.count <= 256, "a field table has at most 256 fields")
        fields = builder.fields
        required = fields.indices.filter { builder.fields[$0].isRequired }
        positions = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names of all fields, in order.
    package var names: [String] { fields.map(\.name) }

    func position(of name: String) -> Int? { positions[name] }
}

/// Declares the fields of a `FieldTable`.
package struct FieldTableBuilder<Root: Sendable> {
    package typealias Path<Value> = WritableKeyPath<Root, Value> & Sendable

    var fields: [FieldTable<Root>.Field] = []

    /// A field that must be there and is always encoded.
    package mutating func required<Value: FieldValue>(_ name: String, _ path: any Path<Value>) {
        add(name, path, isRequired: true) { $0.encoded() }
    }

    /// A field that may be missing but is always encoded, as in Go without `omitempty`.
    package mutating func always<Value: FieldValue>(_ name: String, _ path: any Path<Value>) {
        add(name, path) { $0.encoded() }
    }

    /// A field that may be missing and is left out when empty, as in Go with `omitempty`.
    package mutating func optional<Value: FieldValue>(_ name: String, _ path: any Path<Value>) {
        add(name, path) { $0.isEmptyField ? nil : $0.encoded() }
    }

    /// A field that may be missing and is left out when nil, as a pointer in Go.
    package mutating func optional<Value: FieldValue>(_ name: String, _ path: any Path<Value?>) {
        fields.append(
            FieldTable<Root>.Field(name: name) { root, input, decoder in
                root[keyPath: path] = Value.decode(input, &decoder)
            } encode: { root in
                root[keyPath: path]?.encoded()
            })
    }

    /// A field that must be there, whose absence is told apart from every value.
    package mutating func required<Value: FieldValue>(_ name: String, _ path: any Path<Value?>) {
        optional(name, path)
        fields[fields.count - 1].isRequired = true
    }

    /// A field that is known, but neither kept nor encoded.
    package mutating func ignored(_ name: String) {
        fields.append(
            FieldTable<Root>.Field(name: name) { _, _, _ in
            } encode: { _ in
                nil
            })
    }

    /// All fields of a member, as if they were the root's own.
    package mutating func inline<Value: FieldTableCodable>(_ path: any Path<Value>) {
        for field in Value.fields.fields {
            fields.append(
                FieldTable<Root>.Field(name: field.name, isRequired: field.isRequired) { root, input, decoder in
                    field.decode(&root[keyPath: path], input, &decoder)
                } encode: { root in
                    field.encode(root[keyPath: path])
                })
        }
    }

    private mutating func add<Value: FieldValue>(
        _ name: String, _ path: any Path<Value>, isRequired: Bool = false,
        encode: @escaping @Sendable (Value) -> JSONValue?
    ) {
        fields.append(
            FieldTable<Root>.Field(name: name, isRequired: isRequired) { root, input, decoder in
                if let value = Value.decode(input, &decoder) { root[keyPath: path] = value }
            } encode: { root in
                encode(root[keyPath: path])
            })
    }
}
