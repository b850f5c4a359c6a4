extension FieldTableCodable {
    /// Decodes a value without marks, noting everything that is wrong instead of stopping.
    package static func decode(_ value: JSONValue, at path: FieldPath = FieldPath()) -> Decoded<Self> {
        decode(.value(value), at: path)
    }

    /// Decodes a marked document, noting everything that is wrong, with its place.
    package static func decode(_ node: DocumentNode, at path: FieldPath = FieldPath()) -> Decoded<Self> {
        decode(.node(node), at: path)
    }

    /// Decodes as upstream's clients do: unknown and repeated fields are let pass.
    ///
    /// - Throws: `FieldDecodingError` with everything else that is wrong.
    package init(_ value: JSONValue) throws(FieldDecodingError) {
        self = try Self.decode(value).lenient()
    }

    /// Decodes JSON text as upstream's clients do: unknown and repeated fields are let pass.
    ///
    /// - Throws: `JSONParseError`, or `FieldDecodingError` with everything that is wrong.
    package init(jsonBytes: some Collection<UInt8>) throws {
        try self.init(JSONValue(parsing: jsonBytes))
    }

    private static func decode(_ input: FieldInput, at path: FieldPath) -> Decoded<Self> {
        var decoder = FieldDecoder(path: path)
        let value = decode(input, &decoder) ?? Self()
        return Decoded(value: value, issues: decoder.issues)
    }

    package static func decode(_ input: FieldInput, _ decoder: inout FieldDecoder) -> Self? {
        guard input.isMapping else { return decoder.wrongType(expected: "a mapping", input) }
        var root = Self()
        let table = fields
        var seen = PositionSet()
        input.forEachMember { name, nameMark, member in
            decoder.within(.name(name)) { decoder in
                guard let position = table.position(of: name) else {
                    return decoder.report(.unknownField, unknownFieldMessage(name, table.names), at: nameMark)
                }
                if !seen.insert(position) {
                    decoder.report(.duplicateField, "field \"\(name)\" is given twice", at: nameMark)
                }
                if !member.isNull { table.fields[position].decode(&root, member, &decoder) }
            }
        }
        for position in table.required where !seen.contains(position) {
            decoder.within(.name(table.fields[position].name)) {
                $0.report(.missing, "required field is missing", at: input.mark)
            }
        }
        return root
    }

    package func encoded() -> JSONValue {
        var object = JSONObject()
        for field in Self.fields.fields {
            if let value = field.encode(self) { object.append(uniqueKey: field.name, value) }
        }
        return .object(object)
    }

    package static var fromNull: Self? { Self() }
    package var isEmptyField: Bool { self == Self() }
}

private func unknownFieldMessage(_ name: String, _ known: [String]) -> String {
    let message = "unknown field \"\(name)\""
    guard let nearest = nearestWord(to: name, among: known) else { return message }
    return "\(message), did you mean \"\(nearest)\"?"
}

/// The fields a mapping has had so far, as bits: two words hold the positions of the largest table.
private struct PositionSet {
    private var low: UInt128 = 0
    private var high: UInt128 = 0

    /// Whether the position is new.
    mutating func insert(_ position: Int) -> Bool {
        defer {
            if position < 128 { low |= 1 << UInt128(position) } else { high |= 1 << UInt128(position - 128) }
        }
        return !contains(position)
    }

    func contains(_ position: Int) -> Bool {
        (position < 128 ? low >> UInt128(position) : high >> UInt128(position - 128)) & 1 == 1
    }
}
