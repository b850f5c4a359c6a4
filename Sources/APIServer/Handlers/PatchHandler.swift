import HTTPServing
import StructuredData

/// `PATCH` of an object or of its status.
struct PatchHandler: Sendable {
    let updater: ObjectUpdater

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let mediaType = RequestBody.mediaType(call.http)
        let kind = call.resource.kind
        let apply: @Sendable (JSONValue, JSONValue) throws(APIError) -> JSONValue
        switch mediaType {
        case "application/json-patch+json":
            apply = { (patch, object) throws(APIError) in try JSONPatch.apply(patch, to: object) }
        case "application/merge-patch+json":
            apply = { (patch, object) throws(APIError) in MergePatch.apply(patch, to: object) }
        case "application/strategic-merge-patch+json":
            apply = { (patch, object) throws(APIError) in
                try StrategicMergePatch.apply(patch, to: object, schema: .object(kind: kind))
            }
        default: throw unsupported(mediaType)
        }
        let patch = try RequestBody.json(try await RequestBody.bytes(call.http))
        let validation = try FieldValidation(call.http.query)
        var warnings: [String] = []
        let stored = try await updater.update(call) { object in
            let patched = try apply(patch, object)
            warnings = try validation.check(patched, call.resource)
            return patched
        }
        return try JSONResponse.object(stored, call).warning(warnings)
    }

    private func unsupported(_ mediaType: String) -> APIError {
        let isApply = mediaType.hasPrefix("application/apply-patch")
        let reason = isApply ? "server-side apply is not supported; " : ""
        return APIError(
            .unsupportedMediaType,
            "\(reason)the body of the request was in an unknown format - accepted media types include: "
                + "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json")
    }
}
