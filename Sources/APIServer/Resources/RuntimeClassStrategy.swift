import KubernetesAPI
import StructuredData

/// Runtime classes (upstream: `pkg/apis/node/validation`): what a class stands for is settled when it is made.
struct RuntimeClassStrategy: ResourceStrategy {
    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String) throws(APIError) {}

    func validate(_ object: JSONValue) -> [FieldError] {
        let handler = object["handler"]?.stringValue ?? ""
        guard !handler.isEmpty else { return [FieldError(.required, "handler", "")] }
        return NameRules.dns1123Label(handler).map { [FieldError(.invalid, "handler", value: "\"\(handler)\"", $0)] }
            ?? []
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue, subresource: String) -> [FieldError] {
        var issues = validate(object)
        if object["handler"] != old["handler"] {
            let value = object["handler"]?.serializedString
            issues.append(FieldError(.invalid, "handler", value: value, "field is immutable"))
        }
        return issues
    }
}
