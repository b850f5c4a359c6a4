extension Volume {
    /// The names of the sources that are set; a valid volume has exactly one.
    package var sourceNames: [String] {
        let typed: [(String, Bool)] = [
            ("emptyDir", emptyDir != nil), ("hostPath", hostPath != nil), ("secret", secret != nil),
            ("nfs", nfs != nil), ("iscsi", iscsi != nil), ("persistentVolumeClaim", persistentVolumeClaim != nil),
            ("downwardAPI", downwardAPI != nil), ("fc", fc != nil), ("flexVolume", flexVolume != nil),
            ("configMap", configMap != nil), ("projected", projected != nil), ("image", image != nil),
        ]
        return typed.filter(\.1).map(\.0) + otherSources.keys.sorted()
    }
}

extension VolumeProjection {
    /// The names of the sources that are set; a valid projection has exactly one.
    package var sourceNames: [String] {
        let typed: [(String, Bool)] = [
            ("secret", secret != nil), ("downwardAPI", downwardAPI != nil), ("configMap", configMap != nil),
            ("serviceAccountToken", serviceAccountToken != nil),
            ("clusterTrustBundle", clusterTrustBundle != nil), ("podCertificate", podCertificate != nil),
        ]
        return typed.filter(\.1).map(\.0)
    }
}
