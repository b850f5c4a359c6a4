package import StructuredData

/// What is reserved for a container or pod and what it may use at most.
package struct ResourceRequirements: FieldTableCodable {
    package var limits: ResourceList = [:]
    package var requests: ResourceList = [:]
    package var claims: [ResourceClaim] = []

    package init() {}

    package static let fields = FieldTable<ResourceRequirements> { table in
        table.optional("limits", \.limits)
        table.optional("requests", \.requests)
        table.optional("claims", \.claims)
    }
}

/// A dynamic resource of the pod that a container uses.
package struct ResourceClaim: FieldTableCodable {
    package var name: String = ""
    package var request: String = ""

    package init() {}

    package static let fields = FieldTable<ResourceClaim> { table in
        table.always("name", \.name)
        table.optional("request", \.request)
    }
}

/// Amounts by resource name: `cpu`, `memory`….
package typealias ResourceList = [String: Quantity]
