import NIOHTTP1
package import StructuredData

/// How a patch is to be read.
package enum PatchType: String, Sendable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategicMerge = "application/strategic-merge-patch+json"
}

/// What is removed, and when.
package struct DeleteOptions: Sendable, Hashable {
    /// `nil` takes the object's own.
    package var gracePeriodSeconds: Int64?
    /// Only this very object, not another of its name: otherwise a conflict.
    package var uid: String?

    package init(gracePeriodSeconds: Int64? = nil, uid: String? = nil) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.uid = uid
    }

    var body: JSONValue {
        var object: JSONObject = ["kind": "DeleteOptions", "apiVersion": "v1"]
        object["gracePeriodSeconds"] = gracePeriodSeconds.map(JSONValue.integer)
        object["preconditions"] = uid.map { .object(["uid": .string($0)]) }
        return .object(object)
    }
}

/// The objects of a collection at one version.
package struct ObjectList: Sendable {
    package var items: [JSONValue]
    /// From where a watch goes on.
    package var resourceVersion: String
}

// Objects as JSON.
extension KubernetesClient {
    package func get(_ resource: ResourcePath, _ name: String) async throws -> JSONValue {
        try await send(.GET, resource.uri(name: name))
    }

    package func list(_ resource: ResourcePath, _ options: ListOptions = ListOptions()) async throws -> ObjectList {
        let list = try await send(.GET, resource.uri() + options.query.text)
        guard let version = list.value(at: "metadata", "resourceVersion")?.stringValue else {
            throw KubernetesClientError(.unexpectedAnswer, "cannot list \(resource): the answer is not a list")
        }
        return ObjectList(items: list["items"]?.arrayValue ?? [], resourceVersion: version)
    }

    package func create(_ resource: ResourcePath, _ object: JSONValue) async throws -> JSONValue {
        try await send(.POST, resource.uri(), body: object)
    }

    package func replace(
        _ resource: ResourcePath, _ name: String, _ object: JSONValue, subresource: String? = nil
    ) async throws -> JSONValue {
        try await send(.PUT, resource.uri(name: name, subresource: subresource), body: object)
    }

    package func patch(
        _ resource: ResourcePath, _ name: String, _ patch: JSONValue, type: PatchType = .merge,
        subresource: String? = nil
    ) async throws -> JSONValue {
        try await send(
            .PATCH, resource.uri(name: name, subresource: subresource), body: patch, contentType: type.rawValue)
    }

    /// What the server says of the removal: the object, or a `Status`.
    @discardableResult
    package func delete(
        _ resource: ResourcePath, _ name: String, _ options: DeleteOptions = DeleteOptions()
    ) async throws -> JSONValue {
        try await send(.DELETE, resource.uri(name: name), body: options.body)
    }
}

// Objects of a type.
extension KubernetesClient {
    package func get<Object: FieldTableCodable>(
        _ type: Object.Type, _ resource: ResourcePath, _ name: String
    ) async throws -> Object {
        try decode(await get(resource, name), of: resource)
    }

    /// - Returns: the object as it was stored.
    package func create<Object: FieldTableCodable>(
        _ resource: ResourcePath, _ object: Object
    ) async throws -> Object {
        try decode(await create(resource, object.encoded()), of: resource)
    }

    package func replace<Object: FieldTableCodable>(
        _ resource: ResourcePath, _ name: String, _ object: Object, subresource: String? = nil
    ) async throws -> Object {
        try decode(await replace(resource, name, object.encoded(), subresource: subresource), of: resource)
    }

    package func patch<Object: FieldTableCodable>(
        _ type: Object.Type, _ resource: ResourcePath, _ name: String, _ patch: JSONValue,
        patchType: PatchType = .merge, subresource: String? = nil
    ) async throws -> Object {
        try decode(
            await self.patch(resource, name, patch, type: patchType, subresource: subresource), of: resource)
    }

    private func decode<Object: FieldTableCodable>(_ value: JSONValue, of resource: ResourcePath) throws -> Object {
        do {
            return try Object(value)
        } catch {
            throw KubernetesClientError(
                .unexpectedAnswer, "cannot read an object of \(resource): \(error)", cause: error)
        }
    }
}
