package import StructuredData

/// A group of containers that live and die together on one node.
package struct Pod: FieldTableCodable {
    package var kind: String = "Pod"
    package var apiVersion: String = "v1"
    package var metadata: ObjectMeta = ObjectMeta()
    package var spec: PodSpec = PodSpec()
    package var status: PodStatus = PodStatus()

    package init() {}

    package static let fields = FieldTable<Pod> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.optional("spec", \.spec)
        table.optional("status", \.status)
    }
}
