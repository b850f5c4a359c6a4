import KubernetesAPI
import StructuredData

extension TableSchema {
    /// See printEvent in pkg/printers/internalversion/printers.go.
    static let events = TableSchema(
        columns: [
            TableColumn("Last Seen", "When this was last recorded."),
            TableColumn("Type", "Normal or Warning."),
            TableColumn("Reason", "Why it happened, in a word for machines."),
            TableColumn("Object", "The object that this is about."),
            TableColumn("Subobject", priority: 1, "The part of the object that this is about."),
            TableColumn("Source", priority: 1, "The component that reports this."),
            TableColumn("Message", "What happened, for people to read."),
            TableColumn("First Seen", priority: 1, "When this was first recorded."),
            TableColumn("Count", type: "integer", priority: 1, "How often this happened."),
            TableColumn("Name", format: "name", priority: 1, TableColumn.name.description),
        ],
        cells: { event, now in
            let first = HumanDuration.since(stated(event, "firstTimestamp") ?? stated(event, "eventTime"), now: now)
            let series = event["series"]
            let last: String
            if let series {
                last = HumanDuration.since(stated(series, "lastObservedTime"), now: now)
            } else {
                last = stated(event, "lastTimestamp").map { HumanDuration.since($0, now: now) } ?? first
            }
            let count = (series ?? event)["count"]?.integerValue ?? 0
            return [
                .string(last), event["type"] ?? "", event["reason"] ?? "", .string(object(event)),
                event.value(at: "involvedObject", "fieldPath") ?? "", .string(source(event)),
                .string(trimmed(event["message"]?.stringValue ?? "")), .string(first),
                .integer(series == nil && count == 0 ? 1 : count), .string(event.name),
            ]
        })

    private static func stated(_ object: JSONValue, _ field: String) -> String? {
        guard let text = object[field]?.stringValue, !text.isEmpty else { return nil }
        return text
    }

    private static func object(_ event: JSONValue) -> String {
        let involved = event["involvedObject"] ?? [:]
        let kind = (involved["kind"]?.stringValue ?? "").lowercased()
        guard let name = stated(involved, "name") else { return kind }
        return "\(kind)/\(name)"
    }

    private static func source(_ event: JSONValue) -> String {
        let component = stated(event["source"] ?? [:], "component") ?? stated(event, "reportingComponent") ?? ""
        let host = stated(event["source"] ?? [:], "host") ?? stated(event, "reportingInstance") ?? ""
        return host.isEmpty ? component : "\(component), \(host)"
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }
}
