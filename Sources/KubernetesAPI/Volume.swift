package import StructuredData

/// A named volume of a pod; exactly one of the sources is set.
package struct Volume: FieldTableCodable {
    package var name: String = ""
    package var hostPath: HostPathVolumeSource?
    package var emptyDir: EmptyDirVolumeSource?
    package var secret: SecretVolumeSource?
    package var nfs: NFSVolumeSource?
    package var iscsi: ISCSIVolumeSource?
    package var persistentVolumeClaim: PersistentVolumeClaimVolumeSource?
    package var flexVolume: FlexVolumeSource?
    package var downwardAPI: DownwardAPIVolumeSource?
    package var fc: FCVolumeSource?
    package var configMap: ConfigMapVolumeSource?
    package var projected: ProjectedVolumeSource?
    package var image: ImageVolumeSource?
    /// Sources that the kubelet does not mount itself or not any more, by their field name, as they were written.
    package var otherSources: [String: JSONValue] = [:]

    package init() {}

    package static let fields = FieldTable<Volume> { table in
        table.always("name", \.name)
        table.optional("hostPath", \.hostPath)
        table.optional("emptyDir", \.emptyDir)
        table.optional("secret", \.secret)
        table.optional("nfs", \.nfs)
        table.optional("iscsi", \.iscsi)
        table.optional("persistentVolumeClaim", \.persistentVolumeClaim)
        table.optional("flexVolume", \.flexVolume)
        table.optional("downwardAPI", \.downwardAPI)
        table.optional("fc", \.fc)
        table.optional("configMap", \.configMap)
        table.optional("projected", \.projected)
        table.optional("image", \.image)
        for name in otherSourceNames { table.optional(name, \.otherSources[name]) }
    }

    /// Every source that is kept as it was written.
    package static let otherSourceNames = [
        "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "glusterfs", "rbd",
        "cinder", "cephfs", "flocker", "azureFile", "vsphereVolume",
        "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO",
        "storageos", "csi", "ephemeral",
    ]
}

/// A file or directory of the host.
package struct HostPathVolumeSource: FieldTableCodable {
    package var path: String = ""
    /// Nil or empty: nothing is checked.
    package var type: HostPathType?

    package init() {}

    package static let fields = FieldTable<HostPathVolumeSource> { table in
        table.always("path", \.path)
        table.optional("type", \.type)
    }
}

/// What must be at a host path, or is made there.
package struct HostPathType: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let unset: HostPathType = ""
    package static let directoryOrCreate: HostPathType = "DirectoryOrCreate"
    package static let directory: HostPathType = "Directory"
    package static let fileOrCreate: HostPathType = "FileOrCreate"
    package static let file: HostPathType = "File"
    package static let socket: HostPathType = "Socket"
    package static let charDevice: HostPathType = "CharDevice"
    package static let blockDevice: HostPathType = "BlockDevice"
}

/// A directory that lives as long as its pod.
package struct EmptyDirVolumeSource: FieldTableCodable {
    package var medium: StorageMedium = ""
    package var sizeLimit: Quantity?

    package init() {}

    package static let fields = FieldTable<EmptyDirVolumeSource> { table in
        table.optional("medium", \.medium)
        table.optional("sizeLimit", \.sizeLimit)
    }
}

/// What an empty directory is made of.
package struct StorageMedium: StringFieldValue {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let disk: StorageMedium = ""
    package static let memory: StorageMedium = "Memory"
    /// Huge pages of the one size that the pod has a limit of.
    package static let hugePages: StorageMedium = "HugePages"

    private static let sizePrefix = "HugePages-"

    package var isHugePages: Bool { self == .hugePages || rawValue.hasPrefix(Self.sizePrefix) }

    /// The size in bytes of the huge pages that the medium names, `HugePages-2Mi`.
    package var pageSize: Int64? {
        rawValue.hasPrefix(Self.sizePrefix) ? Quantity(rawValue.dropFirst(Self.sizePrefix.count))?.value : nil
    }
}

/// Files with fields of the pod.
package struct DownwardAPIVolumeSource: FieldTableCodable {
    package var items: [DownwardAPIVolumeFile] = []
    package var defaultMode: Int32?

    package init() {}

    package static let fields = FieldTable<DownwardAPIVolumeSource> { table in
        table.optional("items", \.items)
        table.optional("defaultMode", \.defaultMode)
    }
}

/// A file with one field of the pod.
package struct DownwardAPIVolumeFile: FieldTableCodable {
    package var path: String = ""
    package var fieldRef: ObjectFieldSelector?
    package var resourceFieldRef: ResourceFieldSelector?
    package var mode: Int32?

    package init() {}

    package static let fields = FieldTable<DownwardAPIVolumeFile> { table in
        table.always("path", \.path)
        table.optional("fieldRef", \.fieldRef)
        table.optional("resourceFieldRef", \.resourceFieldRef)
        table.optional("mode", \.mode)
    }
}

/// Which key goes into which file.
package struct KeyToPath: FieldTableCodable {
    package var key: String = ""
    package var path: String = ""
    package var mode: Int32?

    package init() {}

    package static let fields = FieldTable<KeyToPath> { table in
        table.always("key", \.key)
        table.always("path", \.path)
        table.optional("mode", \.mode)
    }
}

/// The keys of a Secret as files.
package struct SecretVolumeSource: FieldTableCodable {
    package var secretName: String = ""
    package var items: [KeyToPath] = []
    package var defaultMode: Int32?
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<SecretVolumeSource> { table in
        table.optional("secretName", \.secretName)
        table.optional("items", \.items)
        table.optional("defaultMode", \.defaultMode)
        table.optional("optional", \.isOptional)
    }
}

/// The keys of a ConfigMap as files.
package struct ConfigMapVolumeSource: FieldTableCodable {
    package var name: String = ""
    package var items: [KeyToPath] = []
    package var defaultMode: Int32?
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<ConfigMapVolumeSource> { table in
        table.optional("name", \.name)
        table.optional("items", \.items)
        table.optional("defaultMode", \.defaultMode)
        table.optional("optional", \.isOptional)
    }
}

/// Storage that the pod has claimed.
package struct PersistentVolumeClaimVolumeSource: FieldTableCodable {
    package var claimName: String = ""
    package var readOnly: Bool = false

    package init() {}

    package static let fields = FieldTable<PersistentVolumeClaimVolumeSource> { table in
        table.always("claimName", \.claimName)
        table.optional("readOnly", \.readOnly)
    }
}

/// The content of an image.
package struct ImageVolumeSource: FieldTableCodable {
    package var reference: String = ""
    package var pullPolicy: PullPolicy = ""

    package init() {}

    package static let fields = FieldTable<ImageVolumeSource> { table in
        table.optional("reference", \.reference)
        table.optional("pullPolicy", \.pullPolicy)
    }
}
