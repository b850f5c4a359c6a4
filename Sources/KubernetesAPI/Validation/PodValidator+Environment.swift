internal import StructuredData

extension PodValidator {
    private static let variableFields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    private static let fileFields = [
        "metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid",
    ]
    private static let resourceFields = [
        "limits.cpu", "limits.memory", "limits.ephemeral-storage",
        "requests.cpu", "requests.memory", "requests.ephemeral-storage",
    ]

    mutating func validateEnvironment(of container: Container, at path: FieldPath) {
        for (index, variable) in container.env.enumerated() {
            let variablePath = path.child("env").index(index)
            collector.checkRequired(variablePath.child("name"), variable.name, NameRules.environmentName)
            if let source = variable.valueFrom {
                validateSource(source, of: variable, at: variablePath.child("valueFrom"))
            }
        }
        for (index, source) in container.envFrom.enumerated() {
            validateEnvironmentSource(source, at: path.child("envFrom").index(index))
        }
    }

    private mutating func validateSource(_ source: EnvVarSource, of variable: EnvVar, at path: FieldPath) {
        var count = 0
        if let selector = source.fieldRef {
            count += 1
            validateField(selector, among: Self.variableFields, at: path.child("fieldRef"))
        }
        if let selector = source.resourceFieldRef {
            count += 1
            validateResource(selector, inVolume: false, at: path.child("resourceFieldRef"))
        }
        if let selector = source.configMapKeyRef {
            count += 1
            validateKey(name: selector.name, key: selector.key, at: path.child("configMapKeyRef"))
        }
        if let selector = source.secretKeyRef {
            count += 1
            validateKey(name: selector.name, key: selector.key, at: path.child("secretKeyRef"))
        }
        if let selector = source.fileKeyRef {
            count += 1
            validateFileKey(selector, at: path.child("fileKeyRef"))
        }
        if count == 0 {
            let kinds = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            collector.invalid(path, "", "must specify one of: \(kinds)")
        } else if !variable.value.isEmpty {
            collector.invalid(path, "", "may not be specified when `value` is not empty")
        } else if count > 1 {
            collector.invalid(path, "", "may not have more than one field specified at a time")
        }
    }

    private mutating func validateKey(name: String, key: String, at path: FieldPath) {
        collector.check(path.child("name"), name, NameRules.dns1123Subdomain)
        collector.checkRequired(path.child("key"), key, NameRules.configMapKey)
    }

    private mutating func validateFileKey(_ selector: FileKeySelector, at path: FieldPath) {
        collector.checkRequired(path.child("key"), selector.key, NameRules.environmentName)
        collector.checkRequired(path.child("path"), selector.path, NameRules.localDescendingPath)
        if selector.volumeName.isEmpty {
            collector.required(path.child("volumeName"))
        } else if volumes[selector.volumeName] == nil {
            collector.notFound(path.child("volumeName"), selector.volumeName)
        } else if volumes[selector.volumeName]?.emptyDir == nil {
            collector.invalid(path.child("volumeName"), selector.volumeName, "must be an emptyDir volume")
        }
    }

    private mutating func validateEnvironmentSource(_ source: EnvFromSource, at path: FieldPath) {
        collector.check(path.child("prefix"), source.prefix, NameRules.environmentName)
        var count = 0
        if let reference = source.configMapRef {
            count += 1
            collector.checkRequired(path.child("configMapRef", "name"), reference.name, NameRules.dns1123Subdomain)
        }
        if let reference = source.secretRef {
            count += 1
            collector.checkRequired(path.child("secretRef", "name"), reference.name, NameRules.dns1123Subdomain)
        }
        if count == 0 {
            collector.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        } else if count > 1 {
            collector.invalid(path, "", "may not have more than one field specified at a time")
        }
    }

    /// A file of a downward API volume.
    mutating func validateFile(_ file: DownwardAPIVolumeFile, at path: FieldPath) {
        collector.checkRequired(path.child("path"), file.path, Self.volumeFilePath)
        switch (file.fieldRef, file.resourceFieldRef) {
        case (let selector?, nil): validateField(selector, among: Self.fileFields, at: path.child("fieldRef"))
        case (nil, let selector?): validateResource(selector, inVolume: true, at: path.child("resourceFieldRef"))
        case (.some, .some):
            collector.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
        case (nil, nil): collector.required(path, "one of fieldRef and resourceFieldRef is required")
        }
        validateMode(file.mode, at: path.child("mode"))
    }

    /// A relative path whose first part is not reserved for the writer of the volume.
    static func volumeFilePath(_ path: String) -> String? {
        NameRules.localDescendingPath(path) ?? (path.hasPrefix("..") ? "must not start with '..'" : nil)
    }

    private mutating func validateField(
        _ selector: ObjectFieldSelector, among supported: [String], at path: FieldPath
    ) {
        if selector.apiVersion.isEmpty { return collector.required(path.child("apiVersion")) }
        if selector.fieldPath.isEmpty { return collector.required(path.child("fieldPath")) }
        let text = selector.fieldPath
        guard text.hasSuffix("']"), let bracket = text.range(of: "['") else {
            if !supported.contains(text) { collector.notSupported(path.child("fieldPath"), text, supported) }
            return
        }
        let field = text[..<bracket.lowerBound]
        let subscripted = String(text[bracket.upperBound...].dropLast(2))
        switch field {
        case "metadata.labels": collector.check(path, subscripted, NameRules.qualifiedName)
        case "metadata.annotations": collector.check(path, subscripted.lowercased(), NameRules.qualifiedName)
        default: collector.invalid(path, String(field), "does not support subscript")
        }
    }

    private mutating func validateResource(_ selector: ResourceFieldSelector, inVolume: Bool, at path: FieldPath) {
        if inVolume, selector.containerName.isEmpty {
            collector.required(path.child("containerName"))
        } else if selector.resource.isEmpty {
            collector.required(path.child("resource"))
        } else if !Self.resourceFields.contains(selector.resource), !selector.resource.hasPrefix("limits.hugepages-"),
            !selector.resource.hasPrefix("requests.hugepages-")
        {
            collector.notSupported(path.child("resource"), selector.resource, Self.resourceFields)
        }
        guard let divisor = selector.divisor, !divisor.isZero else { return }
        let isCPU = selector.resource.hasSuffix(".cpu")
        let supported =
            isCPU
            ? ["1m", "1"] : ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"]
        if !supported.contains(divisor.description) {
            let detail = "only the divisors \(supported.joined(separator: ", ")) are supported with this resource"
            collector.invalid(path.child("divisor"), selector.resource, detail)
        }
    }
}

extension String {
    /// Where the text first has the other one in it.
    fileprivate func range(of other: String) -> Range<String.Index>? { ranges(of: other).first }
}
