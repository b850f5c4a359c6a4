package import StructuredData

/// A way of running pods, and the runtime's handler that does it.
package struct RuntimeClass: FieldTableCodable {
    package var kind: String = "RuntimeClass"
    package var apiVersion: String = "node.k8s.io/v1"
    package var metadata: ObjectMeta = ObjectMeta()
    package var handler: String = ""
    package var overhead: RuntimeClassOverhead?
    package var scheduling: RuntimeClassScheduling?

    package init() {}

    package static let fields = FieldTable<RuntimeClass> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.always("handler", \.handler)
        table.optional("overhead", \.overhead)
        table.optional("scheduling", \.scheduling)
    }
}

/// What running a pod in this way takes beside what its containers ask for.
package struct RuntimeClassOverhead: FieldTableCodable {
    package var podFixed: ResourceList = [:]

    package init() {}

    package static let fields = FieldTable<RuntimeClassOverhead> { $0.optional("podFixed", \.podFixed) }
}

/// Which nodes can run pods in this way.
package struct RuntimeClassScheduling: FieldTableCodable {
    package var nodeSelector: [String: String] = [:]
    package var tolerations: [Toleration] = []

    package init() {}

    package static let fields = FieldTable<RuntimeClassScheduling> { table in
        table.optional("nodeSelector", \.nodeSelector)
        table.optional("tolerations", \.tolerations)
    }
}
