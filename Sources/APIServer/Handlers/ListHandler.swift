import HTTPServing
import NIOHTTP1
import ObjectStore
import StructuredData

/// `GET` of a collection.
///
/// What needs no looking into is sent as it is stored, page by page, so that memory does not grow with the list.
struct ListHandler: Sendable {
    static let pageLength = 250

    let storage: ResourceStorage

    func respond(to call: APICall) async throws -> HTTPServerResponse {
        let options = try ListOptions(call.http.query, resource: call.resource)
        let list = ObjectList(call: call, options: options, shape: try call.shape(), includes: try call.rowObject())
        let first = try await page(list, after: options.continuation?.key, revision: startRevision(options))
        let rendering = try list.render(first, limit: options.limit)
        guard !rendering.isComplete else {
            var body = list.head(revision: first.revision, rendering)
            body += rendering.bytes
            return JSONResponse.bytes(body + list.tail)
        }
        return .streaming(status: .ok, headers: JSONResponse.headers) { writer in
            try await stream(list, first, rendering, to: writer)
        }
    }

    private func startRevision(_ options: ListOptions) -> Int64? {
        options.continuation?.revision ?? (options.isExactVersion ? options.resourceVersion : nil)
    }

    private func page(_ list: ObjectList, after key: String?, revision: Int64?) async throws -> ObjectPage {
        try await storage.list(
            ListQuery(prefix: list.call.collectionPrefix, after: key, limit: list.pageLength, revision: revision))
    }

    /// Sends the pages of a list that has no limit but does not fit into one.
    private func stream(
        _ list: ObjectList, _ first: ObjectPage, _ rendering: ObjectList.Rendering, to writer: BodyWriter
    ) async throws {
        var page = first
        var rendering = rendering
        var isFirstItem = true
        try await writer.write(list.head(revision: first.revision, rendering))
        while true {
            if !rendering.bytes.isEmpty {
                try await writer.write((isFirstItem ? [] : [UInt8(ascii: ",")]) + rendering.bytes)
                isFirstItem = false
            }
            guard page.remaining > 0, let last = page.objects.last else { break }
            page = try await self.page(list, after: last.key, revision: first.revision)
            rendering = try list.render(page, limit: 0)
        }
        try await writer.write(list.tail)
    }
}
