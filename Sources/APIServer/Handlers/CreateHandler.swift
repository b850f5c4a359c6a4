import HTTPServing
import NIOHTTP1
import ObjectStore
import StructuredData

/// `POST` to a collection.
struct CreateHandler: Sendable {
    /// How often a generated name may turn out to be taken.
    private static let nameAttempts = 8

    let storage: ResourceStorage
    let admission: Admission

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        guard !call.resource.isNamespaced || !call.path.namespace.isEmpty else { throw APIError.methodNotAllowed }
        let (body, warnings) = try await RequestBody.newObject(call)
        let isDryRun = try call.isDryRun()
        var attempts = Self.nameAttempts
        while true {
            var object = body
            try ObjectLifecycle.prepareForCreate(&object, call)
            try await admission.admitCreation(call, &object)
            let target = ObjectTarget(resource: call.resource, namespace: call.path.namespace, name: object.name)
            do {
                let stored = try await isDryRun ? rehearse(target, object) : storage.create(target, object).value
                return try JSONResponse.object(stored, call, status: .created).warning(warnings)
            } catch let error as APIError where error.code == .alreadyExists && body.name.isEmpty && attempts > 0 {
                attempts -= 1
            }
        }
    }

    private func rehearse(_ target: ObjectTarget, _ object: JSONValue) async throws -> [UInt8] {
        guard try await storage.find(target) == nil else {
            throw APIError.alreadyExists(target.resource, target.name)
        }
        return ObjectCodec.encode(object, as: target.resource)
    }
}
