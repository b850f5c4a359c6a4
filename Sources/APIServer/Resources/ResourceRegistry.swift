import ObjectStore

/// The resources that the server knows.
struct ResourceRegistry: Sendable {
    let resources: [APIResource]

    /// Groups in the order in which discovery names them; the first is the core group.
    var groups: [String] {
        resources.reduce(into: []) { groups, resource in
            if !groups.contains(resource.group) { groups.append(resource.group) }
        }
    }

    func resources(of group: String) -> [APIResource] { resources.filter { $0.group == group } }

    func resource(group: String, version: String, plural: String) -> APIResource? {
        resources.first { $0.group == group && $0.version == version && $0.plural == plural }
    }

    /// All that is kept in namespaces.
    var namespaced: [APIResource] { resources.filter { $0.isNamespaced && $0.verbs.contains("list") } }

    static let standard = ResourceRegistry(
        resources: [configMaps, events, namespaces, nodes, pods, secrets, leases, runtimeClasses] + reviews)

    static let namespaces = APIResource(
        plural: "namespaces", singular: "namespace", kind: "Namespace", shortNames: ["ns"], isNamespaced: false,
        verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
        subresources: [
            .init(name: "finalize", kind: "Namespace", verbs: ["update"]),
            .init(name: "status", kind: "Namespace", verbs: ["get", "patch", "update"]),
        ],
        strategy: NamespaceStrategy(), table: .namespaces)

    static let nodes = APIResource(
        plural: "nodes", singular: "node", kind: "Node", shortNames: ["no"], isNamespaced: false,
        subresources: [
            .init(name: "proxy", kind: "NodeProxyOptions", verbs: proxyVerbs),
            .init(name: "status", kind: "Node", verbs: ["get", "patch", "update"]),
        ],
        strategy: NodeStrategy(), table: .nodes)

    static let pods = APIResource(
        plural: "pods", singular: "pod", kind: "Pod", shortNames: ["po"], categories: ["all"], isNamespaced: true,
        subresources: [
            .init(name: "attach", kind: "PodAttachOptions", verbs: ["create", "get"]),
            .init(name: "ephemeralcontainers", kind: "Pod", verbs: ["get", "patch", "update"]),
            .init(name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"]),
            .init(name: "exec", kind: "PodExecOptions", verbs: ["create", "get"]),
            .init(name: "log", kind: "Pod", verbs: ["get"]),
            .init(name: "portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"]),
            .init(name: "resize", kind: "Pod", verbs: ["get", "patch", "update"]),
            .init(name: "status", kind: "Pod", verbs: ["get", "patch", "update"]),
        ],
        strategy: PodStrategy(), table: .pods)

    /// Events live for an hour, as upstream's default has it.
    static let events = APIResource(
        plural: "events", singular: "event", kind: "Event", shortNames: ["ev"], isNamespaced: true,
        strategy: EventStrategy(), table: .events,
        writeOptions: WriteOptions(durability: .process, lifetime: 3_600))

    static let configMaps = APIResource(
        plural: "configmaps", singular: "configmap", kind: "ConfigMap", shortNames: ["cm"], isNamespaced: true,
        strategy: DataStrategy(), table: .configMaps)

    static let secrets = APIResource(
        plural: "secrets", singular: "secret", kind: "Secret", isNamespaced: true, strategy: DataStrategy(),
        table: .secrets)

    static let leases = APIResource(
        group: "coordination.k8s.io", plural: "leases", singular: "lease", kind: "Lease", isNamespaced: true,
        table: .leases, writeOptions: WriteOptions(durability: .process))

    static let runtimeClasses = APIResource(
        group: "node.k8s.io", plural: "runtimeclasses", singular: "runtimeclass", kind: "RuntimeClass",
        isNamespaced: false, strategy: RuntimeClassStrategy(), table: .runtimeClasses)

    /// Questions that are created and answered, but not kept.
    static let reviews: [APIResource] = [
        review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
        review("authentication.k8s.io", "tokenreviews", "TokenReview"),
        review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
    ]

    private static let proxyVerbs = ["create", "delete", "get", "patch", "update"]

    private static func review(_ group: String, _ plural: String, _ kind: String) -> APIResource {
        APIResource(
            group: group, plural: plural, singular: kind.lowercased(), kind: kind, isNamespaced: false,
            verbs: ["create"])
    }
}
