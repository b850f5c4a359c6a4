import KubernetesAPI
import ObjectStore
import StructuredData

/// Turns what happened in the store into the lines of a watch.
struct WatchEncoder: Sendable {
    private enum EventType: String {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
        case bookmark = "BOOKMARK"
        case error = "ERROR"
    }

    let call: APICall
    let options: ListOptions
    let shape: ResponseShape
    let includes: ResponseShape.RowObject
    let now: @Sendable () -> Timestamp
    /// Columns are told once.
    private var hasToldColumns = false

    init(
        call: APICall, options: ListOptions, shape: ResponseShape, includes: ResponseShape.RowObject,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.call = call
        self.options = options
        self.shape = shape
        self.includes = includes
        self.now = now
    }

    /// An object that was there before the watch.
    mutating func encodeExisting(_ object: StoredObject, into output: inout [UInt8]) throws(APIError) {
        if options.selectsAll, shape == .object { return append(.added, object.value, to: &output) }
        let value = try ObjectCodec.decode(object.value)
        guard matches(value) else { return }
        append(.added, shaped(object.value, value), to: &output)
    }

    /// An event, if it concerns the watch: an object that comes to match a selector is added, one that no longer
    /// does is deleted.
    mutating func encode(_ event: StoreEvent, into output: inout [UInt8]) throws(APIError) {
        if options.selectsAll, shape == .object {
            return append(Self.plainType(event.kind), event.value, to: &output)
        }
        let value = try ObjectCodec.decode(event.value)
        guard !options.selectsAll else {
            return append(Self.plainType(event.kind), shaped(event.value, value), to: &output)
        }
        var didMatch = false
        if let previous = event.previous { didMatch = matches(try ObjectCodec.decode(previous)) }
        switch (event.kind, didMatch, matches(value)) {
        case (.deleted, true, _): append(.deleted, shaped(event.value, value), to: &output)
        case (.deleted, false, _), (_, false, false): break
        case (_, true, true): append(.modified, shaped(event.value, value), to: &output)
        case (_, false, true): append(.added, shaped(event.value, value), to: &output)
        case (_, true, false):
            let last = ObjectCodec.stamp(event.previous ?? event.value, event.revision)
            append(.deleted, shaped(last, try ObjectCodec.decode(last)), to: &output)
        }
    }

    /// Tells how far time went on, if the client wants to know.
    func encodeBookmark(_ revision: Int64, into output: inout [UInt8]) {
        guard options.wantsBookmarks else { return }
        append(.bookmark, bookmark(revision).serialized(), to: &output)
    }

    /// Tells that all that was there has been sent.
    func encodeInitialEnd(_ revision: Int64, into output: inout [UInt8]) {
        var object = bookmark(revision)
        object.set("true", at: "metadata", "annotations", "k8s.io/initial-events-end")
        append(.bookmark, object.serialized(), to: &output)
    }

    func encodeError(_ error: APIError) -> [UInt8] {
        var output: [UInt8] = []
        append(.error, error.status.serialized(), to: &output)
        return output
    }

    private func bookmark(_ revision: Int64) -> JSONValue {
        let metadata: JSONValue = ["resourceVersion": .string(String(revision))]
        switch shape {
        case .object:
            return [
                "kind": .string(call.resource.kind), "apiVersion": .string(call.resource.groupVersion),
                "metadata": metadata,
            ]
        case .metadata(let version):
            return [
                "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": metadata,
            ]
        case .table(let version):
            var table = call.resource.table.head(version: version, metadata: metadata, includesColumns: false)
            table["rows"] = []
            return table
        }
    }

    private func matches(_ object: JSONValue) -> Bool {
        options.matches(object, strategy: call.resource.strategy)
    }

    private static func plainType(_ kind: StoreEvent.Kind) -> EventType {
        switch kind {
        case .created: .added
        case .updated: .modified
        case .deleted: .deleted
        }
    }

    private mutating func shaped(_ bytes: [UInt8], _ object: JSONValue) -> [UInt8] {
        switch shape {
        case .object: return bytes
        case .metadata(let version): return object.partialMetadata(version: version).serialized()
        case .table(let version):
            let schema = call.resource.table
            var table = schema.head(
                version: version, metadata: ["resourceVersion": .string(object.resourceVersion)],
                includesColumns: !hasToldColumns)
            hasToldColumns = true
            table["rows"] = [schema.row(object, includes: includes, version: version, now: now())]
            return table.serialized()
        }
    }

    private func append(_ type: EventType, _ object: [UInt8], to output: inout [UInt8]) {
        output += Array("{\"type\":\"\(type.rawValue)\",\"object\":".utf8)
        output += object
        output += Array("}\n".utf8)
    }
}
