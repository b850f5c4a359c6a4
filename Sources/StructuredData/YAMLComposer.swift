/// Makes document trees of YAML events: resolves aliases, merge keys and plain scalars.
struct YAMLComposer: ~Copyable {
    /// The most nodes that aliases may add to a document: ten lines of nested aliases would make billions.
    static let expansionLimit = 100_000
    static let depthLimit = JSONScanner.depthLimit

    private let events: YAMLEventStream
    private var anchors: [String: Anchor] = [:]
    /// How many nodes the document has so far, those repeated by aliases counted each time.
    private var nodeCount = 0
    private var expandedCount = 0
    private var depth = 0
    /// What first made the document unusable though its syntax is right.
    private var problem: DocumentError?

    private struct Anchor {
        var node: DocumentNode
        var nodeCount: Int
    }

    private init(_ events: consuming YAMLEventStream) {
        self.events = events
    }

    static func documents(of input: UnsafeBufferPointer<UInt8>) -> [Result<DocumentNode, DocumentError>] {
        var documents: [Result<DocumentNode, DocumentError>] = []
        do {
            var composer = YAMLComposer(try YAMLEventStream(input))
            while true {
                let event = try composer.events.next()
                switch event.kind {
                case .streamEnd: return documents
                case .documentStart: if let document = try composer.document() { documents.append(document) }
                default: continue
                }
            }
        } catch {
            documents.append(.failure(error))
            return documents
        }
    }

    /// One document to its end; nil if it is empty.
    private mutating func document() throws(DocumentError) -> Result<DocumentNode, DocumentError>? {
        anchors = [:]
        nodeCount = 0
        expandedCount = 0
        problem = nil
        let event = try events.next()
        if case .scalar(let scalar) = event.kind, scalar.text.isEmpty, scalar.isPlain, scalar.tag == nil {
            _ = try events.next()
            return nil
        }
        let node = try node(event)
        _ = try events.next()
        return problem.map { .failure($0) } ?? .success(node)
    }

    private mutating func node(_ event: YAMLEvent) throws(DocumentError) -> DocumentNode {
        guard depth < Self.depthLimit else {
            throw DocumentError(message: "nested deeper than \(Self.depthLimit) levels", mark: event.mark)
        }
        depth += 1
        defer { depth -= 1 }
        let countBefore = nodeCount
        nodeCount += 1
        let node: DocumentNode
        switch event.kind {
        case .alias(let name): return repeated(name, at: event.mark)
        case .scalar(let scalar): node = DocumentNode(scalar.resolved, mark: event.mark)
        case .sequenceStart: node = DocumentNode(.sequence(try elements()), mark: event.mark)
        case .mappingStart: node = DocumentNode(.mapping(try entries()), mark: event.mark)
        default: throw DocumentError(message: "a value is missing", mark: event.mark)
        }
        if let anchor = event.anchor {
            anchors[anchor] = Anchor(node: node, nodeCount: nodeCount - countBefore)
        }
        return node
    }

    private mutating func repeated(_ name: String, at mark: SourceMark) -> DocumentNode {
        guard let anchor = anchors[name] else {
            report("there is no anchor \"\(name)\" before this alias", at: mark)
            return DocumentNode(.null, mark: mark)
        }
        nodeCount += anchor.nodeCount
        expandedCount += anchor.nodeCount
        guard expandedCount <= Self.expansionLimit else {
            report("aliases make the document larger than \(Self.expansionLimit) values", at: mark)
            return DocumentNode(.null, mark: mark)
        }
        return anchor.node
    }

    private mutating func elements() throws(DocumentError) -> [DocumentNode] {
        var elements: [DocumentNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try node(event))
        }
    }

    private mutating func entries() throws(DocumentError) -> [DocumentNode.Entry] {
        var entries: [DocumentNode.Entry] = []
        var merged: [DocumentNode] = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            if case .scalar(let scalar) = event.kind, scalar.isMergeKey {
                collect(try node(events.next()), into: &merged)
                continue
            }
            let keyNode = try node(event)
            let value = try node(events.next())
            if let key = key(keyNode, at: event.mark) {
                entries.append(DocumentNode.Entry(key: key, keyMark: event.mark, value: value))
            }
        }
        // Keys of the mapping itself win over merged ones, of those the first.
        for mapping in merged {
            guard case .mapping(let additions) = mapping.value else { continue }
            let present = Set(entries.map(\.key))
            entries += additions.filter { !present.contains($0.key) }
        }
        return entries
    }

    private mutating func collect(_ node: DocumentNode, into merged: inout [DocumentNode]) {
        switch node.value {
        case .mapping: merged.append(node)
        case .sequence(let elements):
            for element in elements { collect(element, into: &merged) }
        default: report("only mappings can be merged", at: node.mark)
        }
    }

    /// Keys that are no strings are written as JSON would, as sigs.k8s.io/yaml does.
    private mutating func key(_ node: DocumentNode, at mark: SourceMark) -> String? {
        switch node.value {
        case .string(let text): return text
        case .bool, .integer, .double: return node.scalar?.serializedString
        case .null, .sequence, .mapping:
            report("a key must be a single value", at: mark)
            return nil
        }
    }

    private mutating func report(_ message: String, at mark: SourceMark?) {
        if problem == nil { problem = DocumentError(message: message, mark: mark) }
    }
}
