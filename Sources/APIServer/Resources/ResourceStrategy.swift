import KubernetesAPI
import StructuredData

/// What is special about the objects of one resource. The metadata that all objects share is not its concern.
protocol ResourceStrategy: Sendable {
    /// The fields besides name and namespace that selectors may ask for, as paths with dots.
    var selectableFields: [String] { get }

    /// Sets defaults and drops what a client may not decide.
    /// - Throws: `APIError` with code `badRequest` for what can't be an object of this kind.
    func prepareForCreate(_ object: inout JSONValue) throws(APIError)

    /// Restores what an update by this path may not change; empty `subresource` means the object itself.
    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError)

    /// What is wrong with a new object.
    func validate(_ object: JSONValue) -> [FieldError]

    /// What is wrong with an update by this path.
    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: String) -> [FieldError]

    /// What is wrong with a name.
    func problem(withName name: String) -> String?

    /// Seconds that an object gets to end in before it may be removed; 0 removes it at once.
    func gracePeriod(for object: JSONValue, requested: Int64?) -> Int64

    /// The value of a field that is not at the place its name says.
    func selectableValue(_ field: String, of object: JSONValue) -> String?
}

extension ResourceStrategy {
    var selectableFields: [String] { [] }

    func prepareForCreate(_ object: inout JSONValue) throws(APIError) {}

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {
        object.keepStatusApart(old: old, subresource: subresource)
    }

    func validate(_ object: JSONValue) -> [FieldError] { [] }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: String) -> [FieldError] {
        validate(object)
    }

    func problem(withName name: String) -> String? { NameRules.dns1123Subdomain(name) }

    func gracePeriod(for object: JSONValue, requested: Int64?) -> Int64 { 0 }

    func selectableValue(_ field: String, of object: JSONValue) -> String? { nil }

    /// What a field selector sees of an object; empty for a field that isn't there.
    func fieldValue(_ field: String, of object: JSONValue) -> String {
        if let value = selectableValue(field, of: object) { return value }
        switch object.value(at: field.split(separator: ".").map(String.init)) {
        case .string(let text)?: return text
        case .integer(let number)?: return String(number)
        case .bool(let flag)?: return flag ? "true" : "false"
        default: return ""
        }
    }
}

extension JSONValue {
    /// Lets an update by the path `status` change the status only, and one by any other path everything else.
    mutating func keepStatusApart(old: JSONValue, subresource: String) {
        guard subresource == "status" else {
            self["status"] = old["status"]
            return
        }
        var result = old
        result["metadata"] = self["metadata"]
        result["status"] = self["status"]
        self = result
    }
}

/// Objects about which there is nothing special.
struct PlainStrategy: ResourceStrategy {}

/// Config maps and secrets: an immutable one stays as it is.
struct DataStrategy: ResourceStrategy {
    var selectableFields: [String] { ["type"] }

    func prepareForCreate(_ object: inout JSONValue) throws(APIError) {
        guard object["kind"]?.stringValue == "Secret" else { return }
        if object["type"] == nil { object["type"] = "Opaque" }
        moveTextData(&object)
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {
        if object["kind"]?.stringValue == "Secret" { moveTextData(&object) }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: String) -> [FieldError] {
        var issues: [FieldError] = []
        if object["kind"]?.stringValue == "Secret", object["type"] != old["type"] {
            issues.append(FieldError(.invalid, "type", value: object["type"]?.serializedString, "field is immutable"))
        }
        guard old["immutable"]?.boolValue == true else { return issues }
        for field in ["immutable", "data", "binaryData"] where object[field] != old[field] {
            issues.append(FieldError(.forbidden, field, "field is immutable when `immutable` is set"))
        }
        return issues
    }

    /// `stringData` is a way to write `data` without encoding it.
    private func moveTextData(_ secret: inout JSONValue) {
        guard let texts = secret["stringData"]?.objectValue else { return }
        for (key, value) in texts {
            secret.set(.string(Base64.encode(Array((value.stringValue ?? "").utf8))), at: "data", key)
        }
        secret["stringData"] = nil
    }
}

struct EventStrategy: ResourceStrategy {
    var selectableFields: [String] {
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type",
        ]
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {}

    func selectableValue(_ field: String, of object: JSONValue) -> String? {
        guard field == "source" else { return nil }
        let component = object.value(at: "source", "component")?.stringValue ?? ""
        return component.isEmpty ? object["reportingComponent"]?.stringValue ?? "" : component
    }
}

struct NodeStrategy: ResourceStrategy {
    var selectableFields: [String] { ["spec.unschedulable"] }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {
        object.keepStatusApart(old: old, subresource: subresource)
    }

    func selectableValue(_ field: String, of object: JSONValue) -> String? {
        guard field == "spec.unschedulable" else { return nil }
        return object.value(at: "spec", "unschedulable")?.boolValue == true ? "true" : "false"
    }
}

struct NamespaceStrategy: ResourceStrategy {
    var selectableFields: [String] { ["status.phase"] }

    func prepareForCreate(_ object: inout JSONValue) throws(APIError) {
        object["spec"] = ["finalizers": ["kubernetes"]]
        object["status"] = ["phase": "Active"]
        object.set(.string(object.name), at: "metadata", "labels", "kubernetes.io/metadata.name")
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {
        object.keepStatusApart(old: old, subresource: subresource)
        if subresource.isEmpty { object["spec"] = old["spec"] }
        object.set(.string(object.name), at: "metadata", "labels", "kubernetes.io/metadata.name")
    }

    func problem(withName name: String) -> String? { NameRules.dns1123Label(name) }
}
