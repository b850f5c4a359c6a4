import HTTPServing
import NIOHTTP1
import ObjectStore
import StructuredData

/// `DELETE` of one object, and the eviction of a pod.
struct DeleteHandler: Sendable {
    let deletion: ObjectDeletion

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let options = try DeleteOptions(try await RequestBody.object(call.http), query: call.http.query)
        switch try await deletion.delete(call, options) {
        case .pending(let object): return try JSONResponse.object(object, call)
        // Upstream answers with the pod, and for everything else with a status.
        case .removed(let object) where call.resource.plural == "pods": return try JSONResponse.object(object, call)
        case .removed(let object):
            return JSONResponse.success(call.target, uid: try ObjectCodec.decode(object).uid)
        }
    }

    /// An eviction is a deletion by another name: there are no budgets to ask.
    func evict(_ call: APICall) async throws -> HTTPServerResponse {
        let body = try await RequestBody.object(call.http)
        var options = try DeleteOptions(body?["deleteOptions"], query: call.http.query)
        options.isDryRun = try options.isDryRun || call.isDryRun()
        _ = try await deletion.delete(call, options)
        return JSONResponse.value(
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], status: .created)
    }
}

/// `DELETE` of a collection.
struct DeleteCollectionHandler: Sendable {
    let storage: ResourceStorage
    let deletion: ObjectDeletion

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        guard call.resource.verbs.contains("deletecollection") else { throw APIError.methodNotAllowed }
        let selection = try ListOptions(call.http.query, resource: call.resource)
        let options = try DeleteOptions(try await RequestBody.object(call.http), query: call.http.query)
        let page = try await storage.list(ListQuery(prefix: call.collectionPrefix))
        var items: [UInt8] = []
        for stored in page.objects {
            let object = try ObjectCodec.decode(stored.value)
            guard selection.matches(object, strategy: call.resource.strategy) else { continue }
            var single = call
            single.path.namespace = object.namespace
            single.path.name = object.name
            do {
                _ = try await deletion.delete(single, options)
                if !items.isEmpty { items.append(UInt8(ascii: ",")) }
                items += stored.value
            } catch let error as APIError where error.code == .notFound {
                // Somebody was quicker.
                continue
            }
        }
        let list = ObjectList(call: call, options: selection, shape: .object, includes: .metadata)
        return JSONResponse.bytes(list.head(revision: page.revision, .init()) + items + list.tail)
    }
}
