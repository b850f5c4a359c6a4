import StructuredData

/// The few kinds of which stock clients send protobuf and nothing else (kubectl since 1.32).
///
/// The numbers are those of upstream's `generated.proto` files.
enum ProtobufObject {
    private static let magic = Array("k8s\0".utf8)

    /// How a field is encoded, and what it becomes.
    indirect enum Field: Sendable {
        case string, integer, bool
        case strings
        case map
        /// A map whose values are bytes: base64 in JSON.
        case bytesMap
        case message(Fields)
    }

    typealias Fields = [UInt64: (name: String, type: Field)]

    /// - Throws: `APIError` with code `unsupportedMediaType` for other kinds, `badRequest` for what is malformed.
    static func decode(_ bytes: [UInt8]) throws(APIError) -> JSONValue {
        guard bytes.starts(with: magic) else {
            throw APIError(.badRequest, "the request body is not a Kubernetes protobuf message")
        }
        let typeMeta: Fields = [1: ("apiVersion", .string), 2: ("kind", .string)]
        var reader = ProtobufReader(bytes[magic.count...])
        var type: JSONValue = [:]
        var raw: ArraySlice<UInt8> = []
        while let (number, value) = try reader.field() {
            switch (number, value) {
            case (1, .bytes(let bytes)): type = try message(bytes, typeMeta)
            case (2, .bytes(let bytes)): raw = bytes
            default: break
            }
        }
        let kind = type["kind"]?.stringValue ?? ""
        guard let fields = kinds[kind] else {
            throw APIError(
                .unsupportedMediaType,
                "cannot read a \(kind) as protobuf; accepted media types include: application/json, application/yaml")
        }
        var object = try message(raw, fields)
        object["apiVersion"] = type["apiVersion"]
        object["kind"] = .string(kind)
        return object
    }

    private static func message(_ bytes: ArraySlice<UInt8>, _ fields: Fields) throws(APIError) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var object: JSONValue = [:]
        while let (number, value) = try reader.field() {
            guard let (name, type) = fields[number] else { continue }
            switch (type, value) {
            case (.integer, .varint(let number)): object[name] = .integer(Int64(bitPattern: number))
            case (.bool, .varint(let number)): object[name] = .bool(number != 0)
            case (.string, .bytes(let bytes)): object[name] = .string(String(decoding: bytes, as: UTF8.self))
            case (.strings, .bytes(let bytes)):
                let list = object.elements(name)
                object[name] = .array(list + [.string(String(decoding: bytes, as: UTF8.self))])
            case (.message(let fields), .bytes(let bytes)): object[name] = try message(bytes, fields)
            case (.map, .bytes(let bytes)):
                let entry = try message(bytes, [1: ("key", .string), 2: ("value", .string)])
                object.set(entry["value"] ?? "", at: name, entry["key"]?.stringValue ?? "")
            case (.bytesMap, .bytes(let bytes)): try addEntry(bytes, to: &object, name)
            default: throw ProtobufReader.malformed
            }
        }
        return object
    }

    private static func addEntry(
        _ bytes: ArraySlice<UInt8>, to object: inout JSONValue, _ name: String
    ) throws(APIError) {
        var reader = ProtobufReader(bytes)
        var key = ""
        var data: ArraySlice<UInt8> = []
        while let (number, value) = try reader.field() {
            guard case .bytes(let bytes) = value else { continue }
            if number == 1 { key = String(decoding: bytes, as: UTF8.self) } else { data = bytes }
        }
        object.set(.string(Base64.encode(Array(data))), at: name, key)
    }

    // MARK: - Kinds

    private static let metadata: Fields = [
        1: ("name", .string), 2: ("generateName", .string), 3: ("namespace", .string), 5: ("uid", .string),
        6: ("resourceVersion", .string), 11: ("labels", .map), 12: ("annotations", .map), 14: ("finalizers", .strings),
    ]

    private static let deleteOptions: Fields = [
        1: ("gracePeriodSeconds", .integer),
        2: ("preconditions", .message([1: ("uid", .string), 2: ("resourceVersion", .string)])),
        3: ("orphanDependents", .bool), 4: ("propagationPolicy", .string), 5: ("dryRun", .strings),
    ]

    private static let accessReviewSpec: Fields = [
        1: (
            "resourceAttributes",
            .message([
                1: ("namespace", .string), 2: ("verb", .string), 3: ("group", .string), 4: ("version", .string),
                5: ("resource", .string), 6: ("subresource", .string), 7: ("name", .string),
            ])
        ),
        2: ("nonResourceAttributes", .message([1: ("path", .string), 2: ("verb", .string)])),
    ]

    private static let kinds: [String: Fields] = [
        "DeleteOptions": deleteOptions,
        "Eviction": [1: ("metadata", .message(metadata)), 2: ("deleteOptions", .message(deleteOptions))],
        "Namespace": [1: ("metadata", .message(metadata))],
        "ConfigMap": [
            1: ("metadata", .message(metadata)), 2: ("data", .map), 3: ("binaryData", .bytesMap),
            4: ("immutable", .bool),
        ],
        "Secret": [
            1: ("metadata", .message(metadata)), 2: ("data", .bytesMap), 3: ("type", .string),
            4: ("stringData", .map), 5: ("immutable", .bool),
        ],
        "SelfSubjectReview": [1: ("metadata", .message(metadata))],
        "SelfSubjectAccessReview": [1: ("metadata", .message(metadata)), 2: ("spec", .message(accessReviewSpec))],
        "SelfSubjectRulesReview": [
            1: ("metadata", .message(metadata)), 2: ("spec", .message([1: ("namespace", .string)])),
        ],
    ]
}

/// The fields of a protobuf message, one after the other.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Four or eight bytes, which none of our kinds has.
        case fixed
    }

    static let malformed = APIError(.badRequest, "the request body is not a valid protobuf message")

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func field() throws(APIError) -> (number: UInt64, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        switch tag & 7 {
        case 0: return (tag >> 3, .varint(try varint()))
        case 1:
            _ = try take(8)
            return (tag >> 3, .fixed)
        case 2: return (tag >> 3, .bytes(try take(try varint())))
        case 5:
            _ = try take(4)
            return (tag >> 3, .fixed)
        default: throw Self.malformed
        }
    }

    private mutating func varint() throws(APIError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Self.malformed }
            result |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return result }
        }
        throw Self.malformed
    }

    private mutating func take(_ count: UInt64) throws(APIError) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Self.malformed }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
