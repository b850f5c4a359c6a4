import HTTPServing
import NIOHTTP1
import StructuredData

/// Reads the objects that clients send.
enum RequestBody {
    /// Upstream's limit of a request body.
    static let limit = 3 << 20

    /// The object in the body, without nulls; nil for an empty body.
    /// - Throws: `APIError` with code `badRequest`, `unsupportedMediaType` or `requestEntityTooLarge`.
    static func object(_ request: HTTPServerRequest) async throws -> JSONValue? {
        try object(await bytes(request), mediaType: mediaType(request))
    }

    /// The object that shall be stored, without nulls, and what the client shall be warned of.
    static func newObject(_ call: APICall) async throws -> (object: JSONValue, warnings: [String]) {
        let bytes = try await bytes(call.http)
        guard let object = try object(bytes, mediaType: mediaType(call.http)) else {
            throw APIError(.badRequest, "the request body is empty, but an object is needed")
        }
        return (object, try FieldValidation(call.http.query).check(bytes, call.resource))
    }

    private static func object(_ bytes: [UInt8], mediaType: String) throws(APIError) -> JSONValue? {
        guard !bytes.isEmpty else { return nil }
        let value = try parse(bytes, mediaType: mediaType)
        guard case .object = value else {
            throw APIError(.badRequest, "the request body is not an object")
        }
        return value.withoutNulls
    }

    static func bytes(_ request: HTTPServerRequest) async throws -> [UInt8] {
        do {
            return try await request.body.collect(upTo: limit)
        } catch let error as HTTPServingError where error.code == .bodyTooLarge {
            throw APIError(.requestEntityTooLarge, "Request entity too large: limit is \(limit)", cause: error)
        }
    }

    /// The type of the body without its parameters.
    static func mediaType(_ request: HTTPServerRequest) -> String {
        let text = request.headers.first(name: "content-type") ?? ""
        return String(text.prefix { $0 != ";" && $0 != " " }).lowercased()
    }

    static func parse(_ bytes: [UInt8], mediaType: String) throws(APIError) -> JSONValue {
        switch mediaType {
        case "", "application/json", "text/plain": return try json(bytes)
        case "application/yaml", "application/x-yaml", "text/yaml": return try yaml(bytes)
        case "application/vnd.kubernetes.protobuf": return try ProtobufObject.decode(bytes)
        default:
            throw APIError(
                .unsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json, application/yaml")
        }
    }

    static func json(_ bytes: [UInt8]) throws(APIError) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw APIError(.badRequest, "the request body is not JSON: \(error)", cause: error)
        }
    }

    private static func yaml(_ bytes: [UInt8]) throws(APIError) -> JSONValue {
        do {
            return JSONValue(try DocumentReader.readSingle(bytes))
        } catch {
            throw APIError(.badRequest, "the request body is not YAML: \(error)", cause: error)
        }
    }
}
