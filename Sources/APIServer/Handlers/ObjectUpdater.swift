import ObjectStore
import StructuredData

/// Replaces an object by what a client makes of it: the way that `PUT` and `PATCH` share.
struct ObjectUpdater: Sendable {
    /// How often a change that names no version is done again on what somebody else has just written.
    private static let attempts = 5

    let storage: ResourceStorage
    let admission: Admission
    let deletion: ObjectDeletion

    /// - Parameter change: makes the new object out of the one that is stored.
    /// - Returns: the bytes of the new object.
    func update(_ call: APICall, _ change: (JSONValue) throws -> JSONValue) async throws -> [UInt8] {
        for attempt in 1... {
            let current = try await storage.read(call.target)
            let old = try ObjectCodec.decode(current.value)
            var object = try change(old).withoutNulls
            let stated = object.resourceVersion
            guard stated.isEmpty || stated == old.resourceVersion else {
                throw APIError.modified(call.resource, call.path.name)
            }
            do {
                return try await store(&object, replacing: old, current, call)
            } catch let error as APIError where error.code == .conflict && attempt < Self.attempts {
                // A version that a client has put into its object will not come back; one that a patch names is
                // compared again in the next round.
                guard stated.isEmpty || call.info.verb != .update else { throw error }
            }
        }
        throw APIError.modified(call.resource, call.path.name)
    }

    private func store(
        _ object: inout JSONValue, replacing old: JSONValue, _ current: StoredObject, _ call: APICall
    ) async throws -> [UInt8] {
        try ObjectLifecycle.prepareForUpdate(
            &object, old: old, resource: call.resource, subresource: call.path.subresource)
        try await admission.checkUpdate(call, object, old: old)
        // What changes nothing makes no revision.
        if object == old { return current.value }
        guard try !call.isDryRun() else { return ObjectCodec.encode(object, as: call.resource) }
        if deletion.isOver(object) {
            return try await deletion.remove(call.target, expected: current.revision).value
        }
        return try await storage.replace(call.target, object, expected: current.revision).value
    }
}
