package import StructuredData

/// A part of the cluster with its own names.
package struct Namespace: FieldTableCodable {
    package var kind: String = "Namespace"
    package var apiVersion: String = "v1"
    package var metadata: ObjectMeta = ObjectMeta()
    package var spec: NamespaceSpec = NamespaceSpec()
    package var status: NamespaceStatus = NamespaceStatus()

    package init() {}

    package static let fields = FieldTable<Namespace> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.optional("spec", \.spec)
        table.optional("status", \.status)
    }
}

/// What must happen before a namespace is gone.
package struct NamespaceSpec: FieldTableCodable {
    package var finalizers: [String] = []

    package init() {}

    package static let fields = FieldTable<NamespaceSpec> { table in
        table.optional("finalizers", \.finalizers)
    }
}

/// Where a namespace is in its life.
package struct NamespaceStatus: FieldTableCodable {
    package var phase: NamespacePhase = ""
    package var conditions: [JSONValue] = []

    package init() {}

    package static let fields = FieldTable<NamespaceStatus> { table in
        table.optional("phase", \.phase)
        table.optional("conditions", \.conditions)
    }
}

/// Whether a namespace accepts objects.
package struct NamespacePhase: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let active: NamespacePhase = "Active"
    package static let terminating: NamespacePhase = "Terminating"
}
