/// How strategic merge patch treats the fields of a type; what is not named here is merged if it is a mapping and
/// replaced otherwise.
///
/// The keys are those that upstream's types carry as `patchMergeKey` (k8s.io/api/core/v1/types.go).
struct PatchSchema: Sendable {
    /// How a list is merged.
    enum List: Sendable {
        /// Elements with the same value of the key are one element.
        case keyed(String, PatchSchema)
        /// The union of all values.
        case values
    }

    var lists: [String: List] = [:]
    var members: [String: PatchSchema] = [:]

    func list(_ field: String) -> List? { lists[field] }

    func member(_ field: String) -> PatchSchema { members[field] ?? PatchSchema.plain }

    static let plain = PatchSchema()

    /// The schema of a whole object of that kind.
    static func object(kind: String) -> PatchSchema {
        var schema = PatchSchema(members: ["metadata": metadata])
        switch kind {
        case "Pod":
            schema.members["spec"] = podSpec
            schema.members["status"] = podStatus
        case "Node":
            schema.members["spec"] = PatchSchema(lists: ["podCIDRs": .values])
            schema.members["status"] = PatchSchema(lists: [
                "conditions": .keyed("type", plain), "addresses": .keyed("type", plain),
            ])
        case "Namespace":
            schema.members["status"] = PatchSchema(lists: ["conditions": .keyed("type", plain)])
        case "ServiceAccount":
            schema.lists["secrets"] = .keyed("name", plain)
        default: break
        }
        return schema
    }

    private static let metadata = PatchSchema(lists: [
        "finalizers": .values, "ownerReferences": .keyed("uid", plain),
    ])

    private static let container = PatchSchema(lists: [
        "env": .keyed("name", plain), "ports": .keyed("containerPort", plain),
        "volumeMounts": .keyed("mountPath", plain), "volumeDevices": .keyed("devicePath", plain),
    ])

    private static let podSpec = PatchSchema(lists: [
        "containers": .keyed("name", container), "initContainers": .keyed("name", container),
        "ephemeralContainers": .keyed("name", container), "volumes": .keyed("name", plain),
        "imagePullSecrets": .keyed("name", plain), "hostAliases": .keyed("ip", plain),
        "topologySpreadConstraints": .keyed("topologyKey", plain), "schedulingGates": .keyed("name", plain),
        "resourceClaims": .keyed("name", plain),
    ])

    private static let podStatus = PatchSchema(lists: [
        "conditions": .keyed("type", plain), "podIPs": .keyed("ip", plain), "hostIPs": .keyed("ip", plain),
        "resourceClaimStatuses": .keyed("name", plain),
    ])
}
