import StructuredData

/// How objects are kept as bytes: JSON that begins with version and kind, and whose metadata begins with the
/// resource version, so that a new one can be written in without parsing. Lists and watches send these bytes as
/// they are.
enum ObjectCodec {
    private static let marker = Array(#""metadata":{"resourceVersion":""#.utf8)

    /// The bytes of an object whose resource version is still to be written in.
    static func encode(_ object: JSONValue, as resource: APIResource) -> [UInt8] {
        var metadata: JSONObject = ["resourceVersion": ""]
        for (key, value) in object["metadata"]?.objectValue ?? [:] where key != "resourceVersion" {
            metadata.append(uniqueKey: key, value)
        }
        var result: JSONObject = [
            "apiVersion": .string(resource.groupVersion), "kind": .string(resource.kind), "metadata": .object(metadata),
        ]
        for (key, value) in object.objectValue ?? [:] where !["apiVersion", "kind", "metadata"].contains(key) {
            result.append(uniqueKey: key, value)
        }
        return JSONValue.object(result).serialized()
    }

    /// - Throws: `APIError` with code `internalError` for bytes that are not ours.
    static func decode(_ bytes: [UInt8]) throws(APIError) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw APIError(.internalError, "an object in the store is damaged: \(error)", cause: error)
        }
    }

    /// The bytes with another resource version.
    static func stamp(_ bytes: [UInt8], _ revision: Int64) -> [UInt8] {
        guard let start = valueStart(bytes) else { return bytes }
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\"")) else { return bytes }
        let digits = Array(String(revision).utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + digits.count)
        result += bytes[..<start]
        result += digits
        result += bytes[end...]
        return result
    }

    /// Where the resource version begins. It stands near the front, behind version and kind.
    private static func valueStart(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            let last = bytes.count - marker.count
            guard last >= 0 else { return nil }
            for start in 0...last where bytes[start] == marker[0] {
                if marker.indices.allSatisfy({ bytes[start + $0] == marker[$0] }) { return start + marker.count }
            }
            return nil
        }
    }
}
