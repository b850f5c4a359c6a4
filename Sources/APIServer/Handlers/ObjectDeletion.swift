import KubernetesAPI
import ObjectStore
import StructuredData

/// Ends objects: at once, or step by step where an object gets time or has finalizers
/// (apiserver/pkg/registry/rest/delete.go).
struct ObjectDeletion: Sendable {
    enum Outcome: Sendable {
        /// The object is gone; its last state.
        case removed([UInt8])
        /// The object is marked, and ends when its time or its finalizers are done.
        case pending([UInt8])
    }

    let storage: ResourceStorage
    let admission: Admission
    let registry: ResourceRegistry

    /// - Throws: `APIError` with code `notFound`, `conflict` or `forbidden`.
    func delete(_ call: APICall, _ options: DeleteOptions) async throws -> Outcome {
        while true {
            let current = try await storage.read(call.target)
            let old = try ObjectCodec.decode(current.value)
            try checkPreconditions(options, old, call)
            try await admission.checkDeletion(call, old)
            let marked = mark(old, options, call)
            do {
                if isOver(marked) {
                    guard !options.isDryRun else { return .removed(current.value) }
                    return .removed(try await remove(call.target, expected: current.revision).value)
                }
                guard !options.isDryRun else { return .pending(current.value) }
                var stored = current
                if marked != old {
                    stored = try await storage.replace(call.target, marked, expected: current.revision)
                }
                if call.resource.plural == "namespaces" { try await empty(call) }
                return .pending(stored.value)
            } catch let error as APIError where error.code == .conflict {
                // Somebody wrote in between. Preconditions are checked again, so this ends.
                continue
            }
        }
    }

    /// Whether a marked object waits for nothing any more.
    func isOver(_ object: JSONValue) -> Bool {
        object.deletionTimestamp != nil && object.finalizers.isEmpty && (object.deletionGracePeriodSeconds ?? 0) == 0
            && object.elements("spec", "finalizers").isEmpty
    }

    /// Takes an object out of the store, and its namespace too if that only waited for this object.
    func remove(_ target: ObjectTarget, expected: Int64) async throws -> StoredObject {
        let removed = try await storage.remove(target, expected: expected)
        if !target.namespace.isEmpty { try await finishNamespace(target.namespace) }
        return removed
    }

    private func checkPreconditions(
        _ options: DeleteOptions, _ object: JSONValue, _ call: APICall
    ) throws(APIError) {
        if let uid = options.uid, uid != object.uid {
            throw APIError.conflict(
                call.resource, call.path.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
        }
        if let version = options.resourceVersion, version != object.resourceVersion {
            throw APIError.conflict(
                call.resource, call.path.name,
                "Precondition failed: ResourceVersion in precondition: \(version), "
                    + "ResourceVersion in object meta: \(object.resourceVersion)")
        }
    }

    /// The object with the time of its end set, or brought nearer.
    private func mark(_ old: JSONValue, _ options: DeleteOptions, _ call: APICall) -> JSONValue {
        var object = old
        guard let text = old.deletionTimestamp, let end = Timestamp(rfc3339: text) else {
            let grace = call.resource.strategy.gracePeriod(for: old, requested: options.gracePeriodSeconds)
            object.setMetadata("deletionTimestamp", .string(call.now.adding(seconds: grace).rfc3339))
            object.setMetadata("deletionGracePeriodSeconds", .integer(grace))
            if let generation = old.value(at: "metadata", "generation")?.integerValue {
                object.setMetadata("generation", .integer(generation + 1))
            }
            if call.resource.plural == "namespaces" { object.set("Terminating", at: "status", "phase") }
            return object
        }
        guard let granted = old.deletionGracePeriodSeconds, granted > 0,
            let wanted = options.gracePeriodSeconds.map({ max($0, 0) }), wanted < granted
        else { return object }
        object.setMetadata("deletionTimestamp", .string(end.adding(seconds: wanted - granted).rfc3339))
        object.setMetadata("deletionGracePeriodSeconds", .integer(wanted))
        return object
    }

    // MARK: - Namespaces

    /// Deletes everything in a namespace that is about to go.
    private func empty(_ call: APICall) async throws {
        let namespace = call.path.name
        for resource in registry.namespaced {
            let page = try await storage.list(ListQuery(prefix: resource.keyPrefix(namespace: namespace)))
            for object in page.objects {
                var inner = call
                inner.resource = resource
                inner.path.namespace = namespace
                inner.path.name = try ObjectCodec.decode(object.value).name
                do {
                    _ = try await delete(inner, DeleteOptions())
                } catch let error as APIError where error.code == .notFound {
                    // Somebody was quicker.
                    continue
                }
            }
        }
        try await finishNamespace(namespace)
    }

    /// Removes a namespace that is marked and has become empty.
    private func finishNamespace(_ name: String) async throws {
        let target = ObjectTarget(resource: ResourceRegistry.namespaces, namespace: "", name: name)
        guard let object = try await storage.find(target), object.deletionTimestamp != nil,
            object.finalizers.isEmpty
        else { return }
        for resource in registry.namespaced {
            let query = ListQuery(prefix: resource.keyPrefix(namespace: name), limit: 1)
            guard try await storage.list(query).objects.isEmpty else { return }
        }
        do {
            _ = try await storage.remove(target, expected: Int64(object.resourceVersion) ?? 0)
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            // Another last object has done it, or the namespace was changed and is looked at again.
        }
    }
}
