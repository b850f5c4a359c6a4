import KubernetesAPI
import Testing

@Suite struct VolumeValidationTests {
    private static func volume(_ description: String, _ source: String, _ issues: String...) -> PodFault {
        var fault = PodFault(description, "volumes: [{name: v, \(source)}]")
        fault.issues = issues.map { "spec.volumes[0].\($0)" }
        return fault
    }

    @Test(arguments: [
        PodFault("no name", "volumes: [{}]", "spec.volumes[0].name: Required value"),
        PodFault(
            "no label", "volumes: [{name: A}]", "spec.volumes[0].name: Invalid value: \"A\": \(NameFault.label)"),
        volume(
            "less than nothing", "emptyDir: {sizeLimit: -1}",
            "emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"),
        volume("no path", "hostPath: {path: \"\"}", "hostPath.path: Required value"),
        volume("no image", "image: {reference: \"\"}", "image.reference: Required value"),
        volume(
            "modes",
            "downwardAPI: {defaultMode: 512, items: [{path: a, mode: -1, fieldRef: {fieldPath: metadata.uid}}]}",
            "downwardAPI.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
            "downwardAPI.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive"),
        volume(
            "a file of nothing", "downwardAPI: {items: [{path: /..a}, {path: ..b}, {path: ../c}]}",
            "downwardAPI.items[0].path: Invalid value: \"/..a\": must be a relative path",
            "downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required",
            "downwardAPI.items[1].path: Invalid value: \"..b\": must not start with '..'",
            "downwardAPI.items[1]: Required value: one of fieldRef and resourceFieldRef is required",
            "downwardAPI.items[2].path: Invalid value: \"../c\": must not contain '..'",
            "downwardAPI.items[2]: Required value: one of fieldRef and resourceFieldRef is required"),
        volume(
            "a file of too much",
            "downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}, resourceFieldRef: {resource: a}}]}",
            "downwardAPI.items[0]: Invalid value: \"resource\": "
                + "fieldRef and resourceFieldRef can not be specified simultaneously"),
        volume(
            "a resource of no container", "downwardAPI: {items: [{path: a, resourceFieldRef: {resource: limits.cpu}}]}",
            "downwardAPI.items[0].resourceFieldRef.containerName: Required value"),
        volume(
            "a field that files can't have", "downwardAPI: {items: [{path: a, fieldRef: {fieldPath: status.podIP}}]}",
            "downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: \"status.podIP\": supported values: "
                + "\"metadata.annotations\", \"metadata.labels\", \"metadata.name\", \"metadata.namespace\", "
                + "\"metadata.uid\""),
        volume(
            "one path for two files",
            "projected: {sources: [{downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.uid}}, "
                + "{path: a, fieldRef: {fieldPath: metadata.name}}]}}]}",
            "projected.sources[0].downwardAPI.items[1].path: Invalid value: \"a\": conflicting duplicate paths"),
        volume(
            "two sources in one", "projected: {sources: [{downwardAPI: {}, configMap: {name: a}}, {}]}",
            "projected.sources[0].configMap: Forbidden: may not specify more than 1 volume type per source",
            "projected.sources[1]: Required value: must specify a volume source"),
        volume(
            "a token that is gone at once",
            "projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 5}}]}",
            "projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: "
                + "may not specify a duration less than 10 minutes",
            "projected.sources[0].serviceAccountToken: Forbidden: "
                + "must not be specified when serviceAccountName is not set"),
        volume(
            "a share of no path", "nfs: {server: \"\", path: a}",
            "nfs.server: Required value", "nfs.path: Invalid value: \"a\": must be an absolute path"),
        volume(
            "an iSCSI disk",
            "iscsi: {targetPortal: \"\", iqn: disk, lun: 256, chapAuthSession: true, initiatorName: eui.1}",
            "iscsi.targetPortal: Required value",
            "iscsi.iqn: Invalid value: \"disk\": must be valid format starting with iqn, eui, or naa",
            "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
            "iscsi.secretRef: Required value",
            "iscsi.initiatorName: Invalid value: \"eui.1\": must be valid format"),
        volume(
            "iSCSI names",
            "iscsi: {targetPortal: \"10.0.0.1:3260\", iqn: \"iqn.2001-04.com.example:a b\", lun: 0, "
                + "initiatorName: \"iqn.2001-04.com.example:disk\"}",
            "iscsi.iqn: Invalid value: \"iqn.2001-04.com.example:a b\": must be valid format"),
        volume(
            "a Fibre Channel disk named twice", "fc: {targetWWNs: [a], wwids: [b], lun: 300}",
            "fc.targetWWNs: Invalid value: [\"a\"]: targetWWNs and wwids can not be specified simultaneously",
            "fc.lun: Invalid value: 300: must be between 0 and 255, inclusive"),
        volume(
            "a Fibre Channel disk named not at all", "fc: {}",
            "fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"),
        volume(
            "a driver's options", "flexVolume: {driver: \"\", options: {x.k8s.io/a: b, mine/a: b}}",
            "flexVolume.driver: Required value",
            "flexVolume.options[x.k8s.io/a]: Invalid value: \"x.k8s.io/a\": "
                + "kubernetes.io and k8s.io namespaces are reserved"),
        volume(
            "sources of other kinds", "gitRepo: {directory: ../a}", "gitRepo.repository: Required value",
            "gitRepo.directory: Invalid value: \"../a\": must not contain '..'"),
    ])
    func finds(_ fault: PodFault) throws { try fault.check() }

