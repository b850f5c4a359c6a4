package import StructuredData

/// Something that happened to an object (core/v1).
package struct Event: FieldTableCodable {
    package var kind: String = "Event"
    package var apiVersion: String = "v1"
    package var metadata: ObjectMeta = ObjectMeta()
    package var involvedObject: ObjectReference = ObjectReference()
    package var reason: String = ""
    package var message: String = ""
    package var source: EventSource = EventSource()
    package var firstTimestamp: Timestamp?
    package var lastTimestamp: Timestamp?
    package var count: Int32 = 0
    package var type: EventType = ""
    package var eventTime: MicroTime?
    package var series: EventSeries?
    package var action: String = ""
    package var related: ObjectReference?
    package var reportingComponent: String = ""
    package var reportingInstance: String = ""

    package init() {}

    package static let fields = FieldTable<Event> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.always("involvedObject", \.involvedObject)
        table.optional("reason", \.reason)
        table.optional("message", \.message)
        table.always("source", \.source)
        table.optional("firstTimestamp", \.firstTimestamp)
        table.optional("lastTimestamp", \.lastTimestamp)
        table.optional("count", \.count)
        table.optional("type", \.type)
        table.optional("eventTime", \.eventTime)
        table.optional("series", \.series)
        table.optional("action", \.action)
        table.optional("related", \.related)
        table.always("reportingComponent", \.reportingComponent)
        table.always("reportingInstance", \.reportingInstance)
    }
}

/// Whether an event is bad news.
package struct EventType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let normal: EventType = "Normal"
    package static let warning: EventType = "Warning"
}

/// Who reports an event.
package struct EventSource: FieldTableCodable {
    package var component: String = ""
    package var host: String = ""

    package init() {}

    package static let fields = FieldTable<EventSource> { table in
        table.optional("component", \.component)
        table.optional("host", \.host)
    }
}

/// How often an event came again.
package struct EventSeries: FieldTableCodable {
    package var count: Int32 = 0
    package var lastObservedTime: MicroTime?

    package init() {}

    package static let fields = FieldTable<EventSeries> { table in
        table.optional("count", \.count)
        table.optional("lastObservedTime", \.lastObservedTime)
    }
}
