package import StructuredData

/// What every object carries: its name, identity and versions.
/// // `managedFields` is accepted and dropped: nothing of ours applies fields on the server side by type.
package struct ObjectMeta: FieldTableCodable {
    package var name: String = ""
    package var generateName: String = ""
    package var namespace: String = ""
    package var selfLink: String = ""
    package var uid: String = ""
    /// Opaque; compared for equality only.
    package var resourceVersion: String = ""
    package var generation: Int64 = 0
    package var creationTimestamp: Timestamp?
    package var deletionTimestamp: Timestamp?
    package var deletionGracePeriodSeconds: Int64?
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    package var ownerReferences: [OwnerReference] = []
    package var finalizers: [String] = []

    package init() {}

    package static let fields = FieldTable<ObjectMeta> { table in
        table.optional("name", \.name)
        table.optional("generateName", \.generateName)
        table.optional("namespace", \.namespace)
        table.optional("selfLink", \.selfLink)
        table.optional("uid", \.uid)
        table.optional("resourceVersion", \.resourceVersion)
        table.optional("generation", \.generation)
        table.optional("creationTimestamp", \.creationTimestamp)
        table.optional("deletionTimestamp", \.deletionTimestamp)
        table.optional("deletionGracePeriodSeconds", \.deletionGracePeriodSeconds)
        table.optional("labels", \.labels)
        table.optional("annotations", \.annotations)
        table.optional("ownerReferences", \.ownerReferences)
        table.optional("finalizers", \.finalizers)
        table.ignored("managedFields")
    }
}

/// The object that another one belongs to; both are in the same namespace, or the owner is in none.
package struct OwnerReference: FieldTableCodable {
    package var apiVersion: String = ""
    package var kind: String = ""
    package var name: String = ""
    package var uid: String = ""
    package var controller: Bool?
    package var blockOwnerDeletion: Bool?

    package init() {}

    package static let fields = FieldTable<OwnerReference> { table in
        table.always("apiVersion", \.apiVersion)
        table.always("kind", \.kind)
        table.always("name", \.name)
        table.always("uid", \.uid)
        table.optional("controller", \.controller)
        table.optional("blockOwnerDeletion", \.blockOwnerDeletion)
    }
}

/// What every list carries.
package struct ListMeta: FieldTableCodable {
    package var selfLink: String = ""
    package var resourceVersion: String = ""
    /// Where the next part of the list begins; empty at its end.
    package var continueToken: String = ""
    package var remainingItemCount: Int64?

    package init() {}

    package static let fields = FieldTable<ListMeta> { table in
        table.optional("selfLink", \.selfLink)
        table.optional("resourceVersion", \.resourceVersion)
        table.optional("continue", \.continueToken)
        table.optional("remainingItemCount", \.remainingItemCount)
    }
}

/// Which labels an object must have; both parts must match, an empty selector matches everything.
package struct LabelSelector: FieldTableCodable {
    package var matchLabels: [String: String] = [:]
    package var matchExpressions: [LabelSelectorRequirement] = []

    package init() {}

    package static let fields = FieldTable<LabelSelector> { table in
        table.optional("matchLabels", \.matchLabels)
        table.optional("matchExpressions", \.matchExpressions)
    }
}

/// One condition on a label.
package struct LabelSelectorRequirement: FieldTableCodable {
    package var key: String = ""
    package var `operator`: LabelSelectorOperator = ""
    package var values: [String] = []

    package init() {}

    package static let fields = FieldTable<LabelSelectorRequirement> { table in
        table.always("key", \.key)
        table.always("operator", \.operator)
        table.optional("values", \.values)
    }
}

/// How a label is compared.
package struct LabelSelectorOperator: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let isIn: LabelSelectorOperator = "In"
    package static let notIn: LabelSelectorOperator = "NotIn"
    package static let exists: LabelSelectorOperator = "Exists"
    package static let doesNotExist: LabelSelectorOperator = "DoesNotExist"
}

/// A reference to any object.
package struct ObjectReference: FieldTableCodable {
    package var kind: String = ""
    package var namespace: String = ""
    package var name: String = ""
    package var uid: String = ""
    package var apiVersion: String = ""
    package var resourceVersion: String = ""
    /// The part of the object that is meant, as `spec.containers{name}`.
    package var fieldPath: String = ""

    package init() {}

    package static let fields = FieldTable<ObjectReference> { table in
        table.optional("kind", \.kind)
        table.optional("namespace", \.namespace)
        table.optional("name", \.name)
        table.optional("uid", \.uid)
        table.optional("apiVersion", \.apiVersion)
        table.optional("resourceVersion", \.resourceVersion)
        table.optional("fieldPath", \.fieldPath)
    }
}

/// A reference to an object of the same namespace by its name.
package struct LocalObjectReference: FieldTableCodable {
    package var name: String = ""

    package init() {}

    package static let fields = FieldTable<LocalObjectReference> { table in
        table.optional("name", \.name)
    }
}