    private static func mount(_ description: String, _ fields: String, _ issues: String...) -> PodFault {
        var fault = PodFault(
            description,
            """
            volumes: [{name: v, emptyDir: {}}]
            containers: [{name: web, image: nginx, volumeMounts: [{name: v, mountPath: /a}, {name: v, \(fields)}]}]
            """)
        fault.issues = issues.map { "spec.containers[0].volumeMounts[1].\($0)" }
        return fault
    }

    @Test(arguments: [
        mount("at no place", "mountPath: \"\"", "mountPath: Required value"),
        mount("at a place twice", "mountPath: /a", "mountPath: Invalid value: \"/a\": must be unique"),
        mount(
            "an absolute sub-path", "mountPath: /b, subPath: /c",
            "subPath: Invalid value: \"/c\": must be a relative path"),
        mount(
            "a sub-path that leads out", "mountPath: /b, subPath: c/..",
            "subPath: Invalid value: \"c/..\": must not contain '..'"),
        mount(
            "two sub-paths", "mountPath: /b, subPath: c, subPathExpr: /$(A)",
            "subPathExpr: Invalid value: \"/$(A)\": subPathExpr and subPath are mutually exclusive",
            "subPathExpr: Invalid value: \"/$(A)\": must be a relative path"),
        mount(
            "passing on what an ordinary container mounts", "mountPath: /b, mountPropagation: Bidirectional",
            "mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers"),
        mount(
            "passing on in no known way", "mountPath: /b, mountPropagation: Both",
            "mountPropagation: Unsupported value: \"Both\": "
                + "supported values: \"Bidirectional\", \"HostToContainer\", \"None\""),
        mount(
            "recursively read-only and writable",
            "mountPath: /b, recursiveReadOnly: Enabled, mountPropagation: HostToContainer",
            "recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
            "recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified"),
        mount(
            "recursively read-only in no known way", "mountPath: /b, readOnly: true, recursiveReadOnly: Maybe",
            "recursiveReadOnly: Unsupported value: \"Maybe\": "
                + "supported values: \"Disabled\", \"Enabled\", \"IfPossible\""),
        PodFault(
            "devices",
            """
            volumes: [{name: v, emptyDir: {}}, {name: p, persistentVolumeClaim: {claimName: c}}]
            containers:
            - name: web
              image: nginx
              volumeMounts: [{name: v, mountPath: /dev/x}]
              volumeDevices: [{name: v, devicePath: /dev/x}, {name: p, devicePath: /a/../b}, {name: q, devicePath: /dev/x}]
            """,
            "spec.containers[0].volumeMounts[0].name: Invalid value: \"v\": must not already exist in volumeDevices",
            "spec.containers[0].volumeMounts[0].mountPath: Invalid value: \"/dev/x\": "
                + "must not already exist as a path in volumeDevices",
            "spec.containers[0].volumeDevices[0].name: Invalid value: \"v\": "
                + "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            "spec.containers[0].volumeDevices[0].name: Invalid value: \"v\": must not already exist in volumeMounts",
            "spec.containers[0].volumeDevices[0].devicePath: Invalid value: \"/dev/x\": "
                + "must not already exist as a path in volumeMounts",
            "spec.containers[0].volumeDevices[1].devicePath: Invalid value: \"/a/../b\": "
                + "can not contain backsteps ('..')",
            "spec.containers[0].volumeDevices[2].name: Not found: \"q\"",
            "spec.containers[0].volumeDevices[2].devicePath: Invalid value: \"/dev/x\": must be unique",
            "spec.containers[0].volumeDevices[2].devicePath: Invalid value: \"/dev/x\": "
                + "must not already exist as a path in volumeMounts"),
    ])
    func findsInMounts(_ fault: PodFault) throws { try fault.check() }
}
