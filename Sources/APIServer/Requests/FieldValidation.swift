import HTTPServing
import KubernetesAPI
import StructuredData

/// What becomes of fields that an object's kind does not have, or has twice.
enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"

    /// Clients that want to know say so; for all others looking would cost more than it is worth.
    init(_ query: QueryParameters) throws(APIError) {
        let text = query["fieldValidation"] ?? ""
        guard let choice = text.isEmpty ? .ignore : FieldValidation(rawValue: text) else {
            throw APIError(
                .invalid,
                "fieldValidation: Unsupported value: \"\(text)\": supported values: \"Ignore\", \"Strict\", \"Warn\"")
        }
        self = choice
    }

    /// Looks at the text of an object, in which a field can be given twice.
    /// - Returns: the warnings for the client.
    /// - Throws: `APIError` with code `badRequest` if the client wants it strict.
    func check(_ bytes: [UInt8], _ resource: APIResource) throws(APIError) -> [String] {
        guard self != .ignore, let document = try? DocumentReader.readSingle(bytes) else { return [] }
        return try judge(Self.issues(in: document, kind: resource.kind), resource)
    }

    /// Looks at the result of a patch.
    func check(_ object: JSONValue, _ resource: APIResource) throws(APIError) -> [String] {
        guard self != .ignore else { return [] }
        return try judge(Self.issues(in: DocumentNode(object), kind: resource.kind), resource)
    }

    private func judge(_ issues: [DecodingIssue], _ resource: APIResource) throws(APIError) -> [String] {
        let problems = issues.compactMap { issue -> String? in
            switch issue.kind {
            case .unknownField: "unknown field \"\(issue.path)\""
            case .duplicateField: "duplicate field \"\(issue.path)\""
            default: nil
            }
        }
        guard self == .strict, !problems.isEmpty else { return problems }
        throw APIError(
            .badRequest,
            "\(resource.kind) in version \"\(resource.version)\" cannot be handled as a \(resource.kind): "
                + "strict decoding error: \(problems.joined(separator: ", "))")
    }

    private static func issues(in document: DocumentNode, kind: String) -> [DecodingIssue] {
        switch kind {
        case "Pod": Pod.decode(document).issues
        case "Node": Node.decode(document).issues
        case "Namespace": Namespace.decode(document).issues
        case "Event": Event.decode(document).issues
        case "Lease": Lease.decode(document).issues
        case "RuntimeClass": RuntimeClass.decode(document).issues
        default: dataIssues(in: document, kind: kind)
        }
    }

    /// Config maps and secrets, which have no type of their own here.
    private static func dataIssues(in document: DocumentNode, kind: String) -> [DecodingIssue] {
        let common = ["apiVersion", "kind", "metadata", "data", "immutable"]
        let known = common + (kind == "Secret" ? ["stringData", "type"] : ["binaryData"])
        guard case .mapping(let entries) = document.value else { return [] }
        var seen: Set<String> = []
        var issues: [DecodingIssue] = []
        for entry in entries {
            let path = FieldPath(entry.key)
            if !known.contains(entry.key) {
                issues.append(DecodingIssue(path: path, message: "unknown field", kind: .unknownField))
            } else if !seen.insert(entry.key).inserted {
                issues.append(DecodingIssue(path: path, message: "field is given twice", kind: .duplicateField))
            }
            if entry.key == "metadata" { issues += ObjectMeta.decode(entry.value, at: path).issues }
        }
        return issues
    }
}
