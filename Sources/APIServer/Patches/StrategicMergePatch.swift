import StructuredData

/// Kubernetes' strategic merge patch (apimachinery/pkg/util/strategicpatch/patch.go).
enum StrategicMergePatch {
    /// - Throws: `APIError` with code `badRequest` for a directive that is none.
    static func apply(_ patch: JSONValue, to target: JSONValue, schema: PatchSchema) throws(APIError) -> JSONValue {
        guard case .object(let changes) = patch else {
            throw APIError(.badRequest, "error decoding patch: a strategic merge patch is an object")
        }
        return .object(try merge(changes, into: target.objectValue ?? JSONObject(), schema))
    }

    private enum Directive {
        static let patch = "$patch"
        static let retainKeys = "$retainKeys"
        static let deleteFromList = "$deleteFromPrimitiveList/"
        static let elementOrder = "$setElementOrder/"
    }

    // MARK: - Mappings

    private static func merge(
        _ patch: JSONObject, into original: JSONObject, _ schema: PatchSchema
    ) throws(APIError) -> JSONObject {
        switch patch[Directive.patch]?.stringValue {
        case "replace":
            var replacement = patch
            replacement[Directive.patch] = nil
            return withoutNulls(replacement)
        case "delete": return JSONObject()
        case nil, "merge": break
        case let other?: throw APIError(.badRequest, "unknown patch type: \(other)")
        }
        var result = original
        if let retained = patch[Directive.retainKeys]?.arrayValue {
            let kept = Set(retained.compactMap(\.stringValue))
            for key in original.keys where !kept.contains(key) { result[key] = nil }
        }
        for (key, change) in patch where !key.hasPrefix("$") {
            result[key] = try merged(key, change, result[key], patch, schema)
        }
        try applyLooseDirectives(patch, to: &result, schema)
        return result
    }

    /// The new value of one field; nil removes it.
    private static func merged(
        _ key: String, _ change: JSONValue, _ original: JSONValue?, _ patch: JSONObject, _ schema: PatchSchema
    ) throws(APIError) -> JSONValue? {
        switch change {
        case .null: return nil
        case .object(let changes):
            return .object(try merge(changes, into: original?.objectValue ?? JSONObject(), schema.member(key)))
        case .array(let changes):
            guard let list = schema.list(key) else { return change }
            let originals = original?.arrayValue ?? []
            switch list {
            case .keyed(let mergeKey, let element):
                let order = patch[Directive.elementOrder + key]?.arrayValue
                return .array(
                    try mergeElements(changes, into: originals, mergeKey: mergeKey, element, order: order))
            case .values:
                let deleted = Set(patch[Directive.deleteFromList + key]?.arrayValue ?? [])
                var result = originals.filter { !deleted.contains($0) }
                for change in changes where !result.contains(change) { result.append(change) }
                return .array(inOrder(result, originals, patch[Directive.elementOrder + key]?.arrayValue) { $0 })
            }
        default: return change
        }
    }

    /// Directives about a list that the patch does not name otherwise.
    private static func applyLooseDirectives(
        _ patch: JSONObject, to result: inout JSONObject, _ schema: PatchSchema
    ) throws(APIError) {
        for (key, value) in patch {
            if key.hasPrefix(Directive.deleteFromList) {
                let field = String(key.dropFirst(Directive.deleteFromList.count))
                guard !patch.contains(field), let originals = result[field]?.arrayValue else { continue }
                let deleted = Set(value.arrayValue ?? [])
                result[field] = .array(originals.filter { !deleted.contains($0) })
            } else if key.hasPrefix(Directive.elementOrder) {
                let field = String(key.dropFirst(Directive.elementOrder.count))
                guard !patch.contains(field), let originals = result[field]?.arrayValue else { continue }
                guard case .keyed(let mergeKey, _)? = schema.list(field) else { continue }
                result[field] = .array(inOrder(originals, originals, value.arrayValue) { $0[mergeKey] })
            }
        }
    }

    /// A new mapping has no place for the nulls that would delete from an old one.
    private static func withoutNulls(_ object: JSONObject) -> JSONObject {
        JSONObject(object.members.filter { !$0.value.isNull })
    }

    // MARK: - Lists

    private static func mergeElements(
        _ changes: [JSONValue], into originals: [JSONValue], mergeKey: String, _ schema: PatchSchema,
        order: [JSONValue]?
    ) throws(APIError) -> [JSONValue] {
        var result = originals
        if changes.contains(where: { $0[Directive.patch]?.stringValue == "replace" && $0[mergeKey] == nil }) {
            return changes.filter { $0[Directive.patch] == nil }
        }
        for change in changes {
            guard case .object(let object) = change, let identity = object[mergeKey] else {
                throw APIError(.badRequest, "map: \(change) does not contain declared merge key: \(mergeKey)")
            }
            let position = result.firstIndex { $0[mergeKey] == identity }
            if object[Directive.patch]?.stringValue == "delete" {
                result.removeAll { $0[mergeKey] == identity }
            } else if let position {
                let existing = result[position].objectValue ?? JSONObject()
                result[position] = .object(try merge(object, into: existing, schema))
            } else {
                result.append(.object(try merge(object, into: JSONObject(), schema)))
            }
        }
        return inOrder(result, originals, order) { $0[mergeKey] }
    }

    /// Sorts elements as the patch wants them; those that it does not know stay where they were among the others.
    private static func inOrder(
        _ elements: [JSONValue], _ originals: [JSONValue], _ order: [JSONValue]?,
        _ identity: (JSONValue) -> JSONValue?
    ) -> [JSONValue] {
        guard let order else { return elements }
        let wanted = order.map { identity($0) }
        let former = originals.map { identity($0) }
        let ordered = wanted.compactMap { key in elements.first { identity($0) == key } }
        var strangers = elements.filter { !wanted.contains(identity($0)) }[...]
        var result: [JSONValue] = []
        for element in ordered {
            if let place = former.firstIndex(of: identity(element)) {
                while let stranger = strangers.first, let other = former.firstIndex(of: identity(stranger)),
                    other < place
                {
                    result.append(stranger)
                    strangers = strangers.dropFirst()
                }
            }
            result.append(element)
        }
        return result + strangers
    }
}
