import StructuredData

/// JSON patch (RFC 6902) with JSON pointers (RFC 6901).
enum JSONPatch {
    /// - Throws: `APIError` with code `badRequest` for a malformed patch, `invalid` for one that does not fit.
    static func apply(_ patch: JSONValue, to target: JSONValue) throws(APIError) -> JSONValue {
        guard let operations = patch.arrayValue else {
            throw APIError(.badRequest, "error decoding patch: a JSON patch is a list of operations")
        }
        var result = target
        for operation in operations { try apply(operation: operation, to: &result) }
        return result
    }

    private static func apply(operation: JSONValue, to target: inout JSONValue) throws(APIError) {
        let path = try pointer(operation, "path")
        switch operation["op"]?.stringValue {
        case "add": try add(try value(operation), at: path[...], to: &target)
        case "remove": try remove(at: path[...], from: &target)
        case "replace": try replace(at: path[...], with: try value(operation), in: &target)
        case "test":
            guard try read(path[...], in: target) == value(operation) else {
                throw APIError(.invalid, "testing value \(show(path)) failed")
            }
        case "copy": try add(try read(try pointer(operation, "from")[...], in: target), at: path[...], to: &target)
        case "move":
            let source = try pointer(operation, "from")
            guard !path.starts(with: source) || path == source else {
                throw APIError(.invalid, "cannot move \(show(source)) into itself")
            }
            let moved = try read(source[...], in: target)
            try remove(at: source[...], from: &target)
            try add(moved, at: path[...], to: &target)
        case let other:
            throw APIError(.badRequest, "error decoding patch: unknown operation \(other ?? "without a name")")
        }
    }

    private static func value(_ operation: JSONValue) throws(APIError) -> JSONValue {
        guard let value = operation["value"] else {
            throw APIError(.badRequest, "error decoding patch: an operation lacks its value")
        }
        return value
    }

    private static func pointer(_ operation: JSONValue, _ member: String) throws(APIError) -> [String] {
        guard let text = operation[member]?.stringValue, text.isEmpty || text.hasPrefix("/") else {
            throw APIError(.badRequest, "error decoding patch: an operation lacks a \(member) that begins with a slash")
        }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(unescaped)
    }

    private static func unescaped(_ part: Substring) -> String {
        guard part.contains("~") else { return String(part) }
        var result = ""
        var isEscape = false
        for character in part {
            if isEscape {
                result.append(character == "1" ? "/" : character == "0" ? "~" : character)
                isEscape = false
            } else if character == "~" {
                isEscape = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    private static func show(_ path: [String]) -> String { "/" + path.joined(separator: "/") }

    private static func missing(_ key: String) -> APIError {
        APIError(.invalid, "the patch names \"\(key)\", which does not exist")
    }

    private static func index(_ key: String, below limit: Int) throws(APIError) -> Int {
        guard let index = Int(key), index >= 0, index < limit, key == String(index) else { throw missing(key) }
        return index
    }

    private static func read(_ path: ArraySlice<String>, in target: JSONValue) throws(APIError) -> JSONValue {
        guard let key = path.first else { return target }
        switch target {
        case .object(let object):
            guard let child = object[key] else { throw missing(key) }
            return try read(path.dropFirst(), in: child)
        case .array(let elements):
            return try read(path.dropFirst(), in: elements[try index(key, below: elements.count)])
        default: throw missing(key)
        }
    }

    /// Walks to the parent of the last part and changes it there.
    private static func change(
        _ path: ArraySlice<String>, in target: inout JSONValue,
        _ body: (_ key: String, _ parent: inout JSONValue) throws(APIError) -> Void
    ) throws(APIError) {
        guard let key = path.first else { return }
        guard path.count > 1 else { return try body(key, &target) }
        switch target {
        case .object(var object):
            guard var child = object[key] else { throw missing(key) }
            try change(path.dropFirst(), in: &child, body)
            object[key] = child
            target = .object(object)
        case .array(var elements):
            let position = try index(key, below: elements.count)
            try change(path.dropFirst(), in: &elements[position], body)
            target = .array(elements)
        default: throw missing(key)
        }
    }

    private static func add(
        _ value: JSONValue, at path: ArraySlice<String>, to target: inout JSONValue
    ) throws(APIError) {
        guard !path.isEmpty else { return target = value }
        try change(path, in: &target) { key, parent throws(APIError) in
            switch parent {
            case .object: parent[key] = value
            case .array(var elements):
                let position = key == "-" ? elements.count : try index(key, below: elements.count + 1)
                elements.insert(value, at: position)
                parent = .array(elements)
            default: throw missing(key)
            }
        }
    }

    private static func remove(at path: ArraySlice<String>, from target: inout JSONValue) throws(APIError) {
        try change(path, in: &target) { key, parent throws(APIError) in
            switch parent {
            case .object(let object):
                guard object.contains(key) else { throw missing(key) }
                parent[key] = nil
            case .array(var elements):
                elements.remove(at: try index(key, below: elements.count))
                parent = .array(elements)
            default: throw missing(key)
            }
        }
    }

    private static func replace(
        at path: ArraySlice<String>, with value: JSONValue, in target: inout JSONValue
    ) throws(APIError) {
        guard !path.isEmpty else { return target = value }
        try change(path, in: &target) { key, parent throws(APIError) in
            switch parent {
            case .object(let object):
                guard object.contains(key) else { throw missing(key) }
                parent[key] = value
            case .array(var elements):
                elements[try index(key, below: elements.count)] = value
                parent = .array(elements)
            default: throw missing(key)
            }
        }
    }
}
