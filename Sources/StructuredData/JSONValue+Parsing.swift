extension JSONValue {
    /// Parses one JSON text; of members with the same name the last counts.
    ///
    /// - Throws: `JSONParseError` for anything that is not exactly one JSON value.
    package init(parsing bytes: some Collection<UInt8>) throws(JSONParseError) {
        let result = bytes.withContiguousStorageIfAvailable { Self.parse($0) }
        self = try (result ?? Array(bytes).withUnsafeBufferPointer { Self.parse($0) }).get()
    }

    /// Parses one JSON text.
    package init(parsing text: String) throws(JSONParseError) {
        try self.init(parsing: text.utf8)
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONParseError> {
        var scanner = JSONScanner(bytes)
        return Result { () throws(JSONParseError) in
            let value = try scanner.value(depth: 0)
            try scanner.expectEnd()
            return value
        }
    }
}

extension JSONScanner {
    fileprivate mutating func value(depth: Int) throws(JSONParseError) -> JSONValue {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit) levels") }
        switch peek() {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        default: return try scalar()
        }
    }

    /// A value that has no parts and no quotes: word or number.
    mutating func scalar() throws(JSONParseError) -> JSONValue {
        switch peek() {
        case UInt8(ascii: "t"):
            try expectWord("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expectWord("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expectWord("null")
            return .null
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            return try number()
        default:
            throw unexpected("at the beginning of a value")
        }
    }

    private mutating func object(depth: Int) throws(JSONParseError) -> JSONObject {
        try expect(UInt8(ascii: "{"), "where an object is expected")
        if consume(UInt8(ascii: "}")) { return JSONObject() }
        var members: [JSONObject.Member] = []
        repeat {
            _ = peek()
            let key = try string()
            try expect(UInt8(ascii: ":"), "after a member name")
            members.append(JSONObject.Member(key: key, value: try value(depth: depth + 1)))
        } while consume(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "after a member")
        return JSONObject(members)
    }

    private mutating func array(depth: Int) throws(JSONParseError) -> [JSONValue] {
        try expect(UInt8(ascii: "["), "where an array is expected")
        if consume(UInt8(ascii: "]")) { return [] }
        var elements: [JSONValue] = []
        repeat {
            elements.append(try value(depth: depth + 1))
        } while consume(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "after an element")
        return elements
    }
}
