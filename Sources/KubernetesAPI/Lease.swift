package import StructuredData

/// A heartbeat (coordination.k8s.io/v1).
package struct Lease: FieldTableCodable {
    package var kind: String = "Lease"
    package var apiVersion: String = "coordination.k8s.io/v1"
    package var metadata: ObjectMeta = ObjectMeta()
    package var spec: LeaseSpec = LeaseSpec()

    package init() {}

    package static let fields = FieldTable<Lease> { table in
        table.always("kind", \.kind)
        table.always("apiVersion", \.apiVersion)
        table.always("metadata", \.metadata)
        table.optional("spec", \.spec)
    }
}

/// Who holds a lease and since when.
package struct LeaseSpec: FieldTableCodable {
    package var holderIdentity: String?
    package var leaseDurationSeconds: Int32?
    package var acquireTime: MicroTime?
    package var renewTime: MicroTime?
    package var leaseTransitions: Int32?
    package var strategy: String?
    package var preferredHolder: String?

    package init() {}

    package static let fields = FieldTable<LeaseSpec> { table in
        table.optional("holderIdentity", \.holderIdentity)
        table.optional("leaseDurationSeconds", \.leaseDurationSeconds)
        table.optional("acquireTime", \.acquireTime)
        table.optional("renewTime", \.renewTime)
        table.optional("leaseTransitions", \.leaseTransitions)
        table.optional("strategy", \.strategy)
        table.optional("preferredHolder", \.preferredHolder)
    }
}
