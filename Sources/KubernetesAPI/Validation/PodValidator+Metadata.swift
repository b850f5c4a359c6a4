internal import StructuredData

extension PodValidator {
    /// The largest sum of all keys and values of annotations, in bytes.
    private static let annotationLimit = 256 * 1024

    mutating func validateMetadata() {
        let path = FieldPath("metadata")
        let metadata = pod.metadata
        if metadata.name.isEmpty {
            if metadata.generateName.isEmpty {
                collector.required(path.child("name"), "name or generateName is required")
            }
        } else {
            collector.check(path.child("name"), metadata.name, NameRules.dns1123Subdomain)
        }
        collector.checkRequired(path.child("namespace"), metadata.namespace, NameRules.dns1123Label)
        if metadata.generation < 0 {
            collector.invalid(path.child("generation"), metadata.generation, "must be greater than or equal to 0")
        }
        validateLabels(metadata.labels, at: path.child("labels"))
        validateAnnotations(metadata.annotations, at: path.child("annotations"))
        validateOwners(metadata.ownerReferences, at: path.child("ownerReferences"))
        for finalizer in metadata.finalizers {
            collector.check(path.child("finalizers"), finalizer, NameRules.qualifiedName)
        }
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
    }

    private mutating func validateOwners(_ owners: [OwnerReference], at path: FieldPath) {
        var controller: String?
        for (index, owner) in owners.enumerated() {
            let ownerPath = path.index(index)
            let fields = [
                ("apiVersion", owner.apiVersion), ("kind", owner.kind), ("name", owner.name), ("uid", owner.uid),
            ]
            for (name, value) in fields where value.isEmpty {
                collector.invalid(ownerPath.child(name), value, "must not be empty")
            }
            guard owner.controller == true else { continue }
            if let controller {
                let detail = "only one reference can have controller set to true, also found in \"\(controller)\""
                collector.invalid(path, owner.name, detail)
            }
            controller = "\(owner.kind)/\(owner.name)"
        }
    }
}
