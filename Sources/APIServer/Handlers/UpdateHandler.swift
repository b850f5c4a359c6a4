import HTTPServing
import StructuredData

/// `PUT` of an object or of its status.
struct UpdateHandler: Sendable {
    let updater: ObjectUpdater

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let (body, warnings) = try await RequestBody.newObject(call)
        let stored = try await updater.update(call) { _ in body }
        return try JSONResponse.object(stored, call).warning(warnings)
    }
}
