package import StructuredData

/// Where a volume appears in a container.
package struct VolumeMount: FieldTableCodable {
    package var name: String = ""
    package var readOnly: Bool = false
    package var recursiveReadOnly: RecursiveReadOnlyMode?
    package var mountPath: String = ""
    package var subPath: String = ""
    package var mountPropagation: MountPropagationMode?
    package var subPathExpr: String = ""

    package init() {}

    package static let fields = FieldTable<VolumeMount> { table in
        table.always("name", \.name)
        table.optional("readOnly", \.readOnly)
        table.optional("recursiveReadOnly", \.recursiveReadOnly)
        table.always("mountPath", \.mountPath)
        table.optional("subPath", \.subPath)
        table.optional("mountPropagation", \.mountPropagation)
        table.optional("subPathExpr", \.subPathExpr)
    }
}

/// Whether mounts below a read-only mount are read-only too.
package struct RecursiveReadOnlyMode: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let disabled: RecursiveReadOnlyMode = "Disabled"
    package static let ifPossible: RecursiveReadOnlyMode = "IfPossible"
    package static let enabled: RecursiveReadOnlyMode = "Enabled"
}

/// Whether later mounts pass between host and container.
package struct MountPropagationMode: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let none: MountPropagationMode = "None"
    package static let hostToContainer: MountPropagationMode = "HostToContainer"
    package static let bidirectional: MountPropagationMode = "Bidirectional"
}

/// Where a block device appears in a container.
package struct VolumeDevice: FieldTableCodable {
    package var name: String = ""
    package var devicePath: String = ""

    package init() {}

    package static let fields = FieldTable<VolumeDevice> { table in
        table.always("name", \.name)
        table.always("devicePath", \.devicePath)
    }
}
