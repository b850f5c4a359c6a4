import KubernetesAPI
import StructuredData

/// Keeps a kubelet to its own objects (plugin/pkg/admission/noderestriction).
struct NodeRestriction: Sendable {
    let node: String

    /// Checks a write by the node.
    /// - Parameters:
    ///   - object: what is to be stored; nil for a deletion.
    ///   - old: what is stored; nil for a creation.
    ///   - nodeUID: the UID of the node's own Node object; nil when there is none.
    /// - Throws: `APIError` with code `forbidden`.
    func check(
        _ target: ObjectTarget, subresource: String, object: JSONValue?, old: JSONValue?, nodeUID: String?
    ) throws(APIError) {
        let refusal: String?
        switch target.resource.plural {
        case "nodes": refusal = nodeRefusal(target.name, object: object, old: old)
        case "pods":
            refusal = podRefusal(subresource: subresource, object: object, old: old, nodeUID: nodeUID)
        case "leases" where target.name != node:
            refusal = "can only access node lease with the same name as the requesting node"
        default: refusal = nil
        }
        if let refusal { throw APIError.forbidden(target.resource, target.name, refusal) }
    }

    // MARK: - Nodes

    private func nodeRefusal(_ name: String, object: JSONValue?, old: JSONValue?) -> String? {
        guard name == node else { return "node \"\(node)\" is not allowed to modify node \"\(name)\"" }
        guard let object else { return "node \"\(node)\" is not allowed to delete itself" }
        if let old, object.value(at: "spec", "taints") != old.value(at: "spec", "taints") {
            return "node \"\(node)\" is not allowed to modify taints"
        }
        let changed = changedLabels(object, old).filter { Self.isProtected($0) }
        guard changed.isEmpty else {
            return "node \"\(node)\" is not allowed to modify labels: \(changed.sorted().joined(separator: ", "))"
        }
        return nil
    }

    private func changedLabels(_ object: JSONValue, _ old: JSONValue?) -> Set<String> {
        let new = object.value(at: "metadata", "labels")?.objectValue ?? [:]
        let former = old?.value(at: "metadata", "labels")?.objectValue ?? [:]
        return Set((new.keys + former.keys).filter { new[$0] != former[$0] })
    }

    private static let ownLabels: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type",
        "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "kubernetes.io/instance-type",
    ]

    /// Labels of Kubernetes' own domains that a kubelet has no business to set.
    private static func isProtected(_ label: String) -> Bool {
        guard let slash = label.firstIndex(of: "/"), !ownLabels.contains(label) else { return false }
        let domain = label[..<slash]
        func isIn(_ parent: String) -> Bool { domain == parent || domain.hasSuffix("." + parent) }
        if isIn("node-restriction.kubernetes.io") { return true }
        if isIn("kubelet.kubernetes.io") || isIn("node.kubernetes.io") { return false }
        return isIn("kubernetes.io") || isIn("k8s.io")
    }

    // MARK: - Pods

    private func podRefusal(
        subresource: String, object: JSONValue?, old: JSONValue?, nodeUID: String?
    ) -> String? {
        if let old {
            let bound = old.value(at: "spec", "nodeName")?.stringValue ?? ""
            guard bound == node else {
                let action = object == nil ? "delete" : "update status for"
                return "node \"\(node)\" can only \(action) pods with spec.nodeName set to itself"
            }
            if let object, object.value(at: "metadata", "labels") != old.value(at: "metadata", "labels") {
                return "node \"\(node)\" cannot update labels through pod status"
            }
            return nil
        }
        return object.flatMap { mirrorRefusal($0, nodeUID: nodeUID) }
    }

    private func mirrorRefusal(_ pod: JSONValue, nodeUID: String?) -> String? {
        guard pod.annotation(ConfigAnnotations.mirror) != nil else {
            return
                "pod does not have \"\(ConfigAnnotations.mirror)\" annotation, node \"\(node)\" can only create mirror pods"
        }
        guard pod.value(at: "spec", "nodeName")?.stringValue == node else {
            return "node \"\(node)\" can only create pods with spec.nodeName set to itself"
        }
        let owners = pod.elements("metadata", "ownerReferences")
        guard owners.count == 1, let owner = owners.first else {
            return "node \"\(node)\" can only create pods with a single owner reference set to itself"
        }
        guard owner["apiVersion"] == "v1", owner["kind"] == "Node", owner["name"] == .string(node) else {
            return "node \"\(node)\" can only create pods with an owner reference set to itself"
        }
        guard owner["controller"] == true else {
            return "node \"\(node)\" can only create pods with a controller owner reference set to itself"
        }
        guard owner["blockOwnerDeletion"] != true else {
            return "node \"\(node)\" must not set blockOwnerDeletion on an owner reference"
        }
        guard let nodeUID, owner["uid"] == .string(nodeUID) else {
            return "node \"\(node)\" UID mismatch: expected \(owner["uid"]?.stringValue ?? "") got \(nodeUID ?? "none")"
        }
        return referenceRefusal(pod)
    }

    /// A mirror pod refers to nothing that the API server would have to hand out.
    private func referenceRefusal(_ pod: JSONValue) -> String? {
        let spec = pod["spec"] ?? [:]
        // A kubelet's defaults name no account; ours doesn't invent one either.
        if let account = spec["serviceAccountName"]?.stringValue, !account.isEmpty {
            return "node \"\(node)\" can not create pods that reference a service account"
        }
        let volumeKinds = ["secret", "configMap", "persistentVolumeClaim", "ephemeral", "csi"]
        let volumes = spec.elements("volumes")
        if let kind = volumeKinds.first(where: { kind in volumes.contains { $0[kind] != nil } }) {
            return "node \"\(node)\" can not create pods that reference a \(kind)"
        }
        if !spec.elements("resourceClaims").isEmpty {
            return "node \"\(node)\" can not create pods that reference resourceclaims"
        }
        return nil
    }
}
