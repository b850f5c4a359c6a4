import KubernetesAPI
import StructuredData

extension TableSchema {
    /// See printNode in pkg/printers/internalversion/printers.go.
    static let nodes = TableSchema(
        columns: [
            .name,
            TableColumn("Status", "The status of the node"),
            TableColumn("Roles", "The roles of the node"),
            .age,
            TableColumn("Version", "Kubelet version reported by the node."),
            TableColumn("Internal-IP", priority: 1, "Address of the node inside of its network."),
            TableColumn("External-IP", priority: 1, "Address of the node outside of its network."),
            TableColumn("OS-Image", priority: 1, "Operating system that the node reports."),
            TableColumn("Kernel-Version", priority: 1, "Kernel version that the node reports."),
            TableColumn("Container-Runtime", priority: 1, "Container runtime and version that the node reports."),
        ],
        cells: { node, now in
            let info = node.value(at: "status", "nodeInfo") ?? [:]
            return [
                .string(node.name), .string(status(node)), .string(roles(node)), node.age(now),
                info["kubeletVersion"] ?? "", .string(address(node, "InternalIP")),
                .string(address(node, "ExternalIP")), orUnknown(info["osImage"]), orUnknown(info["kernelVersion"]),
                orUnknown(info["containerRuntimeVersion"]),
            ]
        })

    private static func status(_ node: JSONValue) -> String {
        let ready = node.elements("status", "conditions").first { $0["type"]?.stringValue == "Ready" }
        var words = [ready.map { $0.isTrue ? "Ready" : "NotReady" } ?? "Unknown"]
        if node.value(at: "spec", "unschedulable")?.boolValue == true { words.append("SchedulingDisabled") }
        return words.joined(separator: ",")
    }

    private static func roles(_ node: JSONValue) -> String {
        let prefix = "node-role.kubernetes.io/"
        var roles: Set<String> = []
        for (key, value) in node.value(at: "metadata", "labels")?.objectValue ?? [:] {
            if key.hasPrefix(prefix), key.count > prefix.count { roles.insert(String(key.dropFirst(prefix.count))) }
            if key == "kubernetes.io/role", let role = value.stringValue, !role.isEmpty { roles.insert(role) }
        }
        return roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ",")
    }

    private static func address(_ node: JSONValue, _ type: String) -> String {
        let address = node.elements("status", "addresses").first { $0["type"]?.stringValue == type }
        return address?["address"]?.stringValue ?? "<none>"
    }

    private static func orUnknown(_ value: JSONValue?) -> JSONValue {
        guard let text = value?.stringValue, !text.isEmpty else { return "<unknown>" }
        return .string(text)
    }
}
