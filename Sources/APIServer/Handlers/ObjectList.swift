import ObjectStore
import StructuredData

/// How a list is put together from stored bytes.
struct ObjectList: Sendable {
    struct Rendering: Sendable {
        /// The items, with commas between them.
        var bytes: [UInt8] = []
        /// Whether nothing follows, because all is there or because the client asked for so many only.
        var isComplete = true
        var continuation: ContinueToken?
        /// How many follow; nil where a selector makes that unknown.
        var remaining: Int?
    }

    let call: APICall
    let options: ListOptions
    let shape: ResponseShape
    let includes: ResponseShape.RowObject

    /// How many objects to read at once. With a selector a part may so be shorter than its limit, as the API allows.
    var pageLength: Int {
        options.limit > 0 ? options.limit : ListHandler.pageLength
    }

    func render(_ page: ObjectPage, limit: Int) throws(APIError) -> Rendering {
        var rendering = Rendering()
        for object in page.objects { try append(object, to: &rendering.bytes) }
        guard page.remaining > 0 else { return rendering }
        guard limit > 0, let last = page.objects.last else {
            rendering.isComplete = false
            return rendering
        }
        rendering.continuation = ContinueToken(revision: page.revision, key: last.key)
        rendering.remaining = options.selectsAll ? page.remaining : nil
        return rendering
    }

    private func append(_ stored: StoredObject, to bytes: inout [UInt8]) throws(APIError) {
        if options.selectsAll, shape == .object {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += stored.value
            return
        }
        let object = try ObjectCodec.decode(stored.value)
        guard options.matches(object, strategy: call.resource.strategy) else { return }
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        switch shape {
        case .object: bytes += stored.value
        case .metadata(let version): object.partialMetadata(version: version).write(into: &bytes)
        case .table(let version):
            call.resource.table.row(object, includes: includes, version: version, now: call.now).write(into: &bytes)
        }
    }

    /// Everything before the first item.
    func head(revision: Int64, _ rendering: Rendering) -> [UInt8] {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision))]
        if let continuation = rendering.continuation { metadata["continue"] = .string(continuation.text) }
        if let remaining = rendering.remaining { metadata["remainingItemCount"] = .integer(Int64(remaining)) }
        let head: JSONValue
        let items: String
        switch shape {
        case .object:
            items = "items"
            head = [
                "kind": .string(call.resource.kind + "List"), "apiVersion": .string(call.resource.groupVersion),
                "metadata": metadata,
            ]
        case .metadata(let version):
            items = "items"
            head = [
                "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/\(version)"),
                "metadata": metadata,
            ]
        case .table(let version):
            items = "rows"
            head = call.resource.table.head(version: version, metadata: metadata)
        }
        return head.serialized().dropLast() + Array(",\"\(items)\":[".utf8)
    }

    let tail = Array("]}".utf8)
}
