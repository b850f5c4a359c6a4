import ObjectStore
import StructuredData

/// The store in terms of objects and resources; its errors become those that clients understand.
struct ResourceStorage: Sendable {
    let store: any ObjectStore

    /// - Throws: `APIError` with code `notFound`.
    func read(_ target: ObjectTarget) async throws -> StoredObject {
        let found = try await translating(target) { try await store.get(target.key) }
        guard let found else { throw APIError.notFound(target.resource, target.name) }
        return found
    }

    /// The object, or nil when there is none.
    func find(_ target: ObjectTarget) async throws -> JSONValue? {
        let found = try await translating(target) { try await store.get(target.key) }
        return try found.map { try ObjectCodec.decode($0.value) }
    }

    /// - Throws: `APIError` with code `alreadyExists`.
    func create(_ target: ObjectTarget, _ object: JSONValue) async throws -> StoredObject {
        let bytes = ObjectCodec.encode(object, as: target.resource)
        return try await translating(target) {
            try await store.create(target.key, value: bytes, options: target.resource.writeOptions)
        }
    }

    /// - Throws: `APIError` with code `notFound` or `conflict`.
    func replace(_ target: ObjectTarget, _ object: JSONValue, expected: Int64) async throws -> StoredObject {
        let bytes = ObjectCodec.encode(object, as: target.resource)
        return try await translating(target) {
            try await store.update(
                target.key, value: bytes, expected: expected, options: target.resource.writeOptions)
        }
    }

    /// - Throws: `APIError` with code `notFound` or `conflict`.
    func remove(_ target: ObjectTarget, expected: Int64) async throws -> StoredObject {
        try await translating(target) {
            try await store.delete(target.key, expected: expected, options: target.resource.writeOptions)
        }
    }

    func list(_ query: ListQuery) async throws -> ObjectPage {
        do {
            return try await store.list(query)
        } catch let error as ObjectStoreError {
            throw Self.translate(error)
        }
    }

    func watch(prefix: String, after revision: Int64) async throws -> ObjectWatch {
        do {
            return try await store.watch(prefix: prefix, after: revision)
        } catch let error as ObjectStoreError {
            throw Self.translate(error)
        }
    }

    private func translating<Value: Sendable>(
        _ target: ObjectTarget, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as ObjectStoreError {
            switch error.code {
            case .notFound: throw APIError.notFound(target.resource, target.name)
            case .alreadyExists: throw APIError.alreadyExists(target.resource, target.name)
            case .conflict: throw APIError.modified(target.resource, target.name)
            default: throw Self.translate(error)
            }
        }
    }

    static func translate(_ error: ObjectStoreError) -> APIError {
        switch error.code {
        case .expired:
            APIError(
                .expired,
                "The provided continue parameter or resourceVersion is too old or unknown: \(error.message)",
                cause: error)
        default: APIError(.internalError, "Internal error occurred: \(error.message)", cause: error)
        }
    }
}
