import HTTPServing
import KubernetesAPI
import NIOHTTP1
import ObjectStore
import StructuredData

/// `GET` of a collection with `watch=true`.
struct WatchHandler: Sendable {
    let storage: ResourceStorage
    let now: @Sendable () -> Timestamp

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let options = try ListOptions(call.http.query, resource: call.resource)
        let encoder = WatchEncoder(
            call: call, options: options, shape: try call.shape(), includes: try call.rowObject(), now: now)
        let prefix = call.collectionPrefix
        // Without a version a watch begins with what there is; `0` means the same here.
        let wantsObjects = options.wantsInitialEvents ?? (options.resourceVersion == nil)
        guard wantsObjects || options.resourceVersion == nil else {
            let watch = try await storage.watch(prefix: prefix, after: options.resourceVersion ?? 0)
            return response(options) { writer in try await follow(watch, encoder, to: writer) }
        }
        let page = try await storage.list(ListQuery(prefix: prefix))
        let watch = try await storage.watch(prefix: prefix, after: page.revision)
        return response(options) { writer in
            var encoder = encoder
            if wantsObjects {
                var bytes: [UInt8] = []
                for object in page.objects { try encoder.encodeExisting(object, into: &bytes) }
                if options.wantsInitialEvents == true { encoder.encodeInitialEnd(page.revision, into: &bytes) }
                try await writer.write(bytes)
            }
            try await follow(watch, encoder, to: writer)
        }
    }

    /// A response that ends when the client's time is over; without one after half an hour to an hour, at random so
    /// that not all come back at once, as upstream does.
    private func response(
        _ options: ListOptions, _ body: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> HTTPServerResponse {
        let seconds = options.timeoutSeconds ?? Int64.random(in: 1_800...3_600)
        return .streaming(status: .ok, headers: JSONResponse.headers) { writer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body(writer) }
                group.addTask { try await Task.sleep(for: .seconds(seconds), tolerance: .seconds(1)) }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    private func follow(_ watch: ObjectWatch, _ encoder: WatchEncoder, to writer: BodyWriter) async throws {
        var encoder = encoder
        do {
            for try await batch in watch {
                var bytes: [UInt8] = []
                for event in batch.events { try encoder.encode(event, into: &bytes) }
                if batch.events.isEmpty { encoder.encodeBookmark(batch.revision, into: &bytes) }
                try await writer.write(bytes)
            }
        } catch let error as ObjectStoreError where error.code == .expired {
            try await writer.write(encoder.encodeError(ResourceStorage.translate(error)))
        }
    }
}
