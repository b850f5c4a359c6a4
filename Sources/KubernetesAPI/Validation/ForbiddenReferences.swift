internal import StructuredData

/// What a static pod may not refer to, because only an API server could resolve it.
///
/// Upstream's gate `PreventStaticPodAPIReferences` (`pkg/api/pod/util.go`) stops at the first; here all are told.
package enum ForbiddenReferences {
    /// The references to API objects in a pod; empty for one that may be static.
    package static func inStaticPod(_ pod: Pod) -> [FieldIssue] {
        var search = ReferenceSearch()
        search.visitIdentity(pod.spec, at: FieldPath("spec"))
        search.visit(pod.spec, at: FieldPath("spec"))
        return search.collector.issues
    }

    /// The references to API objects without which a pod's containers can't be made as they are meant.
    package static func neededByContainers(of pod: Pod) -> [FieldIssue] {
        var search = ReferenceSearch()
        search.visit(pod.spec, at: FieldPath("spec"))
        return search.collector.issues
    }
}

private struct ReferenceSearch {
    var collector = IssueCollector()

    mutating func visitIdentity(_ spec: PodSpec, at path: FieldPath) {
        if !spec.serviceAccountName.isEmpty {
            forbid("service accounts", path.child("serviceAccountName"))
        } else if !spec.serviceAccount.isEmpty {
            forbid("service accounts", path.child("serviceAccount"))
        }
        for index in spec.imagePullSecrets.indices { forbid("Secrets", path.child("imagePullSecrets").index(index)) }
    }

    mutating func visit(_ spec: PodSpec, at path: FieldPath) {
        for index in spec.resourceClaims.indices { forbid("ResourceClaims", path.child("resourceClaims").index(index)) }
        for (index, container) in spec.initContainers.enumerated() {
            visit(container, at: path.child("initContainers").index(index))
        }
        for (index, container) in spec.containers.enumerated() {
            visit(container, at: path.child("containers").index(index))
        }
        for (index, container) in spec.ephemeralContainers.enumerated() {
            visit(container.common, at: path.child("ephemeralContainers").index(index))
        }
        for (index, volume) in spec.volumes.enumerated() {
            visit(volume, at: path.child("volumes").index(index))
        }
    }

    private mutating func visit(_ container: Container, at path: FieldPath) {
        for (index, variable) in container.env.enumerated() {
            let sourcePath = path.child("env").index(index).child("valueFrom")
            if variable.valueFrom?.secretKeyRef != nil { forbid("Secrets", sourcePath.child("secretKeyRef")) }
            if variable.valueFrom?.configMapKeyRef != nil { forbid("ConfigMaps", sourcePath.child("configMapKeyRef")) }
        }
        for (index, source) in container.envFrom.enumerated() {
            let sourcePath = path.child("envFrom").index(index)
            if source.secretRef != nil { forbid("Secrets", sourcePath.child("secretRef")) }
            if source.configMapRef != nil { forbid("ConfigMaps", sourcePath.child("configMapRef")) }
        }
    }

    private mutating func visit(_ volume: Volume, at path: FieldPath) {
        if volume.secret != nil { forbid("Secrets", path.child("secret")) }
        if volume.configMap != nil { forbid("ConfigMaps", path.child("configMap")) }
        if volume.persistentVolumeClaim != nil {
            forbid("PersistentVolumeClaims", path.child("persistentVolumeClaim"))
        }
        if volume.iscsi?.secretRef != nil { forbid("Secrets", path.child("iscsi", "secretRef")) }
        if volume.flexVolume?.secretRef != nil { forbid("Secrets", path.child("flexVolume", "secretRef")) }
        for (name, source) in volume.otherSources.sorted(by: { $0.key < $1.key }) {
            visit(source, named: name, at: path.child(name))
        }
        for (index, projection) in (volume.projected?.sources ?? []).enumerated() {
            visit(projection, at: path.child("projected", "sources").index(index))
        }
    }

    /// Sources that are not typed: some are barred as such, the others where they name a Secret.
    private mutating func visit(_ source: JSONValue, named name: String, at path: FieldPath) {
        switch name {
        case "csi": forbid("CSI drivers", path)
        case "ephemeral": forbid("PersistentVolumeClaims", path)
        case "azureFile": forbid("Secrets", path)
        case "glusterfs": forbid("Endpoints", path)
        default: if source["secretRef"] != nil { forbid("Secrets", path.child("secretRef")) }
        }
    }

    private mutating func visit(_ projection: VolumeProjection, at path: FieldPath) {
        if projection.secret != nil { forbid("Secrets", path.child("secret")) }
        if projection.configMap != nil { forbid("ConfigMaps", path.child("configMap")) }
        if projection.serviceAccountToken != nil { forbid("service accounts", path.child("serviceAccountToken")) }
        if projection.clusterTrustBundle != nil { forbid("ClusterTrustBundles", path.child("clusterTrustBundle")) }
        if projection.podCertificate != nil { forbid("PodCertificates", path.child("podCertificate")) }
    }

    private mutating func forbid(_ kind: String, _ path: FieldPath) {
        collector.forbidden(path, "static pods may not reference \(kind)")
    }
}
