import HTTPServing
import ObjectStore
import StructuredData

/// `GET` of one object.
struct GetHandler: Sendable {
    let storage: ResourceStorage

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let stored = try await storage.read(call.target)
        if let node = call.user.nodeName, call.resource.plural == "pods" {
            let pod = try ObjectCodec.decode(stored.value)
            guard pod.value(at: "spec", "nodeName")?.stringValue == node else {
                throw APIError.forbidden(
                    call.resource, call.path.name, "node \"\(node)\" can only see pods with spec.nodeName set to itself"
                )
            }
        }
        return try JSONResponse.object(stored.value, call)
    }
}
