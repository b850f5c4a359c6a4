import KubernetesAPI
import StructuredData
import Testing

@Suite struct ForbiddenReferencesTests {
    @Test(arguments: [
        ("serviceAccountName: x", "serviceAccountName: Forbidden: static pods may not reference service accounts"),
        ("serviceAccount: x", "serviceAccount: Forbidden: static pods may not reference service accounts"),
        ("imagePullSecrets: [{name: x}]", "imagePullSecrets[0]: Forbidden: static pods may not reference Secrets"),
        ("resourceClaims: [{name: x}]", "resourceClaims[0]: Forbidden: static pods may not reference ResourceClaims"),
        (
            "volumes: [{name: a, secret: {secretName: x}}]",
            "volumes[0].secret: Forbidden: static pods may not reference Secrets"
        ),
        (
            "volumes: [{name: a, configMap: {name: x}}]",
            "volumes[0].configMap: Forbidden: static pods may not reference ConfigMaps"
        ),
        (
            "volumes: [{name: a, persistentVolumeClaim: {claimName: x}}]",
            "volumes[0].persistentVolumeClaim: Forbidden: static pods may not reference PersistentVolumeClaims"
        ),
        (
            "volumes: [{name: a, ephemeral: {}}]",
            "volumes[0].ephemeral: Forbidden: static pods may not reference PersistentVolumeClaims"
        ),
        (
            "volumes: [{name: a, csi: {driver: x}}]",
            "volumes[0].csi: Forbidden: static pods may not reference CSI drivers"
        ),
        (
            "volumes: [{name: a, azureFile: {}}]",
            "volumes[0].azureFile: Forbidden: static pods may not reference Secrets"
        ),
        (
            "volumes: [{name: a, glusterfs: {}}]",
            "volumes[0].glusterfs: Forbidden: static pods may not reference Endpoints"
        ),
        (
            "volumes: [{name: a, rbd: {secretRef: {name: x}}}]",
            "volumes[0].rbd.secretRef: Forbidden: static pods may not reference Secrets"
        ),
        (
            "volumes: [{name: a, projected: {sources: [{serviceAccountToken: {path: t}}]}}]",
            "volumes[0].projected.sources[0].serviceAccountToken: Forbidden: "
                + "static pods may not reference service accounts"
        ),
        (
            "volumes: [{name: a, projected: {sources: [{downwardAPI: {items: []}}, {secret: {name: x}}]}}]",
            "volumes[0].projected.sources[1].secret: Forbidden: static pods may not reference Secrets"
        ),
        (
            "volumes: [{name: a, projected: {sources: [{configMap: {name: x}}]}}]",
            "volumes[0].projected.sources[0].configMap: Forbidden: static pods may not reference ConfigMaps"
        ),
        (
            "volumes: [{name: a, projected: {sources: [{clusterTrustBundle: {path: t, name: x}}]}}]",
            "volumes[0].projected.sources[0].clusterTrustBundle: Forbidden: "
                + "static pods may not reference ClusterTrustBundles"
        ),
        (
            "volumes: [{name: a, projected: {sources: [{podCertificate: {signerName: x}}]}}]",
            "volumes[0].projected.sources[0].podCertificate: Forbidden: static pods may not reference PodCertificates"
        ),
        (
            "containers: [{name: a, image: b, env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]",
            "containers[0].env[0].valueFrom.secretKeyRef: Forbidden: static pods may not reference Secrets"
        ),
        (
            "initContainers: [{name: a, image: b, envFrom: [{configMapRef: {name: s}}]}]",
            "initContainers[0].envFrom[0].configMapRef: Forbidden: static pods may not reference ConfigMaps"
        ),
    ])
    func findsAPIObjects(text: String, issue: String) throws {
        let issues = ForbiddenReferences.inStaticPod(try decodePod(spec: text))
        #expect(issues.map(\.description) == ["spec.\(issue)"])
    }

    @Test func whatTheNodeItselfHasIsAllowed() throws {
        let text = """
            volumes:
            - {name: a, hostPath: {path: /x}}
            - {name: b, nfs: {server: x, path: /}}
            - {name: c, projected: {sources: [{downwardAPI: {items: []}}]}}
            - {name: d, image: {reference: x}}
            """
        #expect(ForbiddenReferences.inStaticPod(try decodePod(spec: text)).isEmpty)
    }
}
