package import StructuredData

/// A directory of an NFS server.
package struct NFSVolumeSource: FieldTableCodable {
    package var server: String = ""
    package var path: String = ""
    package var readOnly: Bool = false

    package init() {}

    package static let fields = FieldTable<NFSVolumeSource> { table in
        table.always("server", \.server)
        table.always("path", \.path)
        table.optional("readOnly", \.readOnly)
    }
}

/// A disk of an iSCSI target.
package struct ISCSIVolumeSource: FieldTableCodable {
    package var targetPortal: String = ""
    package var iqn: String = ""
    package var lun: Int32 = 0
    package var iscsiInterface: String = ""
    package var fsType: String = ""
    package var readOnly: Bool = false
    package var portals: [String] = []
    package var chapAuthDiscovery: Bool = false
    package var chapAuthSession: Bool = false
    package var secretRef: LocalObjectReference?
    package var initiatorName: String?

    package init() {}

    package static let fields = FieldTable<ISCSIVolumeSource> { table in
        table.always("targetPortal", \.targetPortal)
        table.always("iqn", \.iqn)
        table.always("lun", \.lun)
        table.optional("iscsiInterface", \.iscsiInterface)
        table.optional("fsType", \.fsType)
        table.optional("readOnly", \.readOnly)
        table.optional("portals", \.portals)
        table.optional("chapAuthDiscovery", \.chapAuthDiscovery)
        table.optional("chapAuthSession", \.chapAuthSession)
        table.optional("secretRef", \.secretRef)
        table.optional("initiatorName", \.initiatorName)
    }
}

/// A disk of a Fibre Channel target.
package struct FCVolumeSource: FieldTableCodable {
    package var targetWWNs: [String] = []
    package var lun: Int32?
    package var fsType: String = ""
    package var readOnly: Bool = false
    package var wwids: [String] = []

    package init() {}

    package static let fields = FieldTable<FCVolumeSource> { table in
        table.optional("targetWWNs", \.targetWWNs)
        table.optional("lun", \.lun)
        table.optional("fsType", \.fsType)
        table.optional("readOnly", \.readOnly)
        table.optional("wwids", \.wwids)
    }
}

/// A volume made by a driver executable.
package struct FlexVolumeSource: FieldTableCodable {
    package var driver: String = ""
    package var fsType: String = ""
    package var secretRef: LocalObjectReference?
    package var readOnly: Bool = false
    package var options: [String: String] = [:]

    package init() {}

    package static let fields = FieldTable<FlexVolumeSource> { table in
        table.always("driver", \.driver)
        table.optional("fsType", \.fsType)
        table.optional("secretRef", \.secretRef)
        table.optional("readOnly", \.readOnly)
        table.optional("options", \.options)
    }
}
