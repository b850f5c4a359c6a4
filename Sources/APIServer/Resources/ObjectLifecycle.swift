import KubernetesAPI
import StructuredData

/// The metadata that the server keeps for every object (apiserver/pkg/registry/rest).
enum ObjectLifecycle {
    // MARK: - Birth

    /// Fits a client's object to the path it is created at, and gives it an identity.
    static func prepareForCreate(_ object: inout JSONValue, _ call: APICall) throws(APIError) {
        try checkKind(object, call.resource)
        try setNamespace(&object, call)
        if object.name.isEmpty, let prefix = object.metadata("generateName"), !prefix.isEmpty {
            object.setMetadata("name", .string(generatedName(prefix)))
        }
        for member in ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            object.setMetadata(member, nil)
        }
        object.setMetadata("managedFields", nil)
        object.setMetadata("uid", .string(randomUID()))
        object.setMetadata("creationTimestamp", .string(call.now.rfc3339))
        try call.resource.strategy.prepareForCreate(&object)
        let issues = metadataIssues(object, call.resource) + call.resource.strategy.validate(object)
        guard issues.isEmpty else { throw APIError.invalid(call.resource, object.name, unique(issues)) }
    }

    // MARK: - Change

    /// Fits a client's object to the one it shall replace.
    static func prepareForUpdate(
        _ object: inout JSONValue, old: JSONValue, resource: APIResource, subresource: String
    ) throws(APIError) {
        try checkKind(object, resource)
        guard object.name.isEmpty || object.name == old.name else {
            throw APIError(
                .badRequest, "the name of the object (\(object.name)) does not match the name on the URL (\(old.name))")
        }
        guard object.namespace.isEmpty || object.namespace == old.namespace else {
            throw APIError(
                .badRequest, "the namespace of the provided object does not match the namespace sent on the request")
        }
        if let uid = object.metadata("uid"), uid != old.uid {
            throw APIError.conflict(
                resource, old.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        let kept = [
            "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
            "generateName", "generation", "resourceVersion",
        ]
        for member in kept { object.setMetadata(member, old.value(at: "metadata", member)) }
        object.setMetadata("managedFields", nil)
        object.setMetadata("selfLink", nil)
        try resource.strategy.prepareForUpdate(&object, old: old, subresource: subresource)
        let issues =
            metadataIssues(object, resource)
            + resource.strategy.validateUpdate(object, old: old, subresource: subresource)
        guard issues.isEmpty else { throw APIError.invalid(resource, old.name, unique(issues)) }
    }

    // MARK: - Rules

    private static func checkKind(_ object: JSONValue, _ resource: APIResource) throws(APIError) {
        if let kind = object["kind"]?.stringValue, kind != resource.kind {
            throw APIError(
                .badRequest,
                "\(kind) in version \"\(object["apiVersion"]?.stringValue ?? "")\" cannot be handled as a \(resource.kind)"
            )
        }
        if let version = object["apiVersion"]?.stringValue, version != resource.groupVersion {
            throw APIError(
                .badRequest,
                "the API version in the data (\(version)) does not match the expected API version (\(resource.groupVersion))"
            )
        }
        if let metadata = object["metadata"], metadata.objectValue == nil {
            throw APIError(.badRequest, "\(resource.kind) cannot be read: metadata must be an object")
        }
    }

    private static func setNamespace(_ object: inout JSONValue, _ call: APICall) throws(APIError) {
        guard call.resource.isNamespaced else {
            guard object.namespace.isEmpty else {
                throw APIError(.badRequest, "namespace is not allowed on this type")
            }
            object.setMetadata("namespace", nil)
            return
        }
        guard object.namespace.isEmpty || object.namespace == call.path.namespace else {
            throw APIError(
                .badRequest, "the namespace of the provided object does not match the namespace sent on the request")
        }
        object.setMetadata("namespace", .string(call.path.namespace))
    }

    private static func metadataIssues(_ object: JSONValue, _ resource: APIResource) -> [FieldError] {
        var issues: [FieldError] = []
        if object.name.isEmpty {
            issues.append(FieldError(.required, "metadata.name", "name or generateName is required"))
        } else if let problem = resource.strategy.problem(withName: object.name) {
            issues.append(FieldError(.invalid, "metadata.name", value: quoted(object.name), problem))
        }
        for map in ["labels", "annotations"] {
            guard let entries = object.value(at: "metadata", map)?.objectValue else {
                if object.value(at: "metadata", map) != nil {
                    issues.append(FieldError(.invalid, "metadata.\(map)", "must be a mapping"))
                }
                continue
            }
            for (key, value) in entries { issues += entryIssues(map, key, value) }
        }
        return issues
    }

    private static func entryIssues(_ map: String, _ key: String, _ value: JSONValue) -> [FieldError] {
        guard let text = value.stringValue else {
            return [FieldError(.invalid, "metadata.\(map).\(key)", value: value.serializedString, "must be a string")]
        }
        // Annotation keys may be in upper case, their prefix too.
        if let problem = NameRules.qualifiedName(map == "labels" ? key : key.lowercased()) {
            return [FieldError(.invalid, "metadata.\(map)", value: quoted(key), problem)]
        }
        guard map == "labels", let problem = NameRules.labelValue(text) else { return [] }
        return [FieldError(.invalid, "metadata.labels", value: quoted(text), problem)]
    }

    /// Two sets of rules may have the same to say.
    private static func unique(_ issues: [FieldError]) -> [FieldError] {
        var seen: Set<String> = []
        return issues.filter { seen.insert($0.field + $0.reason.rawValue).inserted }
    }

    private static func quoted(_ text: String) -> String { JSONValue.string(text).serializedString }

    // MARK: - Chance

    /// A name that begins so and ends at random, without letters that make words.
    static func generatedName(_ prefix: String) -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        let suffix = (0..<5).compactMap { _ in letters.randomElement() }
        return String(prefix.prefix(58)) + String(suffix)
    }

    /// A random UUID (RFC 9562, version 4).
    static func randomUID() -> String {
        var high = UInt64.random(in: 0...UInt64.max)
        var low = UInt64.random(in: 0...UInt64.max)
        high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = Array(padded(high) + padded(low))
        let ends = [8, 12, 16, 20, 32]
        return zip([0] + ends, ends).map { String(digits[$0..<$1]) }.joined(separator: "-")
    }

    private static func padded(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
