import KubernetesAPI
import Testing

@Suite struct PodMetadataValidationTests {
    private static let names = "name: web\nnamespace: default\n"

    @Test(arguments: [
        PodFault("no namespace", metadata: "name: web", "metadata.namespace: Required value"),
        PodFault(
            "no name", metadata: "namespace: default",
            "metadata.name: Required value: name or generateName is required"),
        PodFault(
            "a name to be made up", metadata: "namespace: default\ngenerateName: web-",
            "metadata.name: Required value: name or generateName is required"),
        PodFault(
            "a beginning of no name", metadata: names + "generateName: Web-",
            "metadata.generateName: Invalid value: \"Web-\": \(NameFault.subdomain)"),
        PodFault(
            "names in upper case", metadata: "name: Web\nnamespace: Default",
            "metadata.name: Invalid value: \"Web\": \(NameFault.subdomain)",
            "metadata.namespace: Invalid value: \"Default\": \(NameFault.label)"),
        PodFault(
            "a namespace with a dot", metadata: "name: web\nnamespace: a.b",
            "metadata.namespace: Invalid value: \"a.b\": must not contain dots"),
        PodFault(
            "a name too long", metadata: "name: \(String(repeating: "a", count: 254))\nnamespace: default",
            "metadata.name: Invalid value: \"\(String(repeating: "a", count: 254))\": "
                + "must be no more than 253 characters"),
        PodFault(
            "a generation before the first", metadata: names + "generation: -1",
            "metadata.generation: Invalid value: -1: must be greater than or equal to 0"),
        PodFault(
            "labels", metadata: names + "labels: {\"a b\": x, ok: \"-\", /c: \"\"}",
            "metadata.labels[/c]: Invalid value: \"/c\": prefix part must be non-empty",
            "metadata.labels[a b]: Invalid value: \"a b\": \(NameFault.key)",
            "metadata.labels[ok]: Invalid value: \"-\": \(NameFault.value)"),
        PodFault(
            "annotations", metadata: names + "annotations: {\"UPPER/case\": fine, \"a b\": \"\"}",
            "metadata.annotations[a b]: Invalid value: \"a b\": \(NameFault.key)"),
        PodFault(
            "annotations too large",
            metadata: names + "annotations: {a: \(String(repeating: "x", count: 256 * 1024))}",
            "metadata.annotations: Too long: may not be more than 262144 bytes"),
        PodFault(
            "finalizers", metadata: names + "finalizers: [orphan, mine, foregroundDeletion, example.com/x]",
            "metadata.finalizers[1]: Invalid value: \"mine\": "
                + "name is neither a standard finalizer name nor is it fully qualified",
            "metadata.finalizers: Invalid value: [\"orphan\",\"mine\",\"foregroundDeletion\",\"example.com/x\"]: "
                + "finalizer orphan and foregroundDeletion cannot be both set"),
        PodFault(
            "an owner of no kind", metadata: names + "ownerReferences: [{apiVersion: apps/, name: a, uid: b}]",
            "metadata.ownerReferences[0].apiVersion: Invalid value: \"apps/\": version must not be empty",
            "metadata.ownerReferences[0].kind: Invalid value: \"\": must not be empty"),
        PodFault(
            "two controllers",
            metadata: names + """
                ownerReferences:
                - {apiVersion: v1, kind: Node, name: a, uid: b, controller: true}
                - {apiVersion: v1, kind: Pod, name: c, uid: d, controller: true}
                """,
            "metadata.ownerReferences[1].controller: Invalid value: true: Only one reference can have Controller set "
                + "to true. Found \"true\" in references for Node/a and Pod/c"),
        PodFault(
            "an event that owns", metadata: names + "ownerReferences: [{apiVersion: v1, kind: Event, name: a, uid: b}]",
            "metadata.ownerReferences[0]: Invalid value: "
                + "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"name\":\"a\",\"uid\":\"b\"}: "
                + "/v1, Kind=Event is disallowed from being an owner"),
        PodFault(
            "a mirror of no node", metadata: names + "annotations: {kubernetes.io/config.mirror: x}",
            "metadata.annotations[kubernetes.io/config.mirror]: Invalid value: \"x\": "
                + "must set spec.nodeName if mirror pod annotation is set"),
        PodFault(
            "a deletion cost", metadata: names + "annotations: {controller.kubernetes.io/pod-deletion-cost: \"+5\"}",
            "metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: \"+5\": "
                + "must be a 32bit integer"),
    ])
    func finds(_ fault: PodFault) throws { try fault.check() }

    private static let seccomp = "seccomp.security.alpha.kubernetes.io/pod"
    private static let appArmor = "container.apparmor.security.beta.kubernetes.io/web"

    @Test(arguments: [
        PodFault("good ones", metadata: names + "annotations: {\(seccomp): localhost/a/b, \(appArmor): unconfined}"),
        PodFault(
            "no seccomp profile", metadata: names + "annotations: {\(seccomp): mine}",
            "metadata.annotations[\(seccomp)]: Invalid value: \"mine\": must be a valid seccomp profile"),
        PodFault(
            "a seccomp profile above its directory", metadata: names + "annotations: {\(seccomp): localhost/../a}",
            "metadata.annotations[\(seccomp)]: Invalid value: \"../a\": must not contain '..'"),
        PodFault(
            "no AppArmor profile", metadata: names + "annotations: {\(appArmor): mine}",
            "metadata.annotations[\(appArmor)]: Invalid value: \"mine\": invalid AppArmor profile name: \"mine\""),
        PodFault(
            "a profile of no container", metadata: names + "annotations: {\(appArmor)2: unconfined}",
            "metadata.annotations[\(appArmor)2]: Invalid value: \"web2\": container not found"),
        PodFault(
            "a seccomp field that says something else", metadata: names + "annotations: {\(seccomp): unconfined}",
            spec: "securityContext: {seccompProfile: {type: RuntimeDefault}}",
            "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match"),
        PodFault(
            "an AppArmor field that names another file", metadata: names + "annotations: {\(appArmor): localhost/a}",
            spec: "securityContext: {appArmorProfile: {type: Localhost, localhostProfile: b}}",
            "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: "
                + "apparmor profile in annotation and field must match"),
    ])
    func findsInProfileAnnotations(_ fault: PodFault) throws { try fault.check() }
}
