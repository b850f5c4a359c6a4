import HTTPServing
import KubernetesAPI
import NIOHTTP1
import StructuredData

/// Builds the answers.
enum JSONResponse {
    static let headers: HTTPHeaders = ["Content-Type": "application/json", "Cache-Control": "no-cache, private"]

    static func bytes(_ bytes: [UInt8], status: HTTPResponseStatus = .ok) -> HTTPServerResponse {
        .full(status: status, headers: headers, body: bytes)
    }

    static func value(_ value: JSONValue, status: HTTPResponseStatus = .ok) -> HTTPServerResponse {
        bytes(value.serialized(), status: status)
    }

    static func error(_ error: APIError) -> HTTPServerResponse {
        var headers = headers
        if error.retryAfterSeconds > 0 { headers.add(name: "Retry-After", value: String(error.retryAfterSeconds)) }
        return .full(status: error.httpStatus, headers: headers, body: error.status.serialized())
    }

    /// One object in the shape that the client wants.
    static func object(
        _ stored: [UInt8], _ call: APICall, status: HTTPResponseStatus = .ok
    ) throws(APIError) -> HTTPServerResponse {
        switch try call.shape() {
        case .object: return bytes(stored, status: status)
        case .metadata(let version):
            return value(try ObjectCodec.decode(stored).partialMetadata(version: version), status: status)
        case .table(let version):
            let object = try ObjectCodec.decode(stored)
            let schema = call.resource.table
            var table = schema.head(
                version: version, metadata: ["resourceVersion": .string(object.resourceVersion)])
            table["rows"] = [
                schema.row(object, includes: try call.rowObject(), version: version, now: call.now)
            ]
            return value(table, status: status)
        }
    }

    /// A `Status` that says that all is well.
    static func success(_ target: ObjectTarget, uid: String) -> HTTPServerResponse {
        var details: JSONValue = ["name": .string(target.name), "kind": .string(target.resource.plural)]
        if !target.resource.group.isEmpty { details["group"] = .string(target.resource.group) }
        if !uid.isEmpty { details["uid"] = .string(uid) }
        return value([
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details,
        ])
    }
}

extension HTTPServerResponse {
    /// The response with warnings that kubectl prints (RFC 7234, section 5.5).
    func warning(_ texts: [String]) -> HTTPServerResponse {
        guard case .full(let status, var headers, let body) = self, !texts.isEmpty else { return self }
        for text in texts {
            headers.add(name: "Warning", value: "299 - \(JSONValue.string(text).serializedString)")
        }
        return .full(status: status, headers: headers, body: body)
    }
}
