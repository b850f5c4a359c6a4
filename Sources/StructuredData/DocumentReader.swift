/// Reads the documents of a YAML stream or a JSON text.
package enum DocumentReader {
    /// The documents in order; one that is no document has the reason in its place.
    ///
    /// A text whose first byte other than white space is `{` or `[` is JSON, anything else YAML, as upstream has
    /// it. Documents without content (comments only) are left out. After a YAML syntax error nothing more can be
    /// read: it is the last result.
    package static func read(_ bytes: [UInt8]) -> [Result<DocumentNode, DocumentError>] {
        guard !bytes.isEmpty else { return [] }
        return bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer)
            let first = scanner.peek()
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                return [scanner.wholeDocument()]
            }
            return YAMLComposer.documents(of: buffer)
        }
    }

    /// The only document of a text.
    ///
    /// - Throws: `DocumentError` if there is none, more than one or a broken one.
    package static func readSingle(_ bytes: [UInt8]) throws(DocumentError) -> DocumentNode {
        let documents = read(bytes)
        guard let first = documents.first else {
            throw DocumentError(message: "there is no document", mark: SourceMark(line: 1, column: 1))
        }
        let document = try first.get()
        guard documents.count == 1 else {
            // A second one that is broken tells more than that there is a second one.
            let mark = try documents[1].get().mark
            throw DocumentError(message: "only one document is expected", mark: mark)
        }
        return document
    }
}

extension JSONScanner {
    fileprivate mutating func wholeDocument() -> Result<DocumentNode, DocumentError> {
        do {
            let node = try node(depth: 0)
            try expectEnd()
            return .success(node)
        } catch {
            let mark = SourceMark(line: error.line, column: error.column)
            return .failure(DocumentError(message: error.message, mark: mark))
        }
    }

    private mutating func node(depth: Int) throws(JSONParseError) -> DocumentNode {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit) levels") }
        let first = peek()
        let mark = mark
        switch first {
        case UInt8(ascii: "{"): return DocumentNode(.mapping(try entries(depth: depth)), mark: mark)
        case UInt8(ascii: "["): return DocumentNode(.sequence(try elements(depth: depth)), mark: mark)
        case UInt8(ascii: "\""): return DocumentNode(.string(try string()), mark: mark)
        default:
            var node = DocumentNode(try scalar())
            node.mark = mark
            return node
        }
    }

    private mutating func entries(depth: Int) throws(JSONParseError) -> [DocumentNode.Entry] {
        try expect(UInt8(ascii: "{"), "where an object is expected")
        if consume(UInt8(ascii: "}")) { return [] }
        var entries: [DocumentNode.Entry] = []
        repeat {
            _ = peek()
            let keyMark = mark
            let key = try string()
            try expect(UInt8(ascii: ":"), "after a member name")
            entries.append(DocumentNode.Entry(key: key, keyMark: keyMark, value: try node(depth: depth + 1)))
        } while consume(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"), "after a member")
        return entries
    }

    private mutating func elements(depth: Int) throws(JSONParseError) -> [DocumentNode] {
        try expect(UInt8(ascii: "["), "where an array is expected")
        if consume(UInt8(ascii: "]")) { return [] }
        var elements: [DocumentNode] = []
        repeat {
            elements.append(try node(depth: depth + 1))
        } while consume(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "after an element")
        return elements
    }
}
