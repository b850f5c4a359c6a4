internal import StructuredData

extension PodValidator {
    /// The largest sum of all keys and values of annotations, in bytes.
    private static let annotationLimit = 256 * 1024
    private static let deletionCost = "controller.kubernetes.io/pod-deletion-cost"

    mutating func validateMetadata() {
        let path = FieldPath("metadata")
        let metadata = pod.metadata
        if !metadata.generateName.isEmpty {
            collector.check(path.child("generateName"), metadata.generateName, NameRules.dns1123SubdomainPrefix)
        }
        if metadata.name.isEmpty {
            collector.required(path.child("name"), "name or generateName is required")
        } else {
            collector.check(path.child("name"), metadata.name, NameRules.dns1123Subdomain)
        }
        collector.checkRequired(path.child("namespace"), metadata.namespace, NameRules.dns1123Label)
        collector.checkNotNegative(path.child("generation"), metadata.generation)
        validateLabels(metadata.labels, at: path.child("labels"))
        validateAnnotations(metadata.annotations, at: path.child("annotations"))
        validateOwners(metadata.ownerReferences, at: path.child("ownerReferences"))
        validateFinalizers(metadata.finalizers, at: path.child("finalizers"))
    }

    mutating func validateLabels(_ labels: [String: String], at path: FieldPath) {
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            collector.check(path.key(key), key, NameRules.qualifiedName)
            collector.check(path.key(key), value, NameRules.labelValue)
        }
    }

    private mutating func validateAnnotations(_ annotations: [String: String], at path: FieldPath) {
        for key in annotations.keys.sorted() {
            // Annotation keys may be in upper case, their prefix too.
            if let detail = NameRules.qualifiedName(key.lowercased()) { collector.invalid(path.key(key), key, detail) }
        }
        let size = annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > Self.annotationLimit { collector.tooLong(path, limit: Self.annotationLimit) }
        if let value = annotations[ConfigAnnotations.mirror], spec.nodeName.isEmpty {
            let detail = "must set spec.nodeName if mirror pod annotation is set"
            collector.invalid(path.key(ConfigAnnotations.mirror), value, detail)
        }
        if let value = annotations[Self.deletionCost], !Self.isInteger(value) {
            collector.invalid(path.key(Self.deletionCost), value, "must be a 32bit integer")
        }
        validateProfiles(in: annotations, at: path)
    }

    /// Without plus sign and leading zeros, as upstream reads it.
    private static func isInteger(_ text: String) -> Bool {
        Int32(text) != nil && !text.hasPrefix("+") && (text == "0" || !text.hasPrefix("0"))
    }

    private mutating func validateOwners(_ owners: [OwnerReference], at path: FieldPath) {
        var controller: String?
        for (index, owner) in owners.enumerated() {
            let ownerPath = path.index(index)
            let version = owner.apiVersion.split(separator: "/", omittingEmptySubsequences: false)
            if version.count > 2 || version.last?.isEmpty != false {
                collector.invalid(ownerPath.child("apiVersion"), owner.apiVersion, "version must not be empty")
            }
            for (name, value) in [("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)] where value.isEmpty {
                collector.invalid(ownerPath.child(name), value, "must not be empty")
            }
            if owner.apiVersion == "v1", owner.kind == "Event" {
                let detail = "/v1, Kind=Event is disallowed from being an owner"
                collector.invalid(ownerPath, json: owner.encoded(), detail)
            }
            guard owner.controller == true else { continue }
            let current = "\(owner.kind)/\(owner.name)"
            if let controller {
                let detail =
                    "Only one reference can have Controller set to true. "
                    + "Found \"true\" in references for \(controller) and \(current)"
                collector.invalid(ownerPath.child("controller"), json: .bool(true), detail)
            } else {
                controller = current
            }
        }
    }

    private mutating func validateFinalizers(_ finalizers: [String], at path: FieldPath) {
        for (index, finalizer) in finalizers.enumerated() {
            collector.check(path.index(index), finalizer, NameRules.qualifiedName)
            if !finalizer.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(finalizer) {
                let detail = "name is neither a standard finalizer name nor is it fully qualified"
                collector.invalid(path.index(index), finalizer, detail)
            }
        }
        if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
            let detail = "finalizer orphan and foregroundDeletion cannot be both set"
            collector.invalid(path, json: .array(finalizers.map { .string($0) }), detail)
        }
    }
}
