package import StructuredData

/// Files of several sources in one directory.
package struct ProjectedVolumeSource: FieldTableCodable {
    package var sources: [VolumeProjection] = []
    package var defaultMode: Int32?

    package init() {}

    package static let fields = FieldTable<ProjectedVolumeSource> { table in
        table.optional("sources", \.sources)
        table.optional("defaultMode", \.defaultMode)
    }
}

/// One source of a projected volume; exactly one is set. Static pods may use `downwardAPI` only.
package struct VolumeProjection: FieldTableCodable {
    package var secret: SecretProjection?
    package var downwardAPI: DownwardAPIProjection?
    package var configMap: ConfigMapProjection?
    package var serviceAccountToken: ServiceAccountTokenProjection?
    package var clusterTrustBundle: ClusterTrustBundleProjection?
    package var podCertificate: JSONValue?

    package init() {}

    package static let fields = FieldTable<VolumeProjection> { table in
        table.optional("secret", \.secret)
        table.optional("downwardAPI", \.downwardAPI)
        table.optional("configMap", \.configMap)
        table.optional("serviceAccountToken", \.serviceAccountToken)
        table.optional("clusterTrustBundle", \.clusterTrustBundle)
        table.optional("podCertificate", \.podCertificate)
    }
}

/// Files with fields of the pod.
package struct DownwardAPIProjection: FieldTableCodable {
    package var items: [DownwardAPIVolumeFile] = []

    package init() {}

    package static let fields = FieldTable<DownwardAPIProjection> { table in
        table.optional("items", \.items)
    }
}

/// Keys of a Secret.
package struct SecretProjection: FieldTableCodable {
    package var name: String = ""
    package var items: [KeyToPath] = []
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<SecretProjection> { table in
        table.optional("name", \.name)
        table.optional("items", \.items)
        table.optional("optional", \.isOptional)
    }
}

/// Keys of a ConfigMap.
package struct ConfigMapProjection: FieldTableCodable {
    package var name: String = ""
    package var items: [KeyToPath] = []
    package var isOptional: Bool?

    package init() {}

    package static let fields = FieldTable<ConfigMapProjection> { table in
        table.optional("name", \.name)
        table.optional("items", \.items)
        table.optional("optional", \.isOptional)
    }
}

/// A token of the pod's service account.
package struct ServiceAccountTokenProjection: FieldTableCodable {
    package var audience: String = ""
    package var expirationSeconds: Int64?
    package var path: String = ""

    package init() {}

    package static let fields = FieldTable<ServiceAccountTokenProjection> { table in
        table.optional("audience", \.audience)
        table.optional("expirationSeconds", \.expirationSeconds)
        table.always("path", \.path)
    }
}

/// Trust anchors of the cluster.
package struct ClusterTrustBundleProjection: FieldTableCodable {
    package var name: String?
    package var signerName: String?
    package var labelSelector: LabelSelector?
    package var isOptional: Bool?
    package var path: String = ""

    package init() {}

    package static let fields = FieldTable<ClusterTrustBundleProjection> { table in
        table.optional("name", \.name)
        table.optional("signerName", \.signerName)
        table.optional("labelSelector", \.labelSelector)
        table.optional("optional", \.isOptional)
        table.always("path", \.path)
    }
}
